// The search page: what someone does becomes a search, and what is found is shown.

import { ApiProblem, get, search, unlessProblem, useKey } from "./api.js";
import { add, drawChips, listenToChips, pictureOf, startFrom } from "./chips.js";
import { listenForCrops, openCrop } from "./crop.js";
import { find, on } from "./dom.js";
import { listenToChoice, tell } from "./events.js";
import { count, listenToFilters } from "./filters.js";
import { appendHits, listenToCards, rearrange, showHits, shownHits, stopWaiting, wait } from "./grid.js";
import { listenForMedia } from "./intake.js";
import { learnCapabilities, openIndexes, reranks, stages, suggestIdeas, takeIndex, theEmbedder } from "./opening.js";
import { degradedNotes, isNear, nearest, rerankedSentence, say, sentenceOf, showNotes } from "./outcome.js";
import { listenToProduct, openProduct } from "./product.js";
import { addressOf, isEmpty, query, readAddress, requestOf } from "./query.js";
import { nameOf } from "./wording.js";

const PAGES_UNASKED = 5; // then someone has to ask, or the page's foot could not be reached

let running = null; // of the search that is under way, or was last
let next = null; // { request, cursor } of the page after what is shown
let unasked = PAGES_UNASKED;
let opened = null;

async function run({ push = true } = {}) {
  query.words = find("text").value;
  running?.abort();
  next = null;
  if (isEmpty()) return begin({ push });
  const mine = new AbortController();
  running = mine;
  try {
    await opened;
    if (mine.signal.aborted || !query.index) return undefined;
    performance.mark("margay-asked");
    goTo({ push });
    reveal({ found: true });
    wait();
    say("Searching…");
    await first(mine.signal);
  } catch (error) {
    fail(error);
  } finally {
    if (running === mine) stopWaiting();
  }
  return undefined;
}

async function first(signal) {
  const twice = reranks() && query.sort === "relevance"; // then the second answer is the one that counts
  // Who chose nothing takes what an experiment does.
  const request = { ...requestOf({ stages: query.rerank === null && !twice ? null : [] }), suggest: true, log: !twice };
  const answer = await search(query.index, request, { signal });
  const notes = degradedNotes(answer);
  scrollTo({ top: 0 });
  unasked = PAGES_UNASKED;
  showHits(answer.hits);
  requestAnimationFrame(() => performance.measure("margay-first-results", "margay-asked"));
  showNotes(notes);
  stopWaiting();
  say(sentenceOf(answer, answer.hits.length, { near: isNear(answer, theEmbedder()) }));
  count(signal).catch(fail);
  if (!answer.hits.length) return instead(answer, notes, signal);
  if (twice) return rerank(request, answer, signal);
  return follow(request, answer);
}

async function instead({ suggestions }, notes, signal) {
  const { notes: found, hits } = await nearest({ suggestions, onLift: again, signal });
  showNotes([...notes, ...found]);
  showHits(hits);
}

// The first stage's order is shown already; the next page waits until this one has settled.
async function rerank(asked, before, signal) {
  const status = find("status").textContent;
  say(`${status} Reranking…`);
  find("rerank").ariaBusy = "true";
  const request = requestOf({ stages: stages() });
  try {
    const answer = await search(query.index, request, { signal });
    rearrange(answer.hits);
    say(`${status} ${rerankedSentence(answer.rerank)}`);
    follow(request, answer);
  } catch (error) {
    unlessProblem(error);
    say(`${status} Not reranked: ${error.message}`);
    follow(asked, before);
  } finally {
    find("rerank").ariaBusy = null;
  }
}

function follow(request, { next_cursor: cursor }) {
  next = cursor ? { request, cursor } : null;
  find("more").hidden = !next;
  // Tells anew whether the end is in sight, which it may always be on a tall screen.
  ending.unobserve(find("more").parentElement);
  if (next) ending.observe(find("more").parentElement);
}

async function more() {
  if (!next) return;
  const { request, cursor } = next;
  next = null;
  const mine = running;
  find("more").textContent = "Loading…";
  try {
    const answer = await search(query.index, { ...request, cursor }, { signal: mine.signal });
    appendHits(answer.hits);
    say(sentenceOf(answer, shownHits().length, { near: true }));
    follow(request, answer);
  } catch (error) {
    if (error.name !== "AbortError") next = { request, cursor };
    fail(error);
  } finally {
    find("more").textContent = "Show more";
  }
}

const ending = new IntersectionObserver(([entry]) => {
  if (!entry.isIntersecting || unasked <= 0) return;
  unasked -= 1;
  more();
}, { rootMargin: "700px" });

