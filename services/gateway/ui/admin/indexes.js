// Indexes: what each holds and takes, and everything that can be done to one.

import { confirm } from "./dialogs.js";
import { bytes, button, counted, fill, h, pairs, problem, say, toast, when, whole } from "./dom.js";
import { form as indexForm } from "./index_form.js";
import { liveProgress } from "./progress.js";
import { ask, at, get, post } from "./server.js";

const SETTLES_MS = 500;

export async function show({ body, head, title, parts, signal }) {
  if (parts[0] === "new") return make({ body, title, signal });
  if (parts[1] === "rebuild") return rebuild({ body, title, name: parts[0], signal });
  head.append(h("a", { class: "button primary", href: "#indexes/new" }, "New index"));
  return fill(body, async () => {
    const { items } = await get("/v1/indexes", { signal });
    if (!items.length) return nothing();
    return items.map((index) => card(index, signal));
  }, { label: "Loading the indexes …" });
}

function nothing() {
  return h("div", { class: "panel empty" }, h("h2", {}, "No index yet"),
    h("p", {}, "An index is a catalog that can be searched: documents, and the vectors that one embedder makes of them."),
    h("a", { class: "button primary", href: "#indexes/new" }, "Make the first one"));
}

async function make({ body, title, signal }) {
  title.textContent = "New index";
  await fill(body, async () => {
    const capabilities = await get("/v1/capabilities", { signal });
    return indexForm({
      capabilities,
      verb: "Create the index",
      async submit(name, settings) {
        await ask("PUT", at`/v1/indexes/${name}`, { body: settings });
        toast(`The index ${name} is there.`);
        location.hash = "#indexes";
      },
    });
  });
}

async function rebuild({ body, title, name, signal }) {
  title.textContent = `Rebuild ${name}`;
  await fill(body, async () => {
    const [capabilities, index] = await Promise.all([get("/v1/capabilities", { signal }), get(at`/v1/indexes/${name}`, { signal })]);
    return indexForm({
      capabilities,
      index,
      verb: "Start the rebuild",
      async submit(_, settings) {
        await post(at`/v1/indexes/${name}/rebuild`, settings);
        toast(`The rebuild of ${name} has begun.`);
        location.hash = "#indexes";
      },
    });
  });
}

function card(index, signal) {
  const name = index.name;
  const stats = h("div", { class: "stats" });
  const under = h("div", { class: "stack" });
  const made = h("article", { class: "panel stack index", "aria-label": `Index ${name}` },
    h("div", { class: "row between-ends" }, h("h2", {}, name),
      h("span", { class: "row" }, index.building
        ? h("span", { class: "badge" }, `building generation ${index.building.generation}`)
        : h("span", { class: "badge good" }, "serving"), h("span", { class: "badge" }, `generation ${index.generation}`))),
    stats, settingsOf(index), actions(index, under, signal), under);
  fill(stats, async () => figures(index, await get(at`/v1/indexes/${name}/stats`, { signal })));
  if (index.building) followBuilding(name, under, signal);
  return made;
}

function figures(index, stats) {
  const views = Object.entries(stats.views).filter(([, number]) => number);
  const total = views.reduce((sum, [, number]) => sum + number, 0);
  const figure = (label, value, note) => h("div", { class: "figure" }, h("span", { class: "soft" }, label), h("b", {}, value), h("small", { class: "soft" }, note));
  return h("div", { class: "figures" },
    figure("Documents", whole(stats.documents), total ? `${(total / Math.max(stats.documents, 1)).toFixed(1)} views each` : "nothing in it yet"),
    figure("Views", whole(total), views.map(([kind, number]) => `${whole(number)} ${kind}`).join(", ") || "–"),
    figure("Vectors and graph", bytes(stats.estimated_bytes), "estimate, without media"),
    stats.former && figure("Kept for a rollback", bytes(stats.former.estimated_bytes), [`generation ${stats.former.generation}, until `, when(stats.former.kept_until)]));
}

function settingsOf(index) {
  const { settings } = index;
  const attributes = Object.entries(settings.attributes);
  const tags = Object.entries(settings.tags);
  return pairs([
    ["Embedder", `${settings.embedder}, ${settings.dimensions} dimensions`],
    ["Attributes", attributes.length ? attributes.map(([name, type]) => `${name} (${type})`).join(", ") : "none declared: nothing to filter by"],
    ["Tags", tags.length ? tags.map(([name, words]) => `${name} (${counted(words.length, "word")})`).join(", ") : null],
    ["Reranking", index.rerank ? index.rerank.stages.map(({ stage }) => stage).join(", ") : null],
    ["Made", when(index.created_at)],
  ]);
}

