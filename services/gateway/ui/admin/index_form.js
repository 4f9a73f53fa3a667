// The form of an index, new or to be rebuilt, which says of each choice what it means and costs.

import { bytes, button, field, h, nameInput, problem, select, SHAPES, unique } from "./dom.js";

const TYPES = [["string", "string: one text, e.g. brand"], ["number", "number, e.g. price"], ["integer", "integer, e.g. year"], ["boolean", "boolean: yes or no"], ["tags", "tags: several texts"]];

// `index`: the one to rebuild; then only what was changed is submitted.
export function form({ capabilities, index, verb, submit }) {
  const given = index?.settings;
  const name = nameInput(SHAPES.index, { maxlength: 48 });
  const embedders = embedderChoice(capabilities, given);
  const attributes = attributeRows(given?.attributes ?? {});
  const tags = tagRows(given?.tags ?? {});
  const segments = segmentFields(given?.segments);
  const graph = graphFields(given?.hnsw);
  const trouble = h("div");
  const go = h("button", { class: "button primary", type: "submit" }, verb);
  const made = h("form", { class: "stack index-form" },
    index ? h("p", { class: "notice" }, "A new collection is built beside the one that serves, and takes over when it is complete; searches go on all the time. Until then both take memory. What you leave as it is stays.")
      : h("div", { class: "panel" }, field("Name", name, "Small letters, digits and _, beginning with a letter. It is part of every address and cannot be changed.")),
    embedders.element, attributes.element, tags.element, segments.element, graph.element, trouble,
    h("div", { class: "row" }, go, h("a", { class: "button quiet", href: "#indexes" }, "Cancel")));
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    trouble.replaceChildren();
    try {
      const wanted = { ...embedders.read(), attributes: attributes.read(), tags: tags.read(), segments: segments.read(), hnsw: graph.read() };
      await submit(name.value, index ? changed(wanted, given) : wanted);
    } catch (error) {
      trouble.replaceChildren(problem(error));
      trouble.scrollIntoView({ block: "nearest" });
    } finally {
      go.disabled = false;
    }
  });
  return made;
}

function changed(wanted, given) {
  const same = (one, other) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => !same(value, given[key])));
}

