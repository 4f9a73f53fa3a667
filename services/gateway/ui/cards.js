// Draws hits as cards.

import { pictureOf } from "./chips.js";
import { copyOf, element } from "./dom.js";
import { MATCHED, clock, nameOf, priceOf } from "./wording.js";

const WAITING = 12;

export function cardOf(hit, { onOpen, onSimilar, onBut }) {
  const card = copyOf("card");
  const name = nameOf(hit.document);
  card.dataset.id = hit.id;
  show(card, hit);
  Object.assign(card.querySelector("h2"), { textContent: name, title: name });
  card.querySelector(".price").textContent = priceOf(hit.document.attributes.price);
  placeOf(card, hit);
  const press = (selector, label, does) => {
    Object.assign(card.querySelector(selector), { ariaLabel: label, onclick: does });
  };
  press(".open", `Look closer at ${name}`, () => onOpen(hit.id));
  press(".similar", `More like this: ${name}`, () => onSimilar(hit.document));
  press(".but", `But… like ${name}, changed by your words`, () => onBut(hit.document));
  press(".explain", `Why? What speaks for ${name}`, () => onOpen(hit.id, { why: true }));
  return card;
}

// What a reranking changes of a card that is already shown.
export function placeOf(card, hit) {
  const { score, matched, first_stage: first, rerank } = hit;
  card.querySelector(".score").textContent = score === null ? "" : score.toFixed(3);
  const moved = rerank && first.rank !== hit.rank ? ` · was ${first.rank}` : "";
  card.querySelector(".matched").textContent = (matched ? MATCHED[matched.modality] : "by exact words") + moved;
}

export const waitingCards = () => Array.from({ length: WAITING }, () => copyOf("waiting-card"));

function show(card, { document: found, matched }) {
  const badge = card.querySelector(".badge");
  const image = card.querySelector("img");
  if (momentOf(matched)) {
    badge.textContent = `from ${clock(matched.start_s)}`;
    image.replaceWith(playerOf(matched, nameOf(found)));
    card.querySelector(".open").hidden = true; // the player has controls of its own
  } else {
    const picture = matched?.page ? `/v1/media/${matched.media_id}/pages/${matched.page}` : pictureOf(found);
    if (picture) image.src = picture;
    badge.textContent = matched?.page ? `page ${matched.page}` : "";
  }
  badge.hidden = !badge.textContent;
}

export const momentOf = (matched) => Boolean(matched?.media_id) && matched.start_s !== null;

// It plays sounds too.
export function playerOf({ media_id, start_s, end_s }, name) {
  return element("video", { controls: "", preload: "none", poster: `/v1/media/${media_id}/thumbnail`, src: `/v1/media/${media_id}#t=${start_s},${end_s ?? ""}`, "aria-label": name });
}
