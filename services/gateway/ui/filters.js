// Filters by what the index declares: values to tick with their counts, numbers between bounds.

import { search } from "./api.js";
import { button, element, find, on } from "./dom.js";
import { ASIDE, filterOf, partsOf, query } from "./query.js";
import { edgesOf, rangeOf, spansOf } from "./range.js";
import { valueOf, wordsOf } from "./wording.js";

const form = find("filters");
const chosen = find("chosen");
const MOST_FACETS = 10;
const SHOWN = 6;

let types = {}; // attribute -> its declared type
let edges = null; // attribute -> the ends of its numbers in the whole index
let counts = {}; // attribute -> its facet as the API answers it
let counted = "";
let changed = () => {};
const unfolded = new Set();

export function listenToFilters({ onChange }) {
  changed = onChange;
  form.addEventListener("submit", (event) => event.preventDefault());
  on("filters-button", "click", ({ currentTarget: button }) => {
    const unfold = form.classList.toggle("open");
    find("tools").classList.toggle("open", unfold);
    button.setAttribute("aria-expanded", unfold);
  });
}

export function declare({ attributes, tags }) {
  types = { ...attributes, ...Object.fromEntries(Object.keys(tags).map((name) => [name, "tags"])) };
  edges = null;
  counts = {};
  counted = "";
  unfolded.clear();
  form.replaceChildren();
}

export const numbers = () => Object.keys(types).filter(isNumber);

// Of what the filter leaves, whatever the query: asked for when it changes.
export async function count(signal) {
  const wanted = JSON.stringify([query.index, filterOf()]);
  drawChosen();
  if (wanted === counted) return;
  const names = Object.keys(types).slice(0, MOST_FACETS);
  const free = names.filter((name) => !query.filters.has(name));
  const bound = names.filter((name) => query.filters.has(name));
  const ask = async (facets, filter) => {
    const request = { parts: partsOf(), limit: 1, facets, filter, ...ASIDE };
    return facets.length ? (await search(query.index, request, { signal })).facets : {};
  };
  edges ??= Object.fromEntries(Object.entries(await ask(names.filter(isNumber))).map(([name, extent]) => [name, edgesOf(extent)]));
  const facetOf = (name) => (edges[name] ? { attribute: name, ranges: spansOf(edges[name]) } : name);
  // Of an attribute that is filtered by, what could be chosen beside.
  const asked = bound.map((name) => ask([facetOf(name)], filterOf({ except: name })));
  counts = Object.assign({}, ...(await Promise.all([...asked, ask(free.map(facetOf), filterOf())])));
  counted = wanted;
  draw();
}

function draw() {
  const focused = form.contains(document.activeElement) ? document.activeElement.id : null;
  const order = Object.keys(types);
  const names = Object.keys(counts).sort((one, other) => Number(other === "price") - Number(one === "price") || order.indexOf(one) - order.indexOf(other));
  form.replaceChildren(...names.map((name) => (isNumber(name) ? between(name) : values(name))).filter(Boolean));
  if (focused) find(focused)?.focus({ preventScroll: true });
}

function values(name) {
  const ticked = query.filters.get(name)?.values ?? new Set();
  const all = counts[name];
  if (all.length < 2 && !ticked.size) return null;
  const shown = unfolded.has(name) ? all : all.filter(({ value }, at) => at < SHOWN || ticked.has(value));
  const options = shown.map(({ value, count: number }, at) => option(name, value, number, ticked, at));
  const group = element("fieldset", {}, element("legend", { text: wordsOf(name) }), ...options);
  const unfold = () => {
    unfolded.add(name);
    draw();
    find(`filter-${name}-${shown.length}`)?.focus();
  };
  if (all.length > shown.length) group.append(button(`${all.length - shown.length} more`, unfold, { class: "button quiet small plain" }));
  return group;
}

function option(name, value, number, ticked, at) {
  const box = element("input", { type: "checkbox", id: `filter-${name}-${at}`, change() {
    tick(name, value, box.checked);
    changed();
  } });
  box.checked = ticked.has(value);
  return element("label", { class: "option" }, box, element("span", { text: valueOf(value), title: valueOf(value) }), element("small", { text: number }));
}

function tick(name, value, on) {
  const now = new Set(query.filters.get(name)?.values ?? []);
  if (on && typeof value === "boolean") now.clear(); // of yes and no together nothing is left out
  now[on ? "add" : "delete"](value);
  keep(name, now.size && { values: now, tags: types[name] === "tags" });
}

function keep(name, wanted) {
  if (wanted) query.filters.set(name, wanted);
  else query.filters.delete(name);
}

function between(name) {
  if (!edges[name]) return null;
  const take = (bounds) => {
    keep(name, (bounds.from ?? bounds.to) !== null && bounds);
    changed();
  };
  return element("fieldset", {}, element("legend", { text: wordsOf(name) }), ...rangeOf(name, edges[name], counts[name].ranges, query.filters.get(name), take));
}

function drawChosen() {
  const chips = [...query.filters].flatMap(([name, { values: ticked, from, to }]) => {
    if (!ticked) return [chip(`${wordsOf(name)} ${spanOf(from, to)}`, () => keep(name))];
    return [...ticked].map((value) => chip(`${wordsOf(name)}: ${valueOf(value)}`, () => tick(name, value, false)));
  });
  if (chips.length > 1) chips.push(chip("All filters", () => query.filters.clear()));
  chosen.replaceChildren(...chips);
}

function spanOf(from, to) {
  if (from === null) return `up to ${to}`;
  return to === null ? `from ${from}` : `${from} to ${to}`;
}

function chip(text, remove) {
  const click = () => {
    remove();
    changed();
    (chosen.querySelector("button") ?? find("results")).focus({ preventScroll: true });
  };
  return element("li", {}, button(`${text} ×`, click, { class: "button small", "aria-label": `Remove ${text}` }));
}

const isNumber = (name) => ["number", "integer"].includes(types[name]);
