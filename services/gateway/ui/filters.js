// Filters from the attributes that the index declares: values to tick with their counts, numbers between bounds.

import { search } from "./api.js";
import { filterOf, numberOf, partsOf, query } from "./query.js";
import { element, valueOf, wordsOf } from "./wording.js";

const form = document.getElementById("filters");
const chosen = document.getElementById("chosen");
const MOST_FACETS = 10;
const SHOWN = 6;

let types = {}; // attribute -> its declared type
let counts = {}; // attribute -> its facet as the API answers it
let counted = "";
let changed = () => {};
const unfolded = new Set();

export function listenToFilters({ onChange }) {
  changed = onChange;
  form.addEventListener("submit", (event) => event.preventDefault());
  const button = document.getElementById("filters-button");
  button.addEventListener("click", () => {
    const unfold = form.classList.toggle("open");
    document.getElementById("tools").classList.toggle("open", unfold);
    button.setAttribute("aria-expanded", String(unfold));
  });
}

export function declare({ attributes, tags }) {
  types = { ...attributes, ...Object.fromEntries(Object.keys(tags).map((name) => [name, "tags"])) };
  counts = {};
  counted = "";
  unfolded.clear();
  form.replaceChildren();
}

export function numbers() {
  return Object.keys(types).filter(isNumber);
}

// Counts are of what the filter leaves, whatever the query: asked for when the filter changes, after the hits.
export async function count(signal) {
  const wanted = JSON.stringify([query.index, filterOf()]);
  drawChosen();
  if (wanted === counted) return;
  const names = Object.keys(types).slice(0, MOST_FACETS);
  const free = names.filter((name) => !query.filters.has(name));
  const bound = names.filter((name) => query.filters.has(name));
  const ask = async (facets, filter) => {
    const request = { parts: partsOf(), limit: 1, rerank: [], facets, ...(filter ? { filter } : {}) };
    return (await search(query.index, request, { signal })).facets;
  };
  // Of an attribute that is filtered by, what could be chosen beside: counted without its own filter.
  const asked = bound.map((name) => ask([name], filterOf({ except: name })));
  if (free.length) asked.push(ask(free, filterOf()));
  counts = Object.assign({}, ...(await Promise.all(asked)));
  counted = wanted;
  draw();
}

function draw() {
  const focused = form.contains(document.activeElement) ? document.activeElement.id : null;
  const order = Object.keys(types);
  const names = Object.keys(counts).sort((one, other) => Number(other === "price") - Number(one === "price") || order.indexOf(one) - order.indexOf(other));
  form.replaceChildren(...names.map((name) => (isNumber(name) ? between(name) : values(name))).filter(Boolean));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function values(name) {
  const ticked = query.filters.get(name)?.values ?? new Set();
  const all = counts[name];
  if (all.length < 2 && !ticked.size) return null;
  const shown = unfolded.has(name) ? all : all.filter(({ value }, at) => at < SHOWN || ticked.has(value));
  const options = shown.map(({ value, count: number }, at) => option(name, value, number, ticked, at));
  const group = element("fieldset", {}, element("legend", { text: wordsOf(name) }), ...options);
  if (all.length > shown.length) {
    const more = element("button", { type: "button", class: "button quiet small plain", text: `${all.length - shown.length} more` });
    more.addEventListener("click", () => {
      unfolded.add(name);
      draw();
      document.getElementById(`filter-${name}-${shown.length}`)?.focus();
    });
    group.append(more);
  }
  return group;
}

function option(name, value, number, ticked, at) {
  const box = element("input", { type: "checkbox", id: `filter-${name}-${at}` });
  box.checked = ticked.has(value);
  box.addEventListener("change", () => tick(name, value, box.checked));
  return element("label", { class: "option" }, box, element("span", { text: valueOf(value), title: valueOf(value) }), element("small", { text: String(number) }));
}

function tick(name, value, on) {
  const now = new Set(query.filters.get(name)?.values ?? []);
  if (on && typeof value === "boolean") now.clear(); // of yes and no together nothing is left out
  now[on ? "add" : "delete"](value);
  if (now.size) query.filters.set(name, { values: now, tags: types[name] === "tags" });
  else query.filters.delete(name);
  changed();
}

function between(name) {
  const { min, max } = counts[name];
  if (min === null || min === max) return null;
  const now = query.filters.get(name) ?? { from: null, to: null };
  const bound = (side, label, edge) => {
    const input = element("input", { type: "number", class: "input", id: `filter-${name}-${side}`, min: 0, step: "any", inputmode: "decimal", placeholder: side === "from" ? Math.floor(edge) : Math.ceil(edge), "aria-label": `${wordsOf(name)}, ${label}` });
    if (min < 0) input.removeAttribute("min");
    input.value = now[side] ?? "";
    input.addEventListener("change", () => {
      const bounds = { ...now, ...query.filters.get(name), [side]: numberOf(input.value) };
      if (bounds.from === null && bounds.to === null) query.filters.delete(name);
      else query.filters.set(name, bounds);
      changed();
    });
    return input;
  };
  const row = element("div", { class: "between" }, bound("from", "at least", min), element("span", { text: "to" }), bound("to", "at most", max));
  return element("fieldset", {}, element("legend", { text: wordsOf(name) }), row);
}

function drawChosen() {
  const chips = [...query.filters].flatMap(([name, { values: ticked, from, to }]) => {
    if (!ticked) return [chip(`${wordsOf(name)} ${spanOf(from, to)}`, () => query.filters.delete(name))];
    return [...ticked].map((value) => chip(`${wordsOf(name)}: ${valueOf(value)}`, () => untick(name, value)));
  });
  if (chips.length > 1) chips.push(chip("All filters", () => query.filters.clear()));
  chosen.replaceChildren(...chips);
}

function spanOf(from, to) {
  if (from === null) return `up to ${to}`;
  return to === null ? `from ${from}` : `${from} to ${to}`;
}

function untick(name, value) {
  const { values: ticked } = query.filters.get(name);
  ticked.delete(value);
  if (!ticked.size) query.filters.delete(name);
}

function chip(text, remove) {
  const button = element("button", { type: "button", class: "button small", "aria-label": `Remove ${text}` }, element("span", { text }), element("span", { text: "×", "aria-hidden": "true" }));
  button.addEventListener("click", () => {
    remove();
    changed();
    (chosen.querySelector("button") ?? document.getElementById("results")).focus({ preventScroll: true });
  });
  return element("li", {}, button);
}

function isNumber(name) {
  return types[name] === "number" || types[name] === "integer";
}
