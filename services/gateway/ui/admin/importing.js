// The import wizard: choose files, look at the first rows with their pictures, map columns, start.

import { bytes, button, counted, field, fill, h, noThumbnail, problem, row, say, select, table, thumbnail, whole } from "./dom.js";
import { documentOf, documentsOfFiles, FIELDS, findFile, kindOf, MEDIA, propose } from "./mapping.js";
import { liveProgress } from "./progress.js";
import { batches, refusals, send } from "./sending.js";
import { get } from "./server.js";
import { serverImport } from "./server_import.js";
import { BadTable, readTable } from "./tables.js";

const PREVIEWED = 8;

export async function show({ body, query, signal }) {
  await fill(body, async () => {
    const [{ items: indexes }, { limits }] = await Promise.all([get("/v1/indexes", { signal }), get("/v1/capabilities", { signal })]);
    if (!indexes.length) return h("div", { class: "panel empty" }, h("h2", {}, "No index to import into"), h("a", { class: "button primary", href: "#indexes/new" }, "Make one first"));
    return wizard({ indexes, limits, chosen: query.get("index"), signal });
  });
}

function wizard({ indexes, limits, chosen, signal }) {
  const index = select(indexes.map(({ name }) => name), chosen ?? indexes[0].name);
  const tableFile = h("input", { type: "file", class: "input", accept: ".csv,.tsv,.jsonl,.ndjson,text/csv" });
  const folder = h("input", { type: "file", class: "input", multiple: true, webkitdirectory: true });
  const loose = h("input", { type: "file", class: "input", multiple: true, accept: "image/*,audio/*,video/*,application/pdf" });
  const trouble = h("div");
  const preview = h("section", { class: "stack", "aria-label": "Preview and columns" });
  const started = h("section", { class: "stack", "aria-label": "Progress" });
  const step = (number, title, ...inner) => h("section", { class: "panel stack" }, h("h2", {}, h("span", { class: "badge" }, number), ` ${title}`), inner);
  for (const input of [index, tableFile, folder, loose]) input.addEventListener("change", look);
  const made = [
    step("1", "Where to, and what", h("div", { class: "field-grid" },
      field("Into the index", index),
      field("A table (CSV or JSON lines)", tableFile, "Each row becomes a document. Read in this tab; nothing is sent yet."),
      field("A folder", folder, "Pictures, sounds, videos and PDFs that the table names; without a table each file becomes a document."),
      field("Or single files", loose)), trouble),
    preview, started, serverImport({ index: () => index.value, signal })];
  return made;

  async function look() {
    trouble.replaceChildren();
    preview.replaceChildren();
    try {
      const files = [...folder.files, ...loose.files];
      const found = tableFile.files[0] ?? (files.length && !files.some(kindOf) ? files.find((file) => /\.(csv|tsv|jsonl|ndjson)$/i.test(file.name)) : null) ?? files.find((file) => /\.(csv|jsonl|ndjson)$/i.test(file.name));
      const settings = indexes.find(({ name }) => name === index.value).settings;
      if (found) preview.append(rowsStep(readTable(found.name, await found.text()), files, settings));
      else if (files.length) preview.append(filesStep(files));
    } catch (error) {
      if (!(error instanceof BadTable)) throw error;
      trouble.replaceChildren(problem(error));
    }
  }

  function rowsStep({ columns, rows, delimiter }, files, settings) {
    const mapping = propose(columns, settings.attributes);
    const options = [["", "leave out"], ...FIELDS, ...Object.entries(settings.attributes).map(([name, type]) => [`attributes.${name}`, `attribute ${name} (${type})`]), ["signals.popularity", "signal popularity"], ["signals.stock", "signal stock"], ["signals.margin", "signal margin"], ["signals.rating", "signal rating"]];
    const shown = h("div");
    const entries = () => rows.map((each, ordinal) => documentOf(each, mapping, { attributes: settings.attributes, files, ordinal }));
    const draw = () => {
      shown.replaceChildren(sample(rows, columns, mapping, files));
      const first = entries().slice(0, PREVIEWED);
      const lacking = first.find(({ document }) => !document.title && !document.description && !MEDIA.some((kind) => document[kind]?.length));
      if (lacking) shown.append(h("p", { class: "notice" }, "A document needs a title, a description or a medium: choose a column for one of them."));
    };
    const choices = columns.map((column) => {
      const known = options.some((option) => (Array.isArray(option) ? option[0] : option) === mapping[column]) ? options : [...options, mapping[column]];
      const choice = select(known, mapping[column]);
      choice.addEventListener("change", () => { mapping[column] = choice.value; draw(); });
      return field(column, choice);
    });
    draw();
    return step("2", `Columns of ${counted(rows.length, "row")}`,
      h("p", { class: "soft small" }, delimiter ? `Divided by ${delimiter === "\t" ? "tabs" : `“${delimiter}”`}. ` : "", "Say what each column is. Several media in one cell are divided by |. An attribute that is not listed has to be declared in the index first."),
      h("div", { class: "field-grid" }, choices), h("h3", {}, "The first rows"), shown, start(entries));
  }

  function filesStep(files) {
    const entries = documentsOfFiles(files);
    const left = files.length - entries.length;
    const lines = entries.slice(0, PREVIEWED).map(({ document, wanted: [file] }) => row(picture(file), document.id, document.title, bytes(file.size)));
    return step("2", counted(entries.length, "file"), left ? h("p", { class: "soft" }, `${counted(left, "file")} of another kind left out.`) : null,
      table("The first files", ["Picture", "Id", "Title", "Size"], lines), start(() => entries));
  }

  function start(entries) {
    const go = button("Start the import", async () => {
      go.disabled = true;
      trouble.replaceChildren();
      started.replaceChildren();
      try {
        await run(entries());
      } catch (error) {
        if (error.name !== "AbortError") started.append(problem(error));
      } finally {
        go.disabled = false;
      }
    }, { kind: "primary" });
    return h("div", { class: "row" }, go, h("small", { class: "soft" }, "A document whose id is there already is replaced. Without a column for the id the SKU stands for it, else the number of the row."));
  }

  async function run(entries) {
    const name = index.value;
    const parts = batches(entries, limits);
    const words = h("p", { class: "numbers" });
    const jobs = h("div", { class: "stack" });
    started.append(step("3", "Under way", words, jobs));
    started.scrollIntoView({ block: "nearest" });
    const left = { out: 0, agreed: false };
    for (const [number, batch] of parts.entries()) {
      words.textContent = `Sending part ${number + 1} of ${parts.length} (${counted(batch.length, "document")}) …`;
      const job = await accepted(name, batch, { jobs, left });
      if (job === "stopped") words.textContent = "Stopped. Parts that were accepted before stay.";
      if (job === "stopped" || signal.aborted) return;
      if (job) await finished(job, jobs);
      if (signal.aborted) return;
    }
    words.textContent = `Done: ${counted(entries.length - left.out, "document")} sent${left.out ? `, ${counted(left.out, "row")} left out` : ""}.`;
    say(words.textContent);
    started.append(h("p", {}, h("a", { href: `#documents/${encodeURIComponent(name)}` }, `Look at the documents of ${name}`)));
  }

  // The server takes a request whole or not at all: rows it refuses are shown, and left out if agreed.
  async function accepted(name, batch, { jobs, left }) {
    let rest = batch;
    while (rest.length) {
      try {
        return await send(name, rest, { signal });
      } catch (error) {
        const refused = refusals(error, rest);
        if (!refused.size) throw error;
        jobs.append(refusedRows(refused));
        left.agreed ||= await agreed(jobs, refused.size);
        if (!left.agreed) return "stopped";
        left.out += refused.size;
        rest = rest.filter((entry) => !refused.has(entry));
      }
    }
    return null;
  }

  // One stream at a time: a browser keeps few connections to one server.
  function finished(job, jobs) {
    return new Promise((resolve) => {
      signal.addEventListener("abort", resolve, { once: true });
      jobs.append(liveProgress(job.id, { signal, onend: resolve }));
    });
  }
}

