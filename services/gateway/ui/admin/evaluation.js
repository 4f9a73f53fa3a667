// One evaluation: how far it is, and what came out, each configuration beside the others.

import { confirm } from "./dialogs.js";
import { button, fill, h, meter, ms, pairs, problem, row, say, select, table, toast, when, whole } from "./dom.js";
import { stateOf } from "./evaluations.js";
import { drawnWithEnds, figure, interval, percent, points, scaleOf, withEnds } from "./intervals.js";
import { every } from "./live.js";
import { ask, at, get, hasKey, post, text } from "./server.js";

const REFRESH_MS = 1500;
const TITLES = { ndcg: "nDCG", mrr: "MRR", map: "MAP", hit: "hit rate" };

export async function show({ body, title, signal }, id) {
  title.textContent = "Evaluation";
  let one = null;
  const draw = () => fill(body, async () => {
    one = await get(at`/v1/evaluations/${id}`, { signal });
    title.textContent = `Evaluation on ${one.query_set}`;
    return drawn(one, { signal, draw });
  }, { label: "Loading the evaluation …" });
  await draw();
  const under = new AbortController();
  signal.addEventListener("abort", () => under.abort(), { once: true });
  if (one && one.finished_at) return;
  await every(REFRESH_MS, async () => {
    const now = await get(at`/v1/evaluations/${id}`, { signal });
    body.querySelector("[data-progress]")?.replaceWith(progress(now));
    if (!now.finished_at) return;
    under.abort();
    say(`The evaluation has ${now.state}.`);
    await draw();
  }, under.signal);
}

function drawn(one, { signal, draw }) {
  return [h("p", {}, h("a", { href: "#evaluations" }, "All evaluations")),
    h("div", { class: "panel stack" }, progress(one), acts(one, { signal, draw }), one.error && h("p", { class: "bad" }, `${one.error.code}: ${one.error.detail}`),
      pairs([["Index", one.index], ["Query set", one.query_set], ["Configurations", one.configurations.map(({ name }) => name).join(", ")], ["Documents a query", whole(one.depth)], ["Asked for", when(one.created_at)], ["Ended", one.finished_at && when(one.finished_at)]])),
    ...(one.report ? compared(one.report) : [])];
}

function progress(one) {
  return h("div", { class: "live", "data-progress": "" }, h("div", { class: "row" }, stateOf(one.state), h("span", { class: "numbers" }, `${whole(one.done)} of ${whole(one.total)} steps`)), meter(one.total ? one.done / one.total : 0, "Progress of the evaluation"));
}

