// The picture, sound or clip that is searched with: what it is, and its chip in the search box.

import { ApiProblem } from "./api.js";

const find = (id) => document.getElementById(id);
const NOUNS = { image: "picture", audio: "sound", video: "video" };
// Some systems tell no type for these.
const BY_NAME = { audio: /\.(aac|flac|m4a|mp3|oga|ogg|opus|wav)$/i, video: /\.(m4v|mkv|mov|mp4|webm)$/i };

export function mediumOf(files) {
  const media = [...files].map((file) => ({ kind: kindOf(file), file }));
  const found = media.find(({ kind }) => kind);
  if (!found) throw new ApiProblem(0, "That is no picture, sound or video.");
  return found;
}

export function showMedium(medium) {
  const preview = find("medium-preview");
  if (preview.src) URL.revokeObjectURL(preview.src);
  preview.removeAttribute("src");
  find("medium").hidden = !medium;
  find("file").value = "";
  if (!medium) return;
  const still = medium.kind === "image";
  if (still) preview.src = URL.createObjectURL(medium.file);
  preview.hidden = !still;
  // A drawing (SVG) has no property of that name.
  find("medium-icon").toggleAttribute("hidden", still);
  find("medium-name").hidden = still;
  find("medium-name").textContent = still ? "" : medium.file.name;
  find("medium-remove").setAttribute("aria-label", `Remove the ${NOUNS[medium.kind]}`);
}

function kindOf(file) {
  const kind = file.type.split("/")[0];
  if (kind in NOUNS) return kind;
  return Object.keys(BY_NAME).find((each) => BY_NAME[each].test(file.name));
}
