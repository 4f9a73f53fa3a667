// One document: its media, what is stored of it, its attributes and signals to edit, and its end.

import { confirm } from "./dialogs.js";
import { button, fill, h, nameInput, pairs, problem, select, SHAPES, toast, when } from "./dom.js";
import { ask, at, get } from "./server.js";

export async function show({ body, title, signal }, index, id) {
  title.textContent = id;
  await fill(body, async () => {
    const [{ settings }, document] = await Promise.all([get(at`/v1/indexes/${index}`, { signal }), get(at`/v1/indexes/${index}/documents/${id}`, { signal })]);
    title.textContent = document.title || id;
    return drawn(index, settings, document);
  }, { label: "Loading the document …" });
}

function drawn(index, settings, found) {
  const safe = encodeURIComponent(index);
  return [h("p", { class: "row" }, h("a", { href: `#documents/${safe}` }, `Documents of ${index}`)),
    h("div", { class: "two" },
      h("div", { class: "panel stack" }, media(found), facts(found)),
      h("div", { class: "stack" },
        editor({ title: "Attributes", note: "Saved at once, without a new embedding. Declared ones keep their type.", index, id: found.id, field: "attributes", values: found.attributes, types: settings.attributes }),
        editor({ title: "Signals", note: "Numbers for ranking, such as popularity, margin, stock, rating.", index, id: found.id, field: "signals", values: found.signals, types: null }),
        h("div", { class: "row" }, button("Delete this document …", () => remove(index, found), { kind: "danger" }))))];
}

function media(found) {
  const pictures = found.images.map((one) => h("a", { href: one.url, target: "_blank", rel: "noreferrer" }, h("img", { src: one.thumbnail_url, alt: `Picture of ${found.title || found.id}`, loading: "lazy" })));
  const videos = found.video.map((one) => h("video", { src: one.url, controls: true, preload: "none", poster: one.thumbnail_url, "aria-label": `Video of ${found.title || found.id}` }));
  const sounds = found.audio.map((one) => h("audio", { src: one.url, controls: true, preload: "none", "aria-label": `Sound of ${found.title || found.id}` }));
  const files = found.files.map((one) => h("a", { href: one.url, target: "_blank", rel: "noreferrer" }, h("img", { src: one.thumbnail_url, alt: `First page of a PDF of ${one.pages} pages`, loading: "lazy" })));
  const all = [...pictures, ...videos, ...sounds, ...files];
  return all.length ? h("div", { class: "media-grid" }, all) : h("p", { class: "soft" }, "No media.");
}

function facts(found) {
  const derived = Object.entries(found.derived);
  return pairs([
    ["Id", h("span", { class: "mono" }, found.id)], ["Title", found.title || "–"], ["Description", found.description || "–"], ["SKU", found.sku],
    ["Found in pictures", derived.length ? derived.map(([name, words]) => `${name}: ${[words].flat().join(", ")}`).join("; ") : null],
    ["Owner", found.owner], ["Consent", found.consent ? JSON.stringify(found.consent) : null],
    ["Expires", found.expires_at ? when(found.expires_at) : null], ["Made", when(found.created_at)], ["Changed", when(found.updated_at)]]);
}

function editor({ title, note, index, id, field, values, types }) {
  const lines = h("div", { class: "stack tight" });
  const trouble = h("div");
  const add = button("Add", () => line("", "").querySelector("input").focus());
  const save = h("button", { class: "button primary small", type: "submit" }, `Save the ${field}`);
  let given = { ...values };
  for (const [name, value] of Object.entries(given)) line(name, value);
  const form = h("form", { class: "panel stack" }, h("h2", {}, title), h("p", { class: "soft small" }, note), lines, trouble, h("div", { class: "row" }, add, save));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    trouble.replaceChildren();
    save.disabled = true;
    try {
      const changes = read();
      if (!Object.keys(changes).length) return toast("Nothing was changed.");
      const stored = await ask("PATCH", at`/v1/indexes/${index}/documents/${id}`, { body: { [field]: changes } });
      given = { ...stored[field] };
      lines.replaceChildren();
      for (const [name, value] of Object.entries(given)) line(name, value);
      toast(`The ${field} are saved.`);
    } catch (error) {
      trouble.replaceChildren(problem(error));
    } finally {
      save.disabled = false;
    }
  });
  return form;

  function line(name, value) {
    const type = types === null ? "number" : types[name];
    const known = name !== "";
    const input = type === "boolean" ? select(["true", "false"], String(value), { "aria-label": `Value of ${name}` })
      : h("input", { class: "input", value: shown(value, type), "aria-label": known ? `Value of ${name}` : "Value", spellcheck: "false", inputmode: type === "number" || type === "integer" ? "decimal" : null });
    const label = known ? h("span", { class: "name" }, name) : nameInput(SHAPES.index, { "aria-label": "Name" });
    const made = h("div", { class: "edit-line" }, label, input, button("Remove", () => { made.remove(); add.focus(); }, { kind: "quiet", "aria-label": known ? `Remove ${name}` : "Remove this line" }));
    if (known) made.dataset.name = name;
    lines.append(made);
    return made;
  }

  function read() {
    const now = Object.fromEntries([...lines.children].map((each) => {
      const [label, input] = each.children;
      const name = each.dataset.name ?? label.value;
      return [name, valued(input.value, types === null ? "number" : types[name], given[name])];
    }));
    const changes = Object.entries(now).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(given[name]));
    const gone = Object.keys(given).filter((name) => !(name in now)).map((name) => [name, null]);
    return Object.fromEntries([...changes, ...gone]);
  }
}

function shown(value, type) {
  if (type === "tags" && Array.isArray(value)) return value.join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

function valued(text, type, before) {
  if (type === "string" || (type === undefined && typeof before === "string")) return text;
  if (type === "boolean") return text === "true";
  if (type === "tags") return text.split(",").map((word) => word.trim()).filter(Boolean);
  if (type === "number" || type === "integer") return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
  try {
    return JSON.parse(text);
  } catch {
    return text; // an attribute that is not declared takes any text
  }
}

async function remove(index, found) {
  const done = await confirm({
    title: `Delete ${found.id}?`,
    sentences: ["From this moment on no search returns it; its media and vectors are removed. There is no way back but to send it again."],
    verb: "Delete the document",
    act: () => ask("DELETE", at`/v1/indexes/${index}/documents/${found.id}`),
  });
  if (!done) return;
  toast(`${found.id} is deleted.`);
  location.hash = `#documents/${encodeURIComponent(index)}`;
}
