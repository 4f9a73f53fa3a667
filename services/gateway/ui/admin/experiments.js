// Experiments: all of them, one to draft with the size it needs, and what may be done to each.

import { confirm } from "./dialogs.js";
import { button, fill, h, row, table, toast, versus, when } from "./dom.js";
import * as experiment from "./experiment.js";
import { draft } from "./experiment_form.js";
import { percent } from "./intervals.js";
import { ask, at, get, post } from "./server.js";

const KINDS = { ab: "A/B", interleaving: "interleaving" };

export async function show(section) {
  const { body, head, title, parts, signal } = section;
  if (parts[0] === "new") {
    title.textContent = "New experiment";
    return fill(body, () => draft(signal), { label: "Loading the form …" });
  }
  if (parts[0]) return experiment.show(section, parts[0]);
  head.append(h("a", { class: "button primary", href: "#experiments/new" }, "New experiment"));
  return fill(body, async () => {
    const { items } = await get("/v1/experiments", { signal });
    return items.length ? list(items) : nothing();
  }, { label: "Loading the experiments …" });
}

function nothing() {
  return h("div", { class: "panel empty" }, h("h2", {}, "No experiment yet"),
    h("p", {}, "An experiment gives some clients another configuration of the search and tells whether they click or buy more. Searches carry a client_id for it, as those of the search page do."),
    h("a", { class: "button primary", href: "#experiments/new" }, "Draft the first one"));
}

export function stateOf(state) {
  return h("span", { class: `badge ${{ running: "good" }[state] ?? ""}`.trim() }, state);
}

function list(items) {
  return table("Experiments, newest first", ["Experiment", "Index", "Kind", "State", "Variants", "Traffic", "Began"], items.map((one) => row(
    h("a", { href: `#experiments/${encodeURIComponent(one.name)}` }, one.name, one.description && h("small", { class: "soft block" }, one.description)), one.index, KINDS[one.kind], stateOf(one.state),
    versus(one.variants.map(({ name }) => name)), h("span", { class: "numbers" }, percent(one.traffic, 0)), when(one.started_at))));
}

// The buttons of one; `changed` draws it anew.
export function acts(one, changed) {
  const path = at`/v1/experiments/${one.name}`;
  const start = () => confirm({ title: `Start ${one.name}?`, sentences: [`${percent(one.traffic, 0)} of the clients that search ${one.index} take part from now on, each always in the same variant.`, "An experiment that has begun cannot be changed."], verb: "Start it", danger: false, act: () => post(`${path}/start`) });
  const stop = () => confirm({ title: `Stop ${one.name}?`, sentences: ["Everybody is searched for as without it, at once. It cannot be started again."], verb: "Stop it", act: () => post(`${path}/stop`) });
  const remove = () => confirm({ title: `Delete ${one.name}?`, sentences: ["It is forgotten with its report."], verb: "Delete it", typed: one.name, act: () => ask("DELETE", path) });
  const after = (act, words, then) => async () => {
    if (!await act()) return;
    toast(words);
    then();
  };
  return h("div", { class: "row" }, [
    one.state === "draft" && button("Start …", after(start, `${one.name} runs.`, changed), { kind: "primary" }),
    one.state === "running" && button("Stop …", after(stop, `${one.name} has ended.`, changed), { kind: "danger" }),
    one.state !== "running" && button("Delete …", after(remove, `${one.name} is deleted.`, () => { location.hash = "#experiments"; }), { kind: "danger" }),
  ].filter(Boolean));
}
