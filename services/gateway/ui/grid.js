// The grid of results: skeletons, pages that are appended, an order that changes.

import { cardOf, placeOf, waitingCards } from "./cards.js";
import { find } from "./dom.js";
import { watch } from "./events.js";

const grid = find("results");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const SLIDE = { duration: 420, easing: "cubic-bezier(.2, .8, .2, 1)" };

let hits = [];
let handlers = {};

export function listenToCards(given) {
  handlers = given;
}

export const shownHits = () => hits;

export function wait() {
  grid.setAttribute("aria-busy", "true");
  if (hits.length) grid.classList.add("waiting");
  else grid.replaceChildren(...waitingCards());
}

export function stopWaiting() {
  grid.classList.remove("waiting");
  grid.removeAttribute("aria-busy");
  if (!hits.length) grid.replaceChildren();
}

export function showHits(found) {
  hits = found;
  grid.replaceChildren(...found.map(draw));
}

export function appendHits(found) {
  hits = [...hits, ...found];
  grid.append(...found.map(draw));
}

// Puts hits in another order: cards that were there slide to their place, others fade in.
export function rearrange(found) {
  const before = new Map([...grid.children].map((card) => [card.dataset.id, { card, at: card.getBoundingClientRect() }]));
  const focused = document.activeElement;
  hits = found;
  const cards = found.map((hit) => {
    const known = before.get(hit.id);
    if (!known) return draw(hit);
    placeOf(known.card, hit);
    watch(known.card, hit);
    return known.card;
  });
  grid.replaceChildren(...cards);
  if (grid.contains(focused)) focused.focus({ preventScroll: true });
  if (still.matches) return;
  for (const card of cards) slide(card, before.get(card.dataset.id)?.at);
}

function slide(card, from) {
  if (!from) {
    card.animate([{ opacity: 0 }, { opacity: 1 }], SLIDE);
    return;
  }
  const to = card.getBoundingClientRect();
  const [dx, dy] = [from.left - to.left, from.top - to.top];
  if (dx || dy) card.animate([{ transform: `translate(${dx}px, ${dy}px)` }, { transform: "none" }], SLIDE);
}

function draw(hit) {
  const card = cardOf(hit, handlers);
  watch(card, hit);
  return card;
}
