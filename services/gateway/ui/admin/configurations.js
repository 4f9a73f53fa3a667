// Configurations: saved ways to search, for evaluations and experiments to compare.

import { confirm } from "./dialogs.js";
import { button, field, fill, h, nameInput, pairs, problem, select, SHAPES, toast } from "./dom.js";
import { ask, at, get } from "./server.js";

const RERANKING = [["", "as it would be"], ["none", "none"], ["signals", "signals: popularity 2, out of stock last"], ["ctr", "signals: what clicks taught"], ["cross_encoder", "cross-encoder"], ["vlm", "vision model"]];
const STAGES = {
  none: [],
  signals: [{ stage: "signals", weights: { popularity: 2 }, out_of_stock_last: true }],
  ctr: [{ stage: "signals", weights: { ctr: 2 } }],
  cross_encoder: [{ stage: "cross_encoder" }],
  vlm: [{ stage: "vlm" }],
};
const TARGETS = [["", "as it would be"], ["any", "anything"], ["text", "words"], ["image", "pictures"], ["combined", "words and pictures"], ["audio", "sounds"], ["video", "videos"]];

export async function show({ body, signal }) {
  await fill(body, async () => {
    const [{ items: saved }, { items: indexes }] = await Promise.all([get("/v1/configurations", { signal }), get("/v1/indexes", { signal })]);
    return [saver(indexes), saved.length ? h("div", { class: "queue-grid" }, saved.map(card)) : h("p", { class: "soft" }, "None is saved yet. A search by one names it as its configuration; an experiment gives it to some clients, an evaluation measures it.")];
  }, { label: "Loading the configurations …" });
}

function card(one) {
  const remove = async () => {
    const gone = await confirm({ title: `Delete ${one.name}?`, sentences: ["Searches and experiments that name it go on as without it or are refused; evaluations keep the copy that they measured."], verb: "Delete it", act: () => ask("DELETE", at`/v1/configurations/${one.name}`) });
    if (!gone) return;
    toast(`${one.name} is deleted.`);
    dispatchEvent(new Event("again"));
  };
  return h("article", { class: "panel stack", "aria-label": `Configuration ${one.name}` }, h("h2", {}, one.name), one.description && h("p", {}, one.description), pairs(chosen(one)), h("div", {}, button("Delete …", remove, { kind: "danger" })));
}

// What it chooses; what it leaves open is left out.
function chosen(one) {
  return Object.entries(one).filter(([name, value]) => !["name", "description"].includes(name) && value !== null && !(typeof value === "object" && !Array.isArray(value) && !Object.keys(value).length))
    .map(([name, value]) => [name.replaceAll("_", " "), typeof value === "object" ? h("code", {}, JSON.stringify(value)) : String(value)]);
}

function saver(indexes) {
  const text = (more) => h("input", { class: "input", autocomplete: "off", ...more });
  const name = nameInput(SHAPES.saved);
  const about = text({ maxlength: 1000 });
  const words = text({ type: "number", min: 0, max: 1, step: "any" });
  const target = select(TARGETS, "");
  const rerank = select(RERANKING, "");
  const other = select([["", "the one that is asked for"], ...indexes.map((one) => one.name)], "");
  const least = text({ type: "number", min: -1, max: 1, step: "any" });
  const understand = select([["", "as it would be"], ["true", "yes"], ["false", "no"]], "");
  const trouble = h("div");
  const go = h("button", { class: "button primary", type: "submit" }, "Save it");
  const form = h("form", { class: "panel stack" }, h("h2", {}, "Save one"), h("p", { class: "soft small" }, "What is left open stays as it would be. One of the same name is replaced. What is not here (weights, at most so many of a brand) can be set over HTTP."),
    h("div", { class: "field-grid" }, field("Name", name, "Small letters, digits, dots, - and _."), field("What it is about", about), field("Share of the words' ranking (0 to 1)", words), field("Which views match", target), field("Reranking", rerank), field("Searches the index", other), field("Least similarity", least), field("Reads prices and sizes off the words", understand)), trouble, h("div", {}, go));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    trouble.replaceChildren();
    const body = { description: about.value };
    if (words.value) body.hybrid = { lexical: words.valueAsNumber };
    if (target.value) body.target = target.value;
    if (rerank.value) body.rerank = STAGES[rerank.value];
    if (other.value) body.index = other.value;
    if (least.value) body.min_score = least.valueAsNumber;
    if (understand.value) body.understand = understand.value === "true";
    try {
      await ask("PUT", at`/v1/configurations/${name.value}`, { body });
      toast(`${name.value} is saved.`);
      dispatchEvent(new Event("again"));
    } catch (error) {
      go.disabled = false;
      trouble.replaceChildren(problem(error));
    }
  });
  return form;
}