function refusedRows(refused) {
  return table("Rows that the server refuses", ["Id", "Title", "What is wrong"], [...refused].map(([{ document }, sentences]) => row(h("span", { class: "mono" }, document.id), document.title ?? "–", sentences.map((each) => h("span", { class: "block bad" }, each)))));
}

function agreed(place, number) {
  return new Promise((resolve) => {
    const go = button("Leave them out and send the others", () => answer(true), { kind: "primary" });
    const asked = h("div", { class: "notice bad", role: "alert" }, h("span", {}, `The server refuses ${counted(number, "row")}, so nothing of this part was taken yet.`), go, button("Stop here", () => answer(false)));
    const answer = (value) => { asked.remove(); resolve(value); };
    place.append(asked);
    go.focus();
  });
}

function sample(rows, columns, mapping, files) {
  const media = columns.filter((column) => MEDIA.includes(mapping[column]));
  const used = columns.filter((column) => mapping[column]);
  const lines = rows.slice(0, PREVIEWED).map((each) => row(media.length ? media.map((column) => pictures(each[column], files)) : "–", ...used.map((column) => cell(each[column]))));
  return table(`The first of ${whole(rows.length)} rows`, ["Media", ...used.map((column) => `${column} → ${mapping[column]}`)], lines);
}

function cell(value) {
  const text = Array.isArray(value) ? value.join(", ") : String(value ?? "");
  return text.length > 120 ? `${text.slice(0, 120)} …` : text;
}

function pictures(value, files) {
  const cells = Array.isArray(value) ? value : String(value ?? "").split("|");
  return cells.filter((each) => String(each).trim()).slice(0, 4).map((each) => {
    const path = String(each).trim();
    if (/^https?:/.test(path)) return h("small", { class: "soft", title: path }, "fetched by the server");
    const file = findFile(path, files);
    return file ? picture(file) : h("small", { class: "bad", title: path }, `no file ${path.split("/").pop()}`);
  });
}

function picture(file) {
  if (kindOf(file) !== "images") return noThumbnail();
  const address = URL.createObjectURL(file);
  const shown = thumbnail(address, file.name);
  shown.addEventListener("load", () => URL.revokeObjectURL(address));
  return shown;
}
