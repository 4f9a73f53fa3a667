// The parts of the query beside the words: with a weight, a region to cut out, a way to remove.

import { copyOf, find } from "./dom.js";
import { MOST_PARTS, query } from "./query.js";
import { nameOf } from "./wording.js";

const list = find("chips");
const NOUNS = { image: "picture", audio: "sound", video: "video", text: "words", document_id: "product" };
const SETTLED_MS = 350; // a slider that is being moved is not searched with at every step

let changed = () => {};
let crop = () => {};
let timer;

export function listenToChips({ onChange, onCrop }) {
  changed = onChange;
  crop = onCrop;
}

export function add(part) {
  query.parts = [...query.parts, { weight: 1, ...part }].slice(-MOST_PARTS);
  drawChips();
}

// "More like this" starts anew; what was searched with before led here.
export function startFrom(found) {
  query.words = "";
  query.parts = [{ kind: "document_id", value: found.id, weight: 1, name: nameOf(found), picture: pictureOf(found) }];
  drawChips();
}

export function drawChips() {
  list.replaceChildren(...query.parts.map(chipOf));
}

function chipOf(part) {
  const chip = copyOf("chip");
  const noun = NOUNS[part.kind];
  const name = part.name ?? (["text", "document_id"].includes(part.kind) ? part.value : noun);
  chip.querySelector(".chip-name").textContent = part.kind === "document_id" ? `like ${name}` : name;
  chip.title = name;
  picture(chip, part);
  weigh(chip, part, name);
  const cut = chip.querySelector(".crop-it");
  cut.hidden = part.kind !== "image";
  cut.ariaLabel = `Search with a part of ${name}`;
  cut.onclick = () => crop(part);
  const remove = chip.querySelector(".remove");
  remove.ariaLabel = `Remove the ${noun} ${name === noun ? "" : name}`.trim();
  remove.onclick = () => {
    query.parts = query.parts.filter((each) => each !== part);
    drawChips();
    (list.querySelector(".remove") ?? find("text")).focus();
    changed();
  };
  return chip;
}

function picture(chip, part) {
  const image = chip.querySelector("img");
  const source = ["image", "audio", "video"].includes(part.kind) ? `/v1/media/${encodeURIComponent(part.value)}/thumbnail` : part.picture;
  if (!source) return;
  image.hidden = false;
  image.src = source;
}

function weigh(chip, part, name) {
  const slider = chip.querySelector("input");
  const output = chip.querySelector("output");
  chip.querySelector(".weight .hidden").textContent = `Weight of ${name}; below zero means away from it`;
  const say = () => {
    output.textContent = `${part.weight > 0 ? "+" : ""}${part.weight}`;
    slider.ariaValueText = part.weight < 0 ? `${part.weight}, away from it` : part.weight;
    chip.classList.toggle("against", part.weight < 0);
  };
  slider.value = part.weight;
  slider.oninput = () => {
    part.weight = slider.valueAsNumber;
    say();
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLED_MS);
  };
  say();
}

export const pictureOf = (found) => ["images", "video", "files", "audio"].flatMap((kind) => found[kind])[0]?.thumbnail_url;