function acts(one, { signal, draw }) {
  const path = at`/v1/evaluations/${one.id}`;
  const trouble = h("span");
  const cancel = async () => {
    if (await confirm({ title: "Cancel this evaluation?", sentences: ["What was measured of it is forgotten."], verb: "Cancel it", act: () => post(`${path}/cancel`) })) await draw();
  };
  const remove = async () => {
    const gone = await confirm({ title: "Delete this evaluation?", sentences: ["It is forgotten with its report."], verb: "Delete it", act: () => ask("DELETE", path) });
    if (!gone) return;
    toast("The evaluation is deleted.");
    location.hash = "#evaluations";
  };
  // A page that is opened cannot send a key: then it is fetched with it, and kept as a file.
  const save = async () => {
    try {
      const address = URL.createObjectURL(new Blob([await text(`${path}/report.html`, { signal })], { type: "text/html" }));
      h("a", { href: address, download: `${one.query_set}.html` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    } catch (error) {
      trouble.replaceChildren(problem(error));
    }
  };
  return h("div", { class: "row" }, [
    one.report && !hasKey() && h("a", { class: "button small primary", href: `${path}/report.html`, target: "_blank", rel: "noreferrer" }, "The whole report"),
    one.report && button("Save the whole report", save, { kind: hasKey() ? "primary" : "" }),
    !one.finished_at && button("Cancel …", cancel, { kind: "danger" }),
    one.finished_at && button("Delete …", remove, { kind: "danger" }), trouble].filter(Boolean));
}

function compared(report) {
  return [h("p", { class: "notice" }, report.summary), ...report.notes.map((note) => h("p", { class: "soft small" }, note)),
    quality(report), differences(report), speed(report), advice(report)].filter(Boolean);
}

// A measure as people write it.
function titleOf(measure) {
  const [family, cut] = measure.split("@");
  return `${TITLES[family] ?? family}@${cut}`;
}

// The measures of every configuration on the queries that are chosen: all, a kind, a category.
function quality({ measured, main }) {
  const slices = measured[0].slices.map(({ by, name, queries }) => [`${by}:${name}`, by === "all" ? `all ${whole(queries)} queries` : `${by} ${name}: ${whole(queries)}`]);
  const chosen = select(slices, slices[0][0], { "aria-label": "Which queries" });
  const place = h("div");
  const draw = () => {
    const rows = measured.map((one) => [one.name, one.slices.find(({ by, name }) => `${by}:${name}` === chosen.value)]).filter(([, slice]) => slice);
    const others = Object.keys(rows[0][1].measures).filter((name) => name !== main);
    const scale = scaleOf(rows.map(([, { measures }]) => [measures[main].low, measures[main].high]));
    place.replaceChildren(table("Quality of each configuration", ["Configuration", `${titleOf(main)} and its interval`, ...others.map(titleOf)], rows.map(([name, { measures }]) => {
      const { mean, low, high } = measures[main];
      return row(h("b", {}, name), h("div", { class: "with-interval" }, interval({ value: mean, low, high, scale, words: `${titleOf(main)} ${figure(mean)}, between ${figure(low)} and ${figure(high)}` }), withEnds(mean, low, high, figure)), ...others.map((each) => h("span", { class: "numbers" }, figure(measures[each].mean))));
    })));
  };
  chosen.addEventListener("change", draw);
  draw();
  return h("section", { class: "panel stack" }, h("div", { class: "row between-ends" }, h("h2", {}, "Quality"), chosen), place);
}

function differences({ differences: all, main }) {
  const shown = all.filter(({ by, measure }) => by === "all" && measure === main);
  if (!shown.length) return null;
  const scale = scaleOf(shown.map(({ low, high }) => [low, high]), { hold: 0 });
  return h("section", { class: "panel stack" }, h("h2", {}, `Who wins, by ${titleOf(main)}`), table("Differences", ["Pair", "Difference", "Interval", "Better in", "p, corrected", "Verdict"], shown.map((each) => row(`${each.challenger} beside ${each.control}`, h("b", { class: "numbers" }, points(each.difference)),
    drawnWithEnds({ value: each.difference, low: each.low, high: each.high, write: points, scale, mark: 0, words: `${points(each.difference)}, between ${points(each.low)} and ${points(each.high)}`, tone: each.significant ? (each.difference > 0 ? "up" : "down") : "" }),
    h("span", { class: "numbers" }, `${each.wins} of ${each.queries}, worse in ${each.losses}`), h("span", { class: "numbers" }, each.adjusted < 0.001 ? "< 0.001" : each.adjusted.toFixed(3)), h("span", { class: `badge ${each.significant ? "good" : ""}`.trim() }, each.significant ? "differs" : "may be noise")))),
  h("p", { class: "soft small" }, "Paired by query, in points of a hundred; p by a randomisation test, corrected after Holm."));
}

function speed({ measured }) {
  return h("section", { class: "panel stack" }, h("h2", {}, "Speed, cost and coverage"), table("Speed, cost and coverage", ["Configuration", "Median", "95th percentile", "A thousand queries", "Answered", "Degraded", "Documents ever shown"], measured.map(({ name, latency, cost, coverage }) => row(h("b", {}, name), ...[latency?.p50, latency?.p95].map((value) => h("span", { class: "numbers" }, ms(value))),
    h("span", { class: "numbers" }, cost.per_thousand === null ? "no price given" : cost.per_thousand.toPrecision(3)), percent(coverage.answered), percent(coverage.degraded), h("span", { class: "numbers" }, `${whole(coverage.shown)}${coverage.catalog === null ? "" : ` (${percent(coverage.catalog, 0)})`}`)))));
}

function advice({ weights, measured }) {
  const scores = measured[0].min_scores;
  if (!weights.length && !scores.length) return null;
  return h("section", { class: "panel stack" }, h("h2", {}, "What to set"), weights.map(({ sentence }) => h("p", {}, sentence)),
    scores.length > 0 && table(`Suggested min_score of ${measured[0].name}`, ["Kind of query", "Queries", "Cut at"], scores.map(({ kind, queries, cutoff }) => row(kind, whole(queries), h("span", { class: "numbers" }, figure(cutoff.min_score))))));
}
