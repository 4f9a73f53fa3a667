// Cuts a region out of a query's picture: with a pointer or with the arrow keys.

import { upload } from "./api.js";
import { partOf } from "./intake.js";

const find = (id) => document.getElementById(id);
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
  find("crop-area").addEventListener("click", (event) => {
    if (frame.contains(event.target)) return;
    const area = find("crop-area").getBoundingClientRect();
    region.x = within(((event.clientX - area.left) / area.width) * 100 - region.w / 2, 0, 100 - region.w);
    region.y = within(((event.clientY - area.top) / area.height) * 100 - region.h / 2, 0, 100 - region.h);
    draw();
  });
  for (const button of dialog.querySelectorAll("[data-size]")) {
    button.addEventListener("click", () => change(Number(button.dataset.size), Number(button.dataset.size), { size: true }));
  }
  find("crop-use").addEventListener("click", async () => {
    try {
      const media = await upload(await cut());
      // In place: the weight, and where the chip stands, are kept.
      Object.assign(part, partOf(media, "part of a picture"), { weight: part.weight });
      dialog.close();
      onCut();
    } catch (error) {
      dialog.close();
      onProblem(error);
    }
  });
}

function drag(event) {
  event.preventDefault();
  frame.focus();
  const size = event.target.classList.contains("crop-corner");
  const area = find("crop-area").getBoundingClientRect();
  let [x, y] = [event.clientX, event.clientY];
  frame.setPointerCapture(event.pointerId);
  const move = (moved) => {
    change(((moved.clientX - x) / area.width) * 100, ((moved.clientY - y) / area.height) * 100, { size });
    [x, y] = [moved.clientX, moved.clientY];
  };
  frame.addEventListener("pointermove", move);
  const end = () => frame.removeEventListener("pointermove", move);
  frame.addEventListener("pointerup", end, { once: true });
  frame.addEventListener("pointercancel", end, { once: true });
}

function change(dx, dy, { size }) {
  if (size) {
    region.w = within(region.w + dx, LEAST, 100 - region.x);
    region.h = within(region.h + dy, LEAST, 100 - region.y);
  } else {
    region.x = within(region.x + dx, 0, 100 - region.w);
    region.y = within(region.y + dy, 0, 100 - region.h);
  }
  draw();
}

function within(value, least, most) {
  return Math.min(Math.max(value, least), most);
}

function draw() {
  for (const [name, value] of Object.entries(region)) frame.style.setProperty(`--${name}`, value);
}

async function cut() {
  const picture = find("crop-picture");
  await picture.decode();
  const canvas = document.createElement("canvas");
  const [width, height] = [picture.naturalWidth / 100, picture.naturalHeight / 100];
  canvas.width = Math.max(1, Math.round(region.w * width));
  canvas.height = Math.max(1, Math.round(region.h * height));
  const source = [region.x * width, region.y * height, region.w * width, region.h * height];
  canvas.getContext("2d").drawImage(picture, ...source, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.94); });
  return new File([blob], "part.jpg", { type: "image/jpeg" });
}