function sorted(value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function embedderChoice(capabilities, given) {
  const chosen = given?.embedder ?? capabilities.default_embedder;
  const size = h("div");
  const group = unique("embedder");
  const cards = capabilities.embedders.map((one) => {
    const radio = h("input", { type: "radio", name: group, value: one.name, checked: one.name === chosen, disabled: !one.available });
    radio.addEventListener("change", () => sizes(one));
    return h("label", { class: "choice" }, radio, h("span", { class: "stack tight" },
      h("b", {}, one.name, one.name === capabilities.default_embedder ? " (default)" : ""),
      one.available ? h("span", {}, one.summary ?? "") : h("span", { class: "bad" }, `Not available: ${one.reason}`),
      one.advice && h("small", { class: "soft" }, one.advice),
      one.available && h("small", { class: "soft" }, `Embeds ${one.modalities.join(", ")}${one.joint ? ", text and picture together" : ""}. ${one.licence ?? ""}`)));
  });
  let dimensions = null;
  const current = capabilities.embedders.find(({ name }) => name === chosen);
  if (current?.available) sizes(current);
  return {
    element: h("fieldset", { class: "panel stack" }, h("legend", {}, "Embedder"),
      h("p", { class: "soft small" }, "The model that turns words and media into vectors. Everything in the index is embedded by it, so another one means a rebuild."),
      h("div", { class: "choices" }, cards), size),
    read: () => ({ embedder: cards.map((one) => one.firstChild).find((radio) => radio.checked)?.value ?? chosen, ...(dimensions ? { dimensions: Number(dimensions.value) } : {}) }),
  };

  function sizes(one) {
    const options = one.storage.map((each) => [each.dimensions, `${each.dimensions}: ${bytes(each.bytes_per_view)} a view, ${each.gib_per_million_views} GiB per million views`]);
    dimensions = select(options, given?.embedder === one.name ? given.dimensions : one.dimensions[0]);
    size.replaceChildren(field("Dimensions", dimensions, "Numbers per vector. Fewer take less memory and search faster, and find a little less well. A product with words and one picture makes three views."));
  }
}

// Rows that can be added and removed; focus stays where the person is working.
function rows({ legend, note, add, make, first }) {
  const list = h("div", { class: "stack" });
  const more = button(add, () => append(make()).querySelector("input").focus());
  function append(inner) {
    const line = h("div", { class: "row line-fields" }, inner);
    line.append(button("Remove", () => { line.remove(); more.focus(); }, { kind: "quiet" }));
    list.append(line);
    return line;
  }
  for (const inner of first) append(inner);
  return { list, element: h("fieldset", { class: "panel stack" }, h("legend", {}, legend), h("p", { class: "soft small" }, note), list, h("div", {}, more)) };
}

function attributeRows(given) {
  const make = (name = "", type = "string") => [
    nameInput(SHAPES.index, { value: name, "aria-label": "Name of the attribute", placeholder: "price" }),
    select(TYPES, type, { "aria-label": "Type of the attribute" })];
  const made = rows({
    legend: "Attributes", add: "Add an attribute", make, first: Object.entries(given).map(([name, type]) => make(name, type)),
    note: "Only declared attributes can be filtered by, counted as facets and sorted by; others are stored and shown. Numbers give price ranges, strings give checkboxes.",
  });
  return { element: made.element, read: () => Object.fromEntries([...made.list.children].map((line) => [line.children[0].value, line.children[1].value])) };
}

function tagRows(given) {
  const make = (name = "", words = []) => [
    nameInput(SHAPES.index, { value: name, "aria-label": "Name of the list", placeholder: "pattern" }),
    h("input", { class: "input wide", value: words.join(", "), "aria-label": "Words, divided by commas", required: true, placeholder: "striped, floral, plain" })];
  const made = rows({
    legend: "Automatic tags", add: "Add a list of words", make, first: Object.entries(given).map(([name, words]) => make(name, words)),
    note: "Each picture gets the one word of each list that fits it. Words of one list should exclude each other, and the list should hold what your pictures show.",
  });
  const words = (text) => text.split(",").map((word) => word.trim()).filter(Boolean);
  return { element: made.element, read: () => Object.fromEntries([...made.list.children].map((line) => [line.children[0].value, words(line.children[1].value)])) };
}

function numbers(legend, note, fields, extra = []) {
  const inputs = fields.map(([key, label, value, min, max, step, about]) => [key, field(label, h("input", { class: "input", type: "number", value, min, max, step, required: true }), about)]);
  return {
    element: h("details", { class: "panel" }, h("summary", {}, legend), h("div", { class: "stack" }, h("p", { class: "soft small" }, note), h("div", { class: "field-grid" }, inputs.map(([, made]) => made), extra))),
    read: () => Object.fromEntries(inputs.map(([key, made]) => [key, Number(made.querySelector("input").value)])),
  };
}

function segmentFields(given) {
  const now = given ?? { length_s: 5, overlap_s: 0, frames: 4, sound: "combined" };
  const sound = select([["combined", "combined with its pictures, where the embedder hears videos"], ["separate", "separate: a vector of its own"]], now.sound);
  const made = numbers("Sounds and videos", "How recordings are cut into the stretches that are found one by one. Shorter stretches find moments more exactly and take more vectors.", [
    ["length_s", "Length of a stretch in seconds", now.length_s, 1, 30, "any", "1 to 30"],
    ["overlap_s", "Overlap in seconds", now.overlap_s, 0, 29, "any", "At least 1 less than the length"],
    ["frames", "Pictures of each stretch", now.frames, 1, 16, 1, "More see short events and cost time"],
  ], [field("Sound of a video", sound)]);
  return { element: made.element, read: () => ({ ...made.read(), sound: sound.value }) };
}

function graphFields(given) {
  const now = given ?? { m: 16, ef_construction: 200 };
  return numbers("Search graph (HNSW)", "The defaults suit nearly everyone.", [
    ["m", "Links of each vector (m)", now.m, 4, 64, 1, "More find better and take more memory"],
    ["ef_construction", "Effort of building (ef_construction)", now.ef_construction, 16, 1024, 1, "More find better and build more slowly"],
  ]);
}