function actions(index, under, signal) {
  const name = index.name;
  const link = (label, href) => h("a", { class: "button small", href }, label);
  const safe = encodeURIComponent(name);
  return h("div", { class: "row" },
    link("Documents", `#documents/${safe}`), link("Import", `#import?index=${safe}`), link("Inspect a query", `#inspect?index=${safe}`),
    link("Jobs", `#jobs?index=${safe}`),
    button("Verify", (event) => verify(name, under, event.currentTarget)),
    index.building ? null : link("Rebuild …", `#indexes/${safe}/rebuild`),
    index.former && !index.building && button("Roll back …", () => rollBack(index, under, signal)),
    index.former && !index.building && button("Drop the former …", () => dropFormer(index)),
    button("Delete …", () => remove(name), { kind: "danger" }));
}

async function verify(name, under, pressed) {
  pressed.disabled = true;
  const place = h("div", { class: "notice", role: "status" }, h("span", { class: "working" }), "Comparing every id of the database with the vectors …");
  under.replaceChildren(place);
  try {
    const found = await get(at`/v1/indexes/${name}/verify`);
    under.replaceChildren(verdict(found));
  } catch (error) {
    under.replaceChildren(problem(error));
  } finally {
    pressed.disabled = false;
  }
}

function verdict(found) {
  if (found.consistent) {
    return h("div", { class: "notice", role: "status" }, h("span", { class: "badge good" }, "consistent"), `Database and vectors agree on ${counted(found.documents, "document")}.`);
  }
  const lists = [["Missing views", found.missing_views], ["Views too many", found.extra_views], ["Missing documents", found.missing_documents], ["Documents too many", found.extra_documents]];
  return h("div", { class: "notice bad", role: "status" },
    h("div", { class: "stack" }, h("span", {}, `${counted(found.differences, "difference")} between the database and the vectors. A rebuild puts them right.`),
      pairs(lists.filter(([, ids]) => ids.length).map(([label, ids]) => [label, ids.join(", ")]))));
}

async function followBuilding(name, under, signal) {
  const query = new URLSearchParams({ index: name, limit: "20" });
  try {
    const { items } = await get(`/v1/jobs?${query}`, { signal });
    const job = items.find(({ kind, finished_at: end }) => !end && (kind === "rebuild" || kind === "rollback"));
    if (job) under.replaceChildren(h("h3", {}, "Under way"), progress(job.id, signal));
    else setTimeout(() => again(signal), SETTLES_MS); // it ended between the two questions
  } catch (error) {
    if (!signal.aborted) under.replaceChildren(problem(error));
  }
}

function progress(id, signal) {
  return liveProgress(id, { signal, onend: (job) => {
    say(`The job is ${job.state.replaceAll("_", " ")}.`);
    again(signal);
  } });
}

// The section anew, unless it was left.
function again(signal) {
  if (!signal.aborted) dispatchEvent(new CustomEvent("again"));
}

async function rollBack(index, under, signal) {
  const former = index.former;
  const job = await confirm({
    title: `Roll ${index.name} back to generation ${former.generation}?`,
    sentences: [
      `Generation ${former.generation} (${former.settings.embedder}, ${former.settings.dimensions} dimensions) is brought up to date and then serves again, with its settings. Searches go on meanwhile.`,
      `What serves now, generation ${index.generation}, is kept in its place, so that this can be undone.`,
    ],
    verb: "Roll back",
    danger: false,
    act: () => post(at`/v1/indexes/${index.name}/rollback`),
  });
  if (job) under.replaceChildren(h("h3", {}, "Rolling back"), progress(job.id, signal));
}

async function dropFormer(index) {
  const done = await confirm({
    title: `Drop the former generation of ${index.name}?`,
    sentences: [`The collection of generation ${index.former.generation} goes and its memory is free. There is then no rollback until the next rebuild.`],
    verb: "Drop it",
    act: () => ask("DELETE", at`/v1/indexes/${index.name}/former`),
  });
  if (done) dispatchEvent(new CustomEvent("again"));
}

async function remove(name) {
  const done = await confirm({
    title: `Delete the index ${name}?`,
    sentences: ["Its documents, their pictures and recordings, its vectors and its jobs are removed at once. There is no way back but a backup."],
    verb: "Delete the index",
    typed: name,
    act: () => ask("DELETE", `${at`/v1/indexes/${name}`}?${new URLSearchParams({ confirm: name })}`),
  });
  if (!done) return;
  toast(`The index ${name} is gone.`);
  dispatchEvent(new CustomEvent("again"));
}
