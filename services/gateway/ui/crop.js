// Cuts a region out of a query's picture.

import { upload } from "./api.js";
import { find, on } from "./dom.js";

const dialog = find("crop");
const frame = find("crop-frame");
const LEAST = 8; // per cent of a side
const STEP = 2;
const MOVES = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

let region;
let part;

export function openCrop(chosen) {
  part = chosen;
  region = { x: 15, y: 15, w: 70, h: 70 };
  find("crop-picture").src = `/v1/media/${encodeURIComponent(part.value)}`;
  draw();
  dialog.showModal();
  frame.focus();
}

export function listenForCrops({ onCut, onProblem }) {
  frame.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    change(...move, { size: event.shiftKey });
  });
  frame.addEventListener("pointerdown", drag);
  // Whoever cannot drag presses where the middle should be, and sizes it by buttons.
  on("crop-area", "click", (event) => {
    if (frame.contains(event.target)) return;
    const area = frame.getBoundingClientRect();
    moveBy(event.clientX - area.left - area.width / 2, event.clientY - area.top - area.height / 2);
  });
  for (const button of dialog.querySelectorAll("[data-size]")) {
    const by = Number(button.dataset.size);
    button.onclick = () => change(by, by, { size: true });
  }
  on("crop-use", "click", async () => {
    try {
      const { id: value } = await upload(await cut());
      Object.assign(part, { value, name: "part of a picture" });
      onCut();
    } catch (error) {
      onProblem(error);
    } finally {
      dialog.close();
    }
  });
}

function drag(event) {
  event.preventDefault();
  frame.focus();
  const size = event.target.classList.contains("crop-corner");
  let [x, y] = [event.clientX, event.clientY];
  frame.setPointerCapture(event.pointerId);
  frame.onpointermove = (moved) => {
    moveBy(moved.clientX - x, moved.clientY - y, { size });
    [x, y] = [moved.clientX, moved.clientY];
  };
  frame.onpointerup = frame.onpointercancel = () => { frame.onpointermove = null; };
}

function moveBy(pixelsX, pixelsY, how) {
  const { width, height } = find("crop-area").getBoundingClientRect();
  change((pixelsX / width) * 100, (pixelsY / height) * 100, how);
}

function change(dx, dy, { size } = {}) {
  const move = (place, length, by) => {
    if (size) region[length] = within(region[length] + by, LEAST, 100 - region[place]);
    else region[place] = within(region[place] + by, 0, 100 - region[length]);
  };
  move("x", "w", dx);
  move("y", "h", dy);
  draw();
}

const within = (value, least, most) => Math.min(Math.max(value, least), most);

function draw() {
  for (const [name, value] of Object.entries(region)) frame.style.setProperty(`--${name}`, value);
}

async function cut() {
  const picture = find("crop-picture");
  await picture.decode();
  const [width, height] = [picture.naturalWidth / 100, picture.naturalHeight / 100];
  const size = [region.w * width, region.h * height].map((length) => Math.max(1, Math.round(length)));
  const canvas = new OffscreenCanvas(...size);
  canvas.getContext("2d").drawImage(picture, region.x * width, region.y * height, ...size, 0, 0, ...size);
  return new File([await canvas.convertToBlob({ type: "image/jpeg", quality: 0.94 })], "part.jpg");
}
