// Evaluations: judged queries asked by configurations; started, followed, and compared.

import { button, counted, field, fill, h, meter, problem, row, select, table, toast, versus, when, whole } from "./dom.js";
import * as evaluation from "./evaluation.js";
import { every } from "./live.js";
import { at, get, post } from "./server.js";

const REFRESH_MS = 2500;
const TONES = { succeeded: "good", failed: "bad" };

export async function show(section) {
  const { body, parts, signal } = section;
  if (parts[0]) return evaluation.show(section, parts[0]);
  const start = h("div");
  const list = h("div", { class: "stack" });
  body.append(start, list);
  await Promise.all([
    fill(start, async () => {
      const [{ items: sets }, { items: saved }] = await Promise.all([get("/v1/query-sets", { signal }), get("/v1/configurations", { signal })]);
      return sets.length ? starter(sets, saved, signal) : unprepared();
    }, { label: "Loading the query sets …" }),
    fill(list, () => read(), { label: "Loading the evaluations …" }),
  ]);
  await every(REFRESH_MS, async () => {
    if (list.querySelector("[data-under-way]") && !list.contains(document.activeElement)) list.replaceChildren(...[await read()].flat());
  }, signal);

  async function read(cursor) {
    const page = await get(`/v1/evaluations?${new URLSearchParams({ limit: "30", ...(cursor ? { cursor } : {}) })}`, { signal });
    if (!page.items.length && !cursor) return [];
    const more = page.next_cursor && button("Older ones", async (event) => {
      event.currentTarget.disabled = true;
      more.replaceWith(...await read(page.next_cursor));
    });
    return [table("Evaluations, newest first", ["Query set", "Configurations", "State", "Progress", "Began"], page.items.map(line)), more].filter(Boolean);
  }
}

function unprepared() {
  return h("div", { class: "panel empty" }, h("h2", {}, "No judged queries yet"),
    h("p", {}, "A query set holds queries and the documents that answer them rightly: to measure with, or to compare configurations by. Send one with ", h("code", {}, "margay query-sets put FOLDER"), ", or make one of clicks: ", h("code", {}, "margay analytics judgments"), "."));
}

export function stateOf(state) {
  return h("span", { class: `badge ${TONES[state] ?? ""}`.trim() }, state);
}

function line(one) {
  const made = row(h("a", { href: at`#evaluations/${one.id}` }, one.query_set, h("small", { class: "soft block" }, one.index)), versus(one.configurations.map(({ name }) => name)), stateOf(one.state),
    h("div", { class: "job-progress" }, meter(one.total ? one.done / one.total : 0, `Progress on ${one.query_set}`), h("small", { class: "numbers" }, `${whole(one.done)} of ${whole(one.total)} steps`)), when(one.created_at));
  if (!one.finished_at) made.setAttribute("data-under-way", "");
  return made;
}

function starter(sets, saved, signal) {
  const set = select(sets.map(({ name, index, queries }) => [name, `${name}: ${counted(queries, "query").replace("querys", "queries")} of ${index}`]), sets[0].name);
  const boxes = ["default", ...saved.map(({ name }) => name)].map((name, place) => h("input", { type: "checkbox", value: name, checked: place === 0 }));
  const depth = h("input", { class: "input", type: "number", min: 10, max: 1000, value: 50 });
  const price = h("input", { class: "input", type: "number", min: 0, step: "any" });
  const extras = [["tune_hybrid", "Suggest a share of the words' ranking"], ["recall", "Recall of the index beside exact search"], ["sizes", "Quality of shorter vectors"]].map(([name, label]) => [h("input", { type: "checkbox", name }), label]);
  const trouble = h("div");
  const go = h("button", { class: "button primary", type: "submit" }, "Measure");
  const line = (box, label) => h("label", { class: "row" }, box, label);
  const form = h("form", { class: "panel stack" }, h("h2", {}, "Measure"),
    h("div", { class: "field-grid" }, field("Query set", set), field("Documents asked for each query", depth), field("Price of the machine an hour", price, "Makes costs of latencies; in any currency.")),
    h("fieldset", { class: "plain-set" }, h("legend", {}, "Configurations, the first is what others are held against"), h("div", { class: "row" }, boxes.map((box) => line(box, box.value)))),
    h("fieldset", { class: "plain-set" }, h("legend", {}, "As well"), h("div", { class: "row" }, extras.map(([box, label]) => line(box, label)))),
    trouble, h("div", {}, go));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    trouble.replaceChildren();
    go.disabled = true;
    const configurations = boxes.filter(({ checked }) => checked).map(({ value }) => value);
    const body = { query_set: set.value, configurations, depth: depth.valueAsNumber, ...Object.fromEntries(extras.map(([box]) => [box.name, box.checked])) };
    if (price.value) body.price_per_hour = price.valueAsNumber;
    try {
      const made = await post("/v1/evaluations", body, { signal });
      toast("It is being measured.");
      location.hash = at`#evaluations/${made.id}`;
    } catch (error) {
      go.disabled = false;
      trouble.replaceChildren(problem(error));
    }
  });
  return form;
}
