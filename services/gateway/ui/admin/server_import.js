// Imports of a catalog that lies on the server: its first rows as they would be taken, then a job.

import { button, counted, field, h, problem, row, select, table } from "./dom.js";
import { liveProgress } from "./progress.js";
import { at, post } from "./server.js";

const TYPES = [["jsonl", "JSON lines"], ["csv", "CSV"], ["parquet", "Parquet"], ["folder", "folder of media"]];

// `index` tells the index that is chosen at that moment.
export function serverImport({ index, signal }) {
  const type = select(TYPES, "jsonl");
  const path = h("input", { class: "input", required: true, autocomplete: "off", spellcheck: "false", placeholder: "catalog/products.jsonl" });
  const shown = h("div", { class: "stack" });
  const form = h("form", { class: "row end-aligned" }, field("Kind", type), field("Path on the server", path), h("button", { class: "button" }, "Preview"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    preview(null);
  });
  return h("details", { class: "panel" }, h("summary", {}, "Or a catalog that lies on the server"),
    h("div", { class: "stack" }, h("p", { class: "soft small" }, "Below one of the folders of MARGAY_INGEST__IMPORT_ROOTS. Nothing has to travel, so it may be of any size."), form, shown));

  async function preview(mapping) {
    const name = index();
    const asked = { type: type.value, path: path.value, ...(mapping ? { mapping } : {}) };
    shown.replaceChildren(h("div", { class: "notice", role: "status" }, h("span", { class: "working" }), "Reading the first rows …"));
    try {
      draw(name, asked, await post(at`/v1/indexes/${name}/imports/preview`, asked, { signal }));
    } catch (error) {
      if (error.name !== "AbortError") shown.replaceChildren(problem(error));
    }
  }

  function draw(name, asked, found) {
    const mapping = { ...found.mapping };
    const mapped = Object.entries(mapping);
    const choices = mapped.map(([key, column]) => {
      const choice = select([["", "leave out"], ...found.columns], column);
      choice.addEventListener("change", () => {
        if (choice.value) mapping[key] = choice.value;
        else delete mapping[key];
      });
      return field(key, choice);
    });
    shown.replaceChildren(...[
      found.broken && h("p", { class: "notice bad", role: "alert" }, found.broken),
      mapped.length ? h("div", { class: "field-grid" }, choices) : null,
      mapped.length ? h("div", {}, button("Preview with these columns", () => preview(mapping))) : null,
      table(`The first ${counted(found.rows.length, "row")}${found.more ? ", with more behind" : ""}`, ["Row", "Id", "Title", "Media", "Attributes", "Problems"], found.rows.map(line)),
      h("div", { class: "row" }, button("Start the import", () => start(name, { ...asked, ...(mapped.length ? { mapping } : {}) }), { kind: "primary" }), h("small", { class: "soft" }, "A row that is no valid document fails alone; the others go on.")),
    ].filter(Boolean));
  }

  async function start(name, asked) {
    try {
      const job = await post(at`/v1/indexes/${name}/imports`, asked, { signal });
      shown.replaceChildren(liveProgress(job.id, { signal }));
    } catch (error) {
      if (error.name !== "AbortError") shown.prepend(problem(error));
    }
  }
}

function line({ number, document, problems }) {
  const media = ["images", "audio", "video", "files"].flatMap((kind) => document?.[kind] ?? []);
  const short = (value) => (typeof value === "string" ? value : JSON.stringify(value));
  return row(String(number), h("span", { class: "mono" }, document?.id ?? "–"), document?.title ?? "–", media.map((each) => h("small", { class: "block soft" }, short(each))),
    Object.entries(document?.attributes ?? {}).map(([key, value]) => `${key}: ${short(value)}`).join(", "),
    problems.length ? problems.map((each) => h("span", { class: "block bad" }, `${each.field} ${each.problem}`)) : "none");
}
