// One hit, large: its picture to look closer at, what is known of it, and why it was found.

import { ApiProblem } from "./api.js";
import { momentOf, playerOf } from "./cards.js";
import { shownHits } from "./grid.js";
import { explain } from "./why.js";
import { element, nameOf, priceOf, valueOf, wordsOf } from "./wording.js";

const find = (id) => document.getElementById(id);
const dialog = find("product");
const pane = find("zoom-pane");
const CLOSEST = 4;

let at = 0;
let zoom = 1;

export function openProduct(id, { why = false } = {}) {
  at = shownHits().findIndex((hit) => hit.id === id);
  if (at < 0) return;
  draw();
  if (!dialog.open) dialog.showModal();
  find(why ? "why-title" : "product-title").focus({ preventScroll: !why });
}

export function listenToProduct({ onSimilar, onBut }) {
  const leave = (does) => () => {
    const { document: found } = shownHits()[at];
    dialog.close();
    does(found);
  };
  find("product-similar").addEventListener("click", leave(onSimilar));
  find("product-but").addEventListener("click", leave(onBut));
  find("product-before").addEventListener("click", () => step(-1));
  find("product-after").addEventListener("click", () => step(1));
  for (const button of dialog.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => enlarge(zoom + Number(button.dataset.zoom)));
  }
  pane.addEventListener("dblclick", () => enlarge(zoom > 1 ? 1 : 2));
  // What still plays in a dialog that is closed would be heard from nowhere.
  dialog.addEventListener("close", () => pane.replaceChildren());
}

function step(by) {
  at = Math.min(Math.max(at + by, 0), shownHits().length - 1);
  draw();
}

function draw() {
  const hit = shownHits()[at];
  const { document: found, matched } = hit;
  find("product-title").textContent = nameOf(found);
  find("product-price").textContent = priceOf(found.attributes.price);
  find("product-description").textContent = found.description;
  find("product-before").disabled = at === 0;
  find("product-after").disabled = at === shownHits().length - 1;
  pane.replaceChildren(mediumOf(found, matched));
  find("zoom-tools").hidden = momentOf(matched);
  enlarge(1);
  find("product-facts").replaceChildren(...factsOf(found));
  why(hit);
}

async function why(hit) {
  const show = (...nodes) => {
    if (shownHits()[at] === hit) find("why").replaceChildren(...nodes);
  };
  show(element("p", { text: "Looking…", class: "soft" }));
  try {
    show(...(await explain(hit)));
  } catch (error) {
    show(element("p", { class: "bad", text: error.message }));
    if (!(error instanceof ApiProblem)) throw error;
  }
}

function mediumOf(found, matched) {
  if (momentOf(matched)) return playerOf(matched, nameOf(found));
  const picture = element("img", { alt: nameOf(found) });
  const source = matched?.page ? `/v1/media/${matched.media_id}/pages/${matched.page}` : (found.images[0]?.url ?? found.files[0]?.thumbnail_url);
  if (source) picture.src = source;
  return picture;
}

function factsOf(found) {
  const facts = { ...(found.sku ? { sku: found.sku } : {}), ...found.attributes, ...found.derived };
  delete facts.price;
  return Object.entries(facts).flatMap(([name, value]) => [element("dt", { text: wordsOf(name) }), element("dd", { text: valueOf(value) })]);
}

function enlarge(times) {
  zoom = Math.min(Math.max(times, 1), CLOSEST);
  pane.style.setProperty("--zoom", zoom);
  for (const button of dialog.querySelectorAll("[data-zoom]")) {
    button.disabled = zoom === (button.dataset.zoom === "1" ? CLOSEST : 1);
  }
}
