// Tells the server what was seen and opened, unless someone does not want it.

import { post } from "./api.js";
import { find, on } from "./dom.js";

const SEEN_MS = 500;
const SEEN_SHARE = 0.5;
const SENT_MS = 3000;
const AT_ONCE = 40; // few enough for what a page that is closed may still send
const ASKED_NOT_TO = navigator.globalPrivacyControl || navigator.doNotTrack === "1";

const shown = new WeakMap(); // card -> the hit that it shows
const timers = new WeakMap(); // card -> until it counts as seen
const told = new Set();
let waiting = [];
let timer;

// A number made by chance that stands for this browser; undefined where nothing is counted.
export function clientId() {
  if (ASKED_NOT_TO || kept("events") === "off") return undefined;
  return kept("client") || kept("client", chance());
}

export function listenToChoice() {
  const draw = () => { find("counted").checked = Boolean(clientId()); };
  draw();
  if (ASKED_NOT_TO) {
    kept("client", "");
    find("counted-label").replaceChildren("Your browser asks that nothing be counted.");
  } else on("counted", "change", ({ target }) => {
    kept("events", target.checked ? "on" : "off");
    kept("client", "");
    waiting = [];
    draw();
  });
  document.addEventListener("visibilitychange", () => document.hidden && send());
  // What is played in its card was chosen as well.
  document.addEventListener("play", ({ target }) => target.closest(".card") && tell("click", shown.get(target.closest(".card"))), true);
}

// A card that shows a hit, which may be another one than before.
export function watch(card, hit) {
  leave(card);
  shown.set(card, hit);
  view.unobserve(card);
  view.observe(card);
}

export function tell(action, { id, rank, query }) {
  const what = `${action} ${query} ${id}`;
  const client = clientId();
  if (!client || told.has(what)) return;
  told.add(what);
  waiting.push({ event_id: chance(), query_id: query, action_name: action, object_id: id, position: rank, client_id: client });
  if (waiting.length >= AT_ONCE) send();
  else timer ??= setTimeout(send, SENT_MS);
}

const view = new IntersectionObserver((entries) => {
  for (const { target: card, intersectionRatio: share } of entries) {
    leave(card);
    if (share >= SEEN_SHARE) timers.set(card, setTimeout(() => document.hidden || tell("impression", shown.get(card)), SEEN_MS));
  }
}, { threshold: SEEN_SHARE });

function leave(card) {
  clearTimeout(timers.get(card));
}

// What does not arrive is not counted: no search waits for it.
function send() {
  clearTimeout(timer);
  timer = undefined;
  const events = waiting.splice(0);
  if (events.length) post("/v1/events", { events }, { keepalive: true }).catch(() => {});
}

const chance = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

// Null where storage is forbidden: then nothing is counted either.
function kept(name, value) {
  try {
    if (value !== undefined) localStorage.setItem(name, value);
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
