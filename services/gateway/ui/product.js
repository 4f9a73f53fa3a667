// One hit, large: what there is to see of it, what is known, and why it was found.

import { search, unlessProblem } from "./api.js";
import { momentOf, playerOf } from "./cards.js";
import { button, element, find, on } from "./dom.js";
import { tell } from "./events.js";
import { shownHits } from "./grid.js";
import { ASIDE, query, requestOf } from "./query.js";
import { explain } from "./why.js";
import { MATCHED, clock, nameOf, priceOf, valueOf, wordsOf } from "./wording.js";

const dialog = find("product");
const pane = find("zoom-pane");
const CLOSEST = 4;
const MOST_MOMENTS = 100;

let at = 0;
let zoom = 1;

export function openProduct(id, { why = false } = {}) {
  at = shownHits().findIndex((hit) => hit.id === id);
  if (at < 0) return;
  if (!why) tell("click", shownHits()[at]);
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
  on("product-similar", "click", leave(onSimilar));
  on("product-but", "click", leave(onBut));
  on("product-before", "click", () => step(-1));
  on("product-after", "click", () => step(1));
  for (const button of dialog.querySelectorAll("[data-zoom]")) {
    button.onclick = () => enlarge(zoom + Number(button.dataset.zoom));
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
  show(mediumOf(found, matched));
  strip(found);
  moments(hit);
  find("product-facts").replaceChildren(...factsOf(found));
  why(hit);
}

function show(medium) {
  pane.replaceChildren(medium);
  find("zoom-tools").hidden = medium.localName === "video";
  enlarge(1);
}

// Everything there is to look at, where it is more than one.
function strip(found) {
  const name = nameOf(found);
  const all = [
    ...[...found.images, ...found.files].map((one) => [one, () => element("img", { alt: name, src: one.pages ? one.thumbnail_url : one.url })]),
    ...[...found.video, ...found.audio].map((one) => [one, () => playerOf({ media_id: one.id, start_s: 0 }, name)]),
  ];
  find("product-media").replaceChildren(...all.slice(all.length === 1).map(([{ thumbnail_url: src }, make], place) => {
    const choice = button("", () => show(make()), { class: "", "aria-label": `Show ${place + 1} of ${all.length}` });
    choice.append(element("img", { src, alt: "" }));
    return choice;
  }));
}

// The stretches of its recordings that are among the nearest, to be played from there.
async function moments(hit) {
  find("moments").replaceChildren();
  if (!momentOf(hit.matched)) return;
  const request = { ...requestOf(), limit: MOST_MOMENTS, group_by: "view", ...ASIDE };
  const { hits } = await search(query.index, request).catch(() => ({ hits: [] }));
  if (shownHits()[at] !== hit) return;
  const found = hits.filter(({ id, matched }) => id === hit.id && momentOf(matched)).map(({ matched }) => matched).sort((one, other) => one.start_s - other.start_s);
  find("moments").replaceChildren(...found.map((matched) => button(clock(matched.start_s), () => {
    const player = playerOf(matched, nameOf(hit.document));
    show(player);
    player.play().catch(() => {}); // its own button does
  }, { class: "button small", "aria-label": `Play from ${clock(matched.start_s)}, ${MATCHED[matched.modality]}` })));
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
    unlessProblem(error);
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
