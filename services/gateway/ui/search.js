// The search page: collects words, a medium or a document to start from, and shows what is found.

import { ApiProblem, get, search, useKey } from "./api.js";
import { cardOf, ideaOf } from "./cards.js";
import { mediumOf, showMedium } from "./medium.js";

const PAGE = 24;
const SAMPLE = "products"; // the ideas below fit the sample catalog only
const IDEAS = ["a navy striped mug", "leopard phone case", "floral summer dress", "cosy plaid cushion", "red sneakers"];
const find = (id) => document.getElementById(id);

const query = { medium: null, like: null };
let shown = 0;
let cursor = null;
let running = null;
let opened = null;

async function run({ more = false } = {}) {
  const request = requestOf();
  if (!request) return say("Type some words or add a picture, a sound or a video.");
  running?.abort();
  const mine = new AbortController();
  running = mine;
  if (more) request.cursor = cursor;
  find("ideas").hidden = true;
  find("results").classList.add("waiting");
  find("results").setAttribute("aria-busy", "true");
  try {
    await opened;
    if (mine.signal.aborted || !find("index").value) return;
    say("Searching…");
    show(await search(find("index").value, request, query.medium, mine.signal), more);
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!more) clear();
    complain(error);
  } finally {
    if (running === mine) {
      find("results").classList.remove("waiting");
      find("results").removeAttribute("aria-busy");
    }
  }
}

function clear() {
  find("results").replaceChildren();
  find("more").hidden = true;
  shown = 0;
  cursor = null;
}

function requestOf() {
  const text = find("text").value.trim();
  if (!text && !query.medium && !query.like) return null;
  const request = { limit: PAGE };
  if (text) request.text = text;
  if (query.like) request.document_id = query.like.id;
  return request;
}

function show(answer, more) {
  const results = find("results");
  if (!more) {
    clear();
    scrollTo({ top: 0 });
  }
  const cards = answer.hits.map((hit) => cardOf(hit, like));
  results.append(...cards);
  if (more) cards[0]?.querySelector(".similar").focus({ preventScroll: true });
  shown += answer.hits.length;
  cursor = answer.next_cursor;
  find("more").hidden = !cursor;
  const took = `${Math.round(answer.timings_ms.total)} ms`;
  const only = answer.degraded ? " Only exact words could be searched just now." : "";
  say((shown ? `${shown} shown, nearest first, ${took}.` : "Nothing matches. Try fewer or other words.") + only);
}

function like(found) {
  setMedium(null);
  find("text").value = "";
  setLike(found);
  find("text").focus();
  run();
}

function setMedium(medium) {
  query.medium = medium;
  showMedium(medium);
}

function setLike(found) {
  query.like = found;
  find("like").hidden = !found;
  find("like-title").textContent = found ? found.title || found.id : "";
}

function takeMedium(files) {
  try {
    setMedium(mediumOf(files));
  } catch (error) {
    return complain(error);
  }
  setLike(null);
  return run();
}

function again() {
  find("text").focus();
  if (requestOf()) return run();
  running?.abort();
  clear();
  say("");
  find("ideas").hidden = false;
  return undefined;
}

function say(sentence) {
  find("status").classList.remove("bad");
  find("status").textContent = sentence;
}

function complain(error) {
  if (error.status === 401) {
    find("key-form").hidden = false;
    find("key").focus();
  }
  find("status").classList.add("bad");
  find("status").textContent = error.message;
  if (!(error instanceof ApiProblem)) throw error;
}

async function open() {
  try {
    const indexes = await get("/v1/indexes");
    find("index").replaceChildren(...indexes.items.map(({ name }) => new Option(name, name)));
    find("index-label").hidden = indexes.items.length < 2;
    find("key-form").hidden = true;
    say(indexes.items.length ? "" : "There is no index yet. Make one with: make demo");
    if (indexes.items.some(({ name }) => name === SAMPLE)) {
      find("index").value = SAMPLE;
      suggest();
    }
    about(); // not waited for: it may load a model
  } catch (error) {
    complain(error);
  }
}

async function about() {
  try {
    find("about").textContent = `Margay ${(await get("/v1/capabilities")).version}`;
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error; // a page without its version is still one
  }
}

function suggest() {
  const ideas = IDEAS.map((words) => ideaOf(words, () => { find("text").value = words; run(); }));
  find("idea-buttons").replaceChildren(...ideas);
  ideas.forEach((idea, at) => illustrate(idea, IDEAS[at]));
}

async function illustrate(idea, words) {
  try {
    const answer = await search(SAMPLE, { text: words, limit: 1 });
    const picture = answer.hits[0]?.document.images[0];
    if (picture) idea.querySelector("img").src = picture.thumbnail_url;
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error; // an idea without a picture is still one
  }
}

function listen() {
  find("search").addEventListener("submit", (event) => { event.preventDefault(); run(); });
  find("file").addEventListener("change", (event) => takeMedium(event.target.files));
  find("medium-remove").addEventListener("click", () => { setMedium(null); again(); });
  find("like-remove").addEventListener("click", () => { setLike(null); again(); });
  // What the browser cannot show keeps an empty frame; the server says what is wrong with it.
  find("medium-preview").addEventListener("error", (event) => event.target.removeAttribute("src"));
  find("more").addEventListener("click", () => run({ more: true }));
  find("index").addEventListener("change", again);
  find("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    useKey(find("key").value.trim());
    find("key").value = "";
    opened = open().then(() => { if (requestOf()) run(); });
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) takeMedium(event.clipboardData.files);
  });
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    find("drop").hidden = false;
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) find("drop").hidden = true; });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    find("drop").hidden = true;
    takeMedium(event.dataTransfer.files);
  });
}

listen();
opened = open();
