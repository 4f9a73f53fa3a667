// Queues: what waits in each, who empties it, and a brake for the two that have one.

import { confirm } from "./dialogs.js";
import { button, counted, fill, h, pairs, say, table, row, toast, when, whole } from "./dom.js";
import { every } from "./live.js";
import { at, get, post } from "./server.js";

const REFRESH_MS = 3000;
const ABOUT = {
  ingest: "Reads sources, checks and stores media.",
  "embed.index": "Makes vectors, writes them, and rebuilds.",
  "embed.query": "Searches. It cannot be paused.",
  maintenance: "Upkeep: sweeping, expiry, backups. It cannot be paused.",
  insight: "Evaluations, reports of experiments, learning of clicks. It cannot be paused.",
  insight: "Evaluations, probes and reports. It cannot be paused.",
};

export async function show({ body, signal }) {
  const list = h("div", { class: "queue-grid" });
  const alive = h("div", { class: "stack" });
  body.append(list, alive);
  let shown = "";
  await fill(list, draw, { label: "Loading the queues …" });
  await every(REFRESH_MS, async () => {
    if (list.contains(document.activeElement) && document.activeElement !== list) await figures();
    else await redraw();
  }, signal);

  async function redraw() {
    list.replaceChildren(...await draw());
  }

  async function draw() {
    const { items } = await get("/v1/queues", { signal });
    workers(items);
    return items.map((queue) => card(queue, redraw));
  }

  // While someone stands on a button only the numbers beside it change.
  async function figures() {
    const { items } = await get("/v1/queues", { signal });
    workers(items);
    for (const queue of items) {
      const found = list.querySelector(`[data-queue="${CSS.escape(queue.name)}"] .pairs`);
      found?.replaceWith(waiting(queue));
    }
  }

  function workers(queues) {
    const known = new Map(queues.flatMap((queue) => queue.workers ?? []).map((one) => [`${one.host} ${one.pid}`, one]));
    const now = JSON.stringify([...known.values()]);
    if (now === shown && alive.childElementCount) return;
    shown = now;
    const none = queues.every((queue) => queue.workers === null)
      ? "This server does the work itself: there are no worker processes of their own to list."
      : "No worker is alive. Requests are accepted and wait; searches by vector need the embedder.";
    alive.replaceChildren(h("h2", {}, "Workers alive"), known.size
      ? table("Workers alive", ["Role", "Host", "Process", "Version", "Since"], [...known.values()].map((one) => row(one.role, h("span", { class: "mono" }, one.host), String(one.pid), one.version, when(one.started_at))))
      : h("p", { class: "soft" }, none));
  }
}

function waiting(queue) {
  return pairs([
    ["Backlog", queue.items === null ? null : counted(queue.items, "document")],
    ["Messages on their way", queue.messages === null ? "cannot be told" : whole(queue.messages)],
    ["Workers", queue.workers === null ? null : whole(queue.workers.length)],
    ["Paused since", queue.paused_at ? when(queue.paused_at) : null],
  ]);
}

function card(queue, redraw) {
  const paused = Boolean(queue.paused_at);
  return h("article", { class: "panel stack", "data-queue": queue.name, "aria-label": `Queue ${queue.name}` },
    h("div", { class: "row between-ends" }, h("h2", { class: "mono" }, queue.name), h("span", { class: `badge ${paused ? "bad" : "good"}` }, paused ? "paused" : "running")),
    h("p", { class: "soft small" }, ABOUT[queue.name] ?? ""), waiting(queue),
    queue.pausable && h("div", {}, paused ? button("Resume", () => resume(queue.name, redraw), { kind: "primary" }) : button("Pause …", () => pause(queue.name, redraw))));
}

async function pause(name, redraw) {
  const done = await confirm({
    title: `Pause ${name}?`,
    sentences: ["What is in hand is finished and nothing further is begun. Requests are still accepted and wait; searches go on.", "It stays paused over restarts, until it is resumed."],
    verb: "Pause the queue",
    danger: false,
    act: () => post(at`/v1/queues/${name}/pause`),
  });
  if (done) { toast(`${name} is paused.`); await redraw(); refocus(name); }
}

async function resume(name, redraw) {
  try {
    await post(at`/v1/queues/${name}/resume`);
    toast(`${name} goes on.`);
    await redraw();
    refocus(name);
  } catch (error) {
    say(error.message);
    toast(error.message);
  }
}

function refocus(name) {
  document.querySelector(`[data-queue="${CSS.escape(name)}"] button`)?.focus();
}
