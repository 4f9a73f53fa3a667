// The documents of an index: by id or by a filter, as rows that lead to each.

import * as one from "./document.js";
import { button, counted, field, fill, h, nameInput, noThumbnail, problem, row, select, SHAPES, table, thumbnail, when } from "./dom.js";
import { at, get } from "./server.js";

const OPERATORS = {
  string: ["eq", "ne", "prefix", "exists"], integer: ["eq", "ne", "lt", "lte", "gt", "gte", "exists"], number: ["eq", "ne", "lt", "lte", "gt", "gte", "exists"],
  boolean: ["eq", "exists"], tags: ["any", "all", "none", "exists"],
};
const WORDS = { eq: "is", ne: "is not", prefix: "begins with", lt: "less than", lte: "at most", gt: "more than", gte: "at least", any: "has any of", all: "has all of", none: "has none of", exists: "is set (yes or no)" };

export async function show(section) {
  const { body, parts, signal } = section;
  if (parts[1]) return one.show(section, parts[0], parts[1]);
  const { items: indexes } = await get("/v1/indexes", { signal });
  if (!indexes.length) {
    body.append(h("div", { class: "panel empty" }, h("h2", {}, "No index yet"), h("a", { class: "button primary", href: "#indexes/new" }, "Make the first one")));
    return;
  }
  const index = indexes.find(({ name }) => name === parts[0]) ?? indexes[0];
  const chosen = select(indexes.map(({ name }) => name), index.name);
  chosen.addEventListener("change", () => { location.hash = `#documents/${encodeURIComponent(chosen.value)}`; });
  const list = h("div", { class: "stack" });
  const narrow = narrowing(index, (filter) => fill(list, () => page(index.name, filter, null, signal), { label: "Loading the documents …" }));
  body.append(h("div", { class: "row filters-row" }, field("Index", chosen), byId(index.name)), narrow, list);
  await fill(list, () => page(index.name, null, null, signal), { label: "Loading the documents …" });
}

function byId(index) {
  const id = nameInput(SHAPES.document);
  const form = h("form", { class: "row end-aligned" }, field("Open by id", id), h("button", { class: "button" }, "Open"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.hash = `#documents/${encodeURIComponent(index)}/${encodeURIComponent(id.value)}`;
  });
  return form;
}

function narrowing(index, act) {
  const types = { ...index.settings.attributes, ...Object.fromEntries(Object.keys(index.settings.tags).map((name) => [name, "tags"])) };
  const names = Object.keys(types);
  const attribute = select([["", "every document"], ...names], "");
  const operator = select([], "");
  const value = h("input", { class: "input", autocomplete: "off" });
  const raw = h("textarea", { class: "input mono", rows: 3, spellcheck: "false", placeholder: '{"price": {"lt": 20}, "not": {"brand": "Acme"}}' });
  const trouble = h("div");
  const operators = () => operator.replaceChildren(...(OPERATORS[types[attribute.value]] ?? []).map((name) => h("option", { value: name }, WORDS[name])));
  attribute.addEventListener("change", operators);
  operators();
  const form = h("form", { class: "panel stack", "aria-label": "Filter" },
    h("div", { class: "row end-aligned" }, field("Attribute", attribute), field("Condition", operator), field("Value", value), h("button", { class: "button" }, "Apply the filter")),
    h("details", {}, h("summary", {}, "As JSON"), field("Filter", raw, "As searches take it; it stands instead of the fields above.")), trouble);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    trouble.replaceChildren();
    try {
      act(raw.value.trim() ? JSON.parse(raw.value) : attribute.value ? { [attribute.value]: { [operator.value]: typed(value.value, types[attribute.value], operator.value) } } : null);
    } catch {
      trouble.replaceChildren(problem(new Error("That filter is no JSON: look at its quotes, commas and braces.")));
    }
  });
  return form;
}

function typed(text, type, operator) {
  if (operator === "exists" || type === "boolean") return /^(true|yes|1)$/i.test(text.trim());
  if (type === "tags") return text.split(",").map((word) => word.trim()).filter(Boolean);
  return type === "string" ? text : Number(text);
}

async function page(index, filter, cursor, signal) {
  const query = new URLSearchParams({ limit: "30" });
  if (filter) query.set("filter", JSON.stringify(filter));
  if (cursor) query.set("cursor", cursor);
  const found = await get(`${at`/v1/indexes/${index}/documents`}?${query}`, { signal });
  if (!found.items.length) return h("p", { class: "panel" }, filter ? "No document matches this filter." : "This index holds no document yet.");
  const shown = table(`Documents of ${index}, by id`, ["Picture", "Document", "Attributes", "Changed"], found.items.map((each) => line(index, each)));
  const more = found.next_cursor && button("More documents", async (event) => {
    event.currentTarget.disabled = true;
    const next = await page(index, filter, found.next_cursor, signal).catch((error) => problem(error));
    more.replaceWith(...[next].flat().filter(Boolean));
  });
  return [cursor ? null : h("p", { class: "soft small" }, filter ? `The first ${counted(found.items.length, "document")} that match` : `The first ${counted(found.items.length, "document")} by id`), shown, more].filter(Boolean);
}

function line(index, found) {
  const media = [...found.images, ...found.video, ...found.files, ...found.audio];
  const attributes = Object.entries({ ...found.attributes, ...found.derived }).slice(0, 6);
  return row(media.length ? thumbnail(media[0].thumbnail_url) : noThumbnail(),
    [h("a", { href: `#documents/${encodeURIComponent(index)}/${encodeURIComponent(found.id)}` }, found.title || found.id), h("small", { class: "mono soft block" }, found.id), media.length > 1 && h("small", { class: "soft block" }, counted(media.length, "medium").replace("mediums", "media"))],
    h("span", { class: "attributes" }, attributes.map(([name, value]) => h("span", {}, h("span", { class: "soft" }, `${name} `), typeof value === "string" ? value : JSON.stringify(value)))),
    when(found.updated_at));
}
