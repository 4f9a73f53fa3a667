// Pictures, sounds and clips that are chosen, taken, dropped or pasted: uploaded, then parts of the query.

import { ApiProblem, upload } from "./api.js";
import { add } from "./chips.js";

const find = (id) => document.getElementById(id);
// Some systems tell no type for these.
const BY_NAME = { audio: /\.(aac|flac|m4a|mp3|oga|ogg|opus|wav)$/i, video: /\.(m4v|mkv|mov|mp4|webm)$/i };
const KINDS = ["image", "audio", "video"];

export function listenForMedia({ onStart, onTaken, onProblem }) {
  const take = async (files) => {
    try {
      const media = [...files].filter(kindOf);
      if (!media.length) throw new ApiProblem(0, "That is no picture, sound or video.");
      onStart(media.length);
      for (const file of media) add(partOf(await taken(file), file.name));
      onTaken();
    } catch (error) {
      onProblem(error);
    }
  };
  for (const input of [find("file"), find("camera").querySelector("input")]) {
    input.addEventListener("change", () => {
      const files = [...input.files];
      input.value = ""; // so that the same file can be chosen again
      if (files.length) take(files);
    });
  }
  // A camera is what a phone or tablet has; elsewhere `capture` only opens the same file dialog.
  find("camera").hidden = !matchMedia("(pointer: coarse)").matches;
  document.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) take(event.clipboardData.files);
  });
  listenForDrops(take);
}

// The server calls it `file`; someone who chose several wants to know which.
async function taken(file) {
  try {
    return await upload(file);
  } catch (error) {
    if (error instanceof ApiProblem) error.message = `${file.name}: ${error.message.replace(/^file: /, "")}`;
    throw error;
  }
}

export function partOf(media, name) {
  return { kind: media.kind, value: media.id, weight: 1, ...(name ? { name } : {}) };
}

function listenForDrops(take) {
  const carriesFiles = (event) => event.dataTransfer.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    find("drop").hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) find("drop").hidden = true;
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    find("drop").hidden = true;
    take(event.dataTransfer.files);
  });
}

function kindOf(file) {
  const kind = file.type.split("/")[0];
  return KINDS.includes(kind) ? kind : Object.keys(BY_NAME).find((each) => BY_NAME[each].test(file.name));
}
