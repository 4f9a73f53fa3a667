// Media that are chosen, taken, dropped or pasted become parts of the query.

import { ApiProblem, upload } from "./api.js";
import { add } from "./chips.js";
import { find } from "./dom.js";

export function listenForMedia({ onStart, onTaken, onProblem }) {
  const take = async (files) => {
    try {
      // Where the system does not know the type, the server looks at the bytes.
      const media = [...files].filter(({ type }) => !type || /^(image|audio|video)\//.test(type));
      if (!media.length) throw new ApiProblem(0, "That is no picture, sound or video.");
      onStart();
      for (const file of media) {
        const { kind, id: value } = await taken(file);
        add({ kind, value, name: file.name });
      }
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
