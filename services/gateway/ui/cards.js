// Draws hits as cards. Everything from the server is inserted as text, never as markup.

import { pictureOf } from "./chips.js";
import { MATCHED, clock, nameOf, priceOf } from "./wording.js";

const template = document.getElementById("card");
const waiting = document.getElementById("waiting-card");
const WAITING = 12;

export function cardOf(hit, { onOpen, onSimilar, onBut }) {
  const card = template.content.firstElementChild.cloneNode(true);
  const name = nameOf(hit.document);
  card.dataset.id = hit.id;
  show(card, hit);
  card.querySelector("h2").textContent = name;
  card.querySelector("h2").title = name;
  card.querySelector(".price").textContent = priceOf(hit.document.attributes.price);
  placeOf(card, hit);
  const press = (selector, label, does) => {
    const button = card.querySelector(selector);
    button.setAttribute("aria-label", label);
    button.addEventListener("click", () => does(hit.document));
  };
  press(".open", `Look closer at ${name}`, () => onOpen(hit.id));
  press(".similar", `More like this: ${name}`, onSimilar);
  press(".but", `But… like ${name}, changed by your words`, onBut);
  press(".explain", `Why? What speaks for ${name}`, () => onOpen(hit.id, { why: true }));
  return card;
}

// What a reranking changes of a card that is already shown.
export function placeOf(card, hit) {
  const { score, matched, first_stage: first, rerank } = hit;
  card.querySelector(".score").textContent = score === null ? "" : score.toFixed(3);
  card.querySelector(".score").title = "Similarity, 1 at most";
  const moved = rerank && first.rank !== hit.rank ? ` · was ${first.rank}` : "";
  card.querySelector(".matched").textContent = (matched ? MATCHED[matched.modality] : "by exact words") + moved;
}

export function waitingCards() {
  return Array.from({ length: WAITING }, () => waiting.content.firstElementChild.cloneNode(true));
}

export function ideaOf(words, onChosen) {
  const button = document.getElementById("idea").content.firstElementChild.cloneNode(true);
  button.querySelector("span").textContent = words;
  button.addEventListener("click", onChosen);
  return button;
}

function show(card, { document: found, matched }) {
  const badge = card.querySelector(".badge");
  const image = card.querySelector("img");
  if (momentOf(matched)) {
    badge.textContent = `from ${clock(matched.start_s)}`;
    image.replaceWith(playerOf(matched, nameOf(found)));
    card.querySelector(".open").hidden = true; // the player has controls of its own
  } else {
    const picture = matched?.page ? `/v1/media/${matched.media_id}/pages/${matched.page}` : pictureOf(found);
    image.addEventListener("error", () => image.removeAttribute("src"), { once: true });
    if (picture) image.src = picture;
    badge.textContent = matched?.page ? `page ${matched.page}` : "";
  }
  badge.hidden = !badge.textContent;
}

export function momentOf(matched) {
  return Boolean(matched?.media_id) && matched.start_s !== null;
}

// A video element plays sounds too, under the drawing that stands for them. Nothing is loaded
// before someone presses play.
export function playerOf({ media_id, start_s, end_s }, name) {
  const player = document.createElement("video");
  player.controls = true;
  player.preload = "none";
  player.poster = `/v1/media/${media_id}/thumbnail`;
  player.src = `/v1/media/${media_id}#t=${start_s},${end_s}`;
  player.setAttribute("aria-label", name);
  return player;
}
