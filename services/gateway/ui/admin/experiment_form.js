// Drafts an experiment: what is compared, on whom, what decides, and how many clients that takes.

import { button, field, h, nameInput, problem, say, select, SHAPES, toast, whole } from "./dom.js";
import { percent } from "./intervals.js";
import { at, get, post } from "./server.js";

const KINDS = [["ab", "A/B: each client has one variant"], ["interleaving", "interleaving: both in every answer, who is clicked wins"]];
const GOALS = [["click", "a click"], ["add_to_cart", "something in the cart"], ["purchase", "a purchase"]];
const ANALYSES = [["always_valid", "at any time (always-valid)"], ["fixed", "once, at the planned size (fixed)"]];
const MOST_VARIANTS = 8;
const UNITS = { clients: "clients", queries: "queries" };

export async function draft(signal) {
  const [{ items: indexes }, { items: saved }, { items: sets }] = await Promise.all(["/v1/indexes", "/v1/configurations", "/v1/query-sets"].map((path) => get(path, { signal })));
  if (!indexes.length) return h("div", { class: "panel empty" }, h("h2", {}, "No index to experiment on"), h("a", { class: "button primary", href: "#indexes/new" }, "Make one first"));
  const configurations = [["", "as it is now"], ...saved.map(({ name, description }) => [name, description ? `${name}: ${description}` : name])];
  const number = (value, more) => h("input", { class: "input", type: "number", step: "any", value, ...more });
  const name = nameInput(SHAPES.saved);
  const index = select(indexes.map((one) => one.name), indexes[0].name);
  const kind = select(KINDS, "ab");
  const goal = select(GOALS, "click");
  const analysis = select(ANALYSES, "always_valid");
  const traffic = number(100, { min: 0.01, max: 100 });
  const layer = h("input", { class: "input", required: true, value: "default", spellcheck: "false" });
  const lift = number(5, { min: 0.1 });
  const baseline = number(20, { min: 0.01, max: 99.9 });
  const perDay = number("", { min: 1 });
  const size = number("", { min: 1, step: 1 });
  const querySet = select([["", "none"], ...sets.map((one) => one.name)], "");
  const ratio = number("", { min: 1, placeholder: "1.2" });
  const about = h("input", { class: "input", maxlength: 1000 });
  const variants = h("div", { class: "stack tight" });
  const reckoned = h("p", { class: "soft", role: "status" });
  const trouble = h("div");
  const add = button("Add a variant", () => addVariant(`variant-${variants.childElementCount}`).querySelector("input").focus());
  addVariant("control");
  addVariant("treatment");
  kind.addEventListener("change", () => {
    add.hidden = kind.value === "interleaving";
    while (kind.value === "interleaving" && variants.childElementCount > 2) variants.lastElementChild.remove();
    baselineField.hidden = kind.value === "interleaving";
  });
  const baselineField = field("Clients of today that reach it (%)", baseline);
  const go = h("button", { class: "button primary", type: "submit" }, "Draft it");
  const form = h("form", { class: "stack" },
    part("What is compared", h("div", { class: "field-grid" }, field("Name", name, "Small letters, digits, dots, - and _."), field("Index", index), field("Kind", kind), field("What it is about", about)),
      h("h3", {}, "Variants, control first"), variants, h("div", {}, add),
      saved.length ? null : h("p", { class: "notice" }, "No configuration is saved yet, so there is nothing to compare with. ", h("a", { href: "#configurations" }, "Save one first"))),
    part("What decides", h("div", { class: "field-grid" }, field("Clients are to reach", goal), field("It is looked at", analysis, "Always-valid may be stopped when it has decided; fixed needs fewer clients and patience."), field("Least lift worth finding (%)", lift, "Relative: 5 makes 20 % into 21 %."), field("Clients that take part (%)", traffic), field("Layer", layer, "Experiments of one layer have clients of their own; those of two meet."))),
    part("How large", h("div", { class: "field-grid" }, baselineField, field("New clients a day (queries, interleaved)", perDay, "Leave it empty if you do not know.")),
      h("div", { class: "row" }, button("Reckon the size", reckon), reckoned),
      h("div", { class: "field-grid" }, field("Planned size of a variant", size, "Without one nothing is ever called “no difference”."))),
    part("What may not get worse", h("div", { class: "field-grid" }, field("Judged queries (their nDCG@10)", querySet), field("Slower at most by the factor", ratio, "Of the 95th percentile, beside control."))),
    trouble, h("div", {}, go));
  form.addEventListener("submit", submit);
  return form;

  function addVariant(called) {
    const label = nameInput(SHAPES.saved, { value: called, "aria-label": "Name of the variant" });
    const chosen = select(configurations, called === "control" ? "" : (saved[0]?.name ?? ""), { "aria-label": `Configuration of ${called}` });
    const made = h("div", { class: "edit-line wide-lines" }, label, chosen, variants.childElementCount < 2 ? h("span") : button("Remove", () => made.remove(), { kind: "quiet", "aria-label": `Remove ${called}` }));
    variants.append(made);
    add.disabled = variants.childElementCount >= MOST_VARIANTS;
    return made;
  }

  function told() {
    return [...variants.children].map((line) => ({ name: line.querySelector("input").value, configuration: line.querySelector("select").value || null }));
  }

  async function reckon() {
    trouble.replaceChildren();
    const interleaved = kind.value === "interleaving";
    const many = variants.childElementCount;
    const asked = { kind: kind.value, min_lift: lift.valueAsNumber / 100, analysis: analysis.value, traffic: traffic.valueAsNumber / 100 };
    if (!interleaved) Object.assign(asked, { baseline: baseline.valueAsNumber / 100, shares: Array(many).fill(1 / many) });
    if (perDay.value) asked.per_day = perDay.valueAsNumber;
    try {
      const found = await post("/v1/experiments/power", asked, { signal });
      size.value = found.per_variant;
      reckoned.textContent = `${whole(found.per_variant)} ${UNITS[found.unit] ?? found.unit}${interleaved ? "" : ` a variant, ${whole(found.total)} in all`}, to find ${percent(found.expected)} ${found.power * 100} times in 100${found.days === null ? "" : `: about ${whole(Math.ceil(found.days))} days`}.`;
    } catch (error) {
      trouble.replaceChildren(problem(error));
    }
  }

  async function submit(event) {
    event.preventDefault();
    go.disabled = true;
    trouble.replaceChildren();
    const body = { name: name.value, index: index.value, kind: kind.value, variants: told(), goal: goal.value, layer: layer.value, analysis: analysis.value, traffic: traffic.valueAsNumber / 100, min_lift: lift.valueAsNumber / 100, description: about.value };
    if (size.value) body.sample_size = size.valueAsNumber;
    if (querySet.value) body.query_set = querySet.value;
    if (ratio.value) body.max_latency_ratio = ratio.valueAsNumber;
    try {
      await post("/v1/experiments", body, { signal });
      toast(`${body.name} is drafted.`);
      location.hash = at`#experiments/${body.name}`;
    } catch (error) {
      go.disabled = false;
      trouble.replaceChildren(problem(error));
      say(error.message);
    }
  }
}

function part(title, ...inner) {
  return h("fieldset", { class: "panel stack" }, h("legend", {}, title), inner);
}
