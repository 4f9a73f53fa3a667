// The search page: collects words, a picture or a document to start from, and shows what is found.

import { ApiProblem, get, search, useKey } from "./api.js";
import { cardOf } from "./cards.js";

const PAGE = 24;
const IDEAS = ["a navy striped mug", "leopard phone case", "floral summer dress", "cosy plaid cushion", "red sneakers"];
const find = (id) => document.getElementById(id);

const query = { picture: null, like: null };
let shown = 0;
let cursor = null;
let running = null;

async function run({ more = false } = {}) {
  const request = requestOf();
  if (!request) return;
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  if (more) request.cursor = cursor;
  find("ideas").hidden = true;
  find("results").classList.add("waiting");
  say("Searching…");
  try {
    const answer = await search(find("index").value, request, query.picture, signal);
    show(answer, more);
  } catch (error) {
    if (error.name === "AbortError") return;
    complain(error);
  }
  find("results").classList.remove("waiting");
}

function requestOf() {
  const text = find("text").value.trim();
  if (!text && !query.picture && !query.like) return null;
  const request = { limit: PAGE };
  if (text) request.text = text;
  if (query.like) request.document_id = query.like.id;
  return request;
}

function show(answer, more) {
  const results = find("results");
  if (!more) {
    results.replaceChildren();
    shown = 0;
    scrollTo({ top: 0 });
  }
  results.append(...answer.hits.map((hit) => cardOf(hit, like)));
  shown += answer.hits.length;
  cursor = answer.next_cursor;
  find("more").hidden = !cursor;
  const took = `${Math.round(answer.timings_ms.total)} ms`;
  say(shown ? `${shown} shown, ${took}` : `Nothing matches, ${took}. Try fewer or other words.`);
}

function like(found) {
  setPicture(null);
  find("text").value = "";
  query.like = found;
  find("like-title").textContent = found.title || found.id;
  find("like").hidden = false;
  run();
}

function setPicture(file) {
  const preview = find("picture-preview");
  if (preview.src) URL.revokeObjectURL(preview.src);
  query.picture = file;
  find("picture").hidden = !file;
  if (file) preview.src = URL.createObjectURL(file);
  else preview.removeAttribute("src");
  find("file").value = "";
}

function setLike(found) {
  query.like = found;
  find("like").hidden = !found;
}

function takePicture(files) {
  const picture = [...files].find((file) => file.type.startsWith("image/"));
  if (!picture) return complain(new ApiProblem(0, "That is not a picture."));
  setLike(null);
  setPicture(picture);
  return run();
}

function say(sentence) {
  find("status").classList.remove("bad");
  find("status").textContent = sentence;
}

function complain(error) {
  if (error.status === 401) find("key-form").hidden = false;
  find("status").classList.add("bad");
  find("status").textContent = error.message;
  if (!(error instanceof ApiProblem)) throw error;
}

async function open() {
  try {
    const [indexes, capabilities] = await Promise.all([get("/v1/indexes"), get("/v1/capabilities")]);
    find("index").replaceChildren(...indexes.items.map(({ name }) => new Option(name, name)));
    find("index-label").hidden = indexes.items.length < 2;
    find("about").textContent = `Margay ${capabilities.version}`;
    find("key-form").hidden = true;
    say(indexes.items.length ? "" : "There is no index yet. Make one with: make demo");
  } catch (error) {
    complain(error);
  }
}

function listen() {
  find("search").addEventListener("submit", (event) => { event.preventDefault(); run(); });
  find("file").addEventListener("change", (event) => takePicture(event.target.files));
  find("picture-remove").addEventListener("click", () => { setPicture(null); run(); });
  find("like-remove").addEventListener("click", () => { setLike(null); run(); });
  find("more").addEventListener("click", () => run({ more: true }));
  find("index").addEventListener("change", () => run());
  find("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    useKey(find("key").value);
    open();
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) takePicture(event.clipboardData.files);
  });
  document.addEventListener("dragover", (event) => { event.preventDefault(); find("drop").hidden = false; });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) find("drop").hidden = true; });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    find("drop").hidden = true;
    takePicture(event.dataTransfer.files);
  });
  find("idea-buttons").append(...IDEAS.map((words) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words;
    button.addEventListener("click", () => { find("text").value = words; run(); });
    return button;
  }));
}

listen();
open();