function begin({ push }) {
  running = null;
  goTo({ push });
  reveal({ found: false });
  showHits([]);
  stopWaiting();
  showNotes([]);
  say("");
}

function reveal({ found }) {
  document.body.classList.toggle("found", found);
  find("more").hidden = !next;
}

// The address names the query, so it can be kept, sent and gone back to.
function goTo({ push }) {
  const address = addressOf();
  const words = query.words.trim() || query.parts.map(({ name }) => name).filter(Boolean).join(", ");
  document.title = words && !isEmpty() ? `${words} – Margay` : "Margay";
  if (push && address !== location.pathname + location.search) history.pushState(null, "", address);
}

function look(words) {
  query.words = words;
  again();
}

// After the page itself has changed the words.
function again() {
  find("text").value = query.words;
  return changed();
}

function changed() {
  sync();
  return run();
}

function sync() {
  find("target").value = query.target;
  find("sort").value = query.sort;
  find("rerank").checked = reranks();
  find("rerank").disabled = query.sort !== "relevance";
  find("text").placeholder = query.parts.length ? "Add words: in red, for children" : "Words, a picture, or both";
  offerKeeping();
}

const offerKeeping = () => { find("keep").hidden = !find("text").value.trim(); };

function similar(found) {
  tell("click", shownHits().find(({ id }) => id === found.id));
  startFrom(found);
  again();
}

function but(found) {
  similar(found);
  find("text").focus();
}

function fail(error) {
  if (error.name === "AbortError") return;
  stopWaiting();
  if (error.status === 401) {
    find("key-form").hidden = false;
    find("key").focus();
  }
  say(error.message, { bad: true });
  unlessProblem(error);
}

async function open() {
  try {
    const many = await openIndexes();
    find("key-form").hidden = true;
    if (!many) say("There is no index yet. Make one with: make demo");
    suggestIdeas(look);
    sync();
    learnCapabilities().catch(unlessProblem);
    nameParts();
  } catch (error) {
    fail(error);
  }
}

// An address names products by their ids.
async function nameParts() {
  const unnamed = query.parts.filter(({ kind, name }) => kind === "document_id" && !name);
  await Promise.all(unnamed.map(async (part) => {
    const found = await get(`/v1/indexes/${encodeURIComponent(query.index)}/documents/${encodeURIComponent(part.value)}`).catch(() => null); // the search itself says that it is gone
    if (found) Object.assign(part, { name: nameOf(found), picture: pictureOf(found) });
  }));
  if (unnamed.length) drawChips();
}

function listen() {
  on("search", "submit", (event) => { event.preventDefault(); run(); });
  on("text", "input", offerKeeping);
  on("keep", "click", () => {
    add({ kind: "text", value: find("text").value.trim() });
    find("text").value = query.words = "";
    find("text").focus();
    again();
  });
  for (const name of ["target", "sort"]) on(name, "change", ({ target }) => { query[name] = target.value; changed(); });
  on("rerank", "change", ({ target }) => { query.rerank = target.checked; run(); });
  on("more", "click", () => { unasked = PAGES_UNASKED; more(); });
  on("index", "change", () => {
    query.index = find("index").value;
    query.filters.clear();
    query.parts = query.parts.filter(({ kind }) => kind !== "document_id");
    drawChips();
    takeIndex();
    suggestIdeas(look);
    changed();
  });
  on("key-form", "submit", (event) => {
    event.preventDefault();
    useKey(find("key").value.trim());
    find("key").value = "";
    say("");
    opened = open().then(() => { find("text").focus(); if (!isEmpty()) run(); });
  });
  // Dialogs close by their cross, by Escape and by a press beside them.
  document.addEventListener("click", ({ target }) => {
    if (target.localName === "dialog" || target.closest("[data-close]")) target.closest("dialog").close();
  });
  // A picture that is gone leaves its place empty.
  addEventListener("error", ({ target }) => target.localName === "img" && target.removeAttribute("src"), true);
  addEventListener("popstate", () => { restore(); takeIndex(); sync(); nameParts(); run({ push: false }); });
}

function restore() {
  readAddress(location.search);
  drawChips();
  find("text").value = query.words;
}

listen();
listenToChips({ onChange: changed, onCrop: openCrop });
listenForMedia({ onStart: () => say("Uploading…"), onTaken: changed, onProblem: fail });
listenForCrops({ onCut: () => { drawChips(); run(); }, onProblem: fail });
listenToFilters({ onChange: run });
listenToCards({ onOpen: openProduct, onSimilar: similar, onBut: but });
listenToProduct({ onSimilar: similar, onBut: but });
listenToChoice();
restore();
opened = open();
if (!isEmpty()) run({ push: false });
