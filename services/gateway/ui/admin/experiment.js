// One experiment: its plan, and what it has come to, each figure with its interval.

import { button, fill, h, meter, pairs, problem, row, say, table, when, whole } from "./dom.js";
import { acts, stateOf } from "./experiments.js";
import { drawnWithEnds, figure, percent, points, scaleOf, signed } from "./intervals.js";
import { every } from "./live.js";
import { at, get, post } from "./server.js";

const REFRESH_MS = 2000;
const WAITS_MS = 60_000;
const GOALS = { click: "a click", add_to_cart: "something in the cart", purchase: "a purchase" };
const TONES = { better: "good", worse: "bad", harmful: "bad", invalid: "bad" };
const RAILS = { ndcg_at_10: "nDCG@10 of judged queries", latency_p95_ms: "95th percentile of latency, ms" };

export async function show({ body, title, signal }, name) {
  title.textContent = name;
  const draw = () => fill(body, async () => {
    const one = await get(at`/v1/experiments/${name}`, { signal });
    return [h("p", {}, h("a", { href: "#experiments" }, "All experiments")), plan(one, draw), one.state !== "draft" && reported(one, signal)].filter(Boolean);
  }, { label: "Loading the experiment …" });
  await draw();
}

function plan(one, draw) {
  return h("div", { class: "panel stack" }, h("div", { class: "row" }, stateOf(one.state), h("b", {}, one.kind === "ab" ? "A/B test" : "Interleaving"), one.description), acts(one, draw),
    table("Variants", ["Variant", "Configuration", "Share"], one.variants.map((each) => row(each.name, each.configuration ?? "as it is now", h("span", { class: "numbers" }, percent(each.share, 0))))),
    pairs([["Index", h("a", { href: at`#documents/${one.index}` }, one.index)], ["Takes part", `${percent(one.traffic, 0)} of the clients, layer ${one.layer}`], ["Clients are to reach", GOALS[one.goal]],
      ["Looked at", one.analysis === "fixed" ? "once, at the planned size" : "at any time (always-valid)"], ["Planned", one.sample_size === null ? "no size" : `${whole(one.sample_size)} a variant, for a lift of ${percent(one.min_lift)}`],
      ["May not get worse", [one.query_set && `nDCG@10 on ${one.query_set}`, one.max_latency_ratio && `latency by more than ${one.max_latency_ratio}`].filter(Boolean).join(", ") || null], ["Began", one.started_at && when(one.started_at)], ["Ended", one.stopped_at && when(one.stopped_at)]]));
}

function reported(one, signal) {
  const place = h("div", { class: "stack" });
  const go = button("Make a report now", make);
  const load = async () => {
    try {
      place.replaceChildren(...drawn(one, await get(at`/v1/experiments/${one.name}/report`, { signal })));
    } catch (error) {
      if (error.name === "AbortError") return;
      place.replaceChildren(error.status === 404 ? h("p", { class: "soft" }, "There is no report yet. One is made every hour.") : problem(error));
    }
  };
  load();
  return h("section", { class: "stack", "aria-label": "Report" }, h("div", { class: "row between-ends" }, h("h2", {}, "Report"), go), place);

  // It is made by a worker: asked for, then looked for until it has changed.
  async function make() {
    go.disabled = true;
    say("A report is being made.");
    try {
      const { reported_at: before } = await post(at`/v1/experiments/${one.name}/report`, undefined, { signal });
      const until = Date.now() + WAITS_MS;
      const waits = new AbortController();
      signal.addEventListener("abort", () => waits.abort(), { once: true });
      await every(REFRESH_MS, async () => {
        const found = await get(at`/v1/experiments/${one.name}/report`, { signal }).catch(() => null);
        if (Date.now() < until && (!found || found.reported_at === before)) return;
        waits.abort();
        say(found ? "The report is there." : "The report is not there yet.");
      }, waits.signal);
      await load();
    } catch (error) {
      place.prepend(problem(error));
    } finally {
      go.disabled = false;
    }
  }
}

function drawn(one, { report, error, reported_at: moment }) {
  const when_made = h("p", { class: "soft small" }, "Made ", when(moment), ".");
  if (error) return [h("p", { class: "notice bad", role: "alert" }, error.detail ?? JSON.stringify(error)), when_made];
  const { comparisons, mismatch, variants, buckets, progress, preference } = report;
  return [
    mismatch?.mismatched ? h("p", { class: "notice bad", role: "alert" }, `The variants did not get the clients planned (${mismatch.seen.map((seen, place) => `${whole(seen)} of ${whole(Math.round(mismatch.expected[place]))}`).join(", ")}): something is wrong with who is counted, and no figure can be trusted.`) : null,
    ...comparisons.map(({ sentence, verdict }) => h("p", { class: `notice ${TONES[verdict] === "bad" ? "bad" : ""}`.trim() }, h("span", { class: `badge ${TONES[verdict] ?? ""}`.trim() }, verdict.replaceAll("_", " ")), sentence)),
    progress === null ? null : h("div", { class: "live" }, h("span", { class: "numbers" }, `${percent(progress, 0)} of the planned size`), meter(Math.min(1, progress), "Share of the planned size")),
    rates(one, variants, preference), effects(one, comparisons), rails(comparisons), sliced(buckets), when_made].filter(Boolean);
}

function rates(one, variants, preference) {
  const unit = one.kind === "ab" ? "Clients" : "Queries with a winner";
  return h("section", { class: "panel stack" }, h("h3", {}, "What each had"), table("What each variant had", ["Variant", unit, one.kind === "ab" ? `Reached ${GOALS[one.goal]}` : "Won", "Share"], variants.map((each) => row(each.variant, h("span", { class: "numbers" }, whole(each.units)), h("span", { class: "numbers" }, whole(each.hits)), h("span", { class: "numbers" }, percent(each.rate, 2))))),
    preference === null ? null : h("p", { class: "soft" }, `Preference for ${variants[1].variant}: ${signed(preference)}.`));
}

// Relative to control where its interval is known; else in points.
function changeOf({ lift, lift_interval: of_lift, difference, difference_interval: of_difference }) {
  const [value, { low, high }, write] = of_lift ? [lift, of_lift, signed] : [difference, of_difference, points];
  return { value, low, high, write, words: `${write(value)}, between ${write(low)} and ${write(high)}` };
}

function effects(one, comparisons) {
  const all = comparisons.flatMap((each) => [["the goal", each.variant, each.effect, each.p_adjusted, each.significant], ...(each.click_rate ? [["searches with a click", each.variant, each.click_rate, each.click_rate.p_value, false]] : [])]);
  if (!all.length) return null;
  const scale = scaleOf(all.map(([, , effect]) => changeOf(effect)).map(({ low, high }) => [low, high]), { hold: 0 });
  return h("section", { class: "panel stack" }, h("h3", {}, `Beside ${one.variants[0].name}`), table("Effects with their intervals", ["Variant", "Figure", "Change", "Interval", "p"], all.map(([figure, variant, effect, p, sure]) => {
    const { value, low, high, write, words } = changeOf(effect);
    return row(variant, figure, h("b", { class: "numbers" }, write(value)), drawnWithEnds({ value, low, high, write, scale, mark: 0, words, tone: sure ? (value > 0 ? "up" : "down") : "" }), h("span", { class: "numbers" }, p < 0.001 ? "< 0.001" : p.toFixed(3)));
  })), h("p", { class: "soft small" }, `By the ${comparisons[0].effect.method}. The dashed line is no difference.`));
}

function rails(comparisons) {
  const all = comparisons.flatMap(({ guardrails }) => guardrails);
  if (!all.length) return null;
  return h("section", { class: "panel stack" }, h("h3", {}, "What may not get worse"), table("Guardrails", ["Variant", "Figure", "Control", "Variant's", "Change", "Limit", "State"], all.map((each) => row(each.variant, RAILS[each.name] ?? each.name, ...[each.control, each.treatment, each.change].map((value) => h("span", { class: "numbers" }, figure(value))), h("span", { class: "numbers" }, figure(each.limit)), h("span", { class: `badge ${{ ok: "good", breached: "bad" }[each.state] ?? ""}`.trim() }, each.state)))));
}

function sliced(buckets) {
  if (!buckets.length) return null;
  const scale = scaleOf(buckets.map(({ effect }) => changeOf(effect)).map(({ low, high }) => [low, high]), { hold: 0 });
  return h("section", { class: "panel stack" }, h("h3", {}, "Where it differs"), table("By bucket", ["What", "Which", "Variant", "Change", "Interval", "Verdict"], buckets.map((each) => {
    const { value, low, high, write, words } = changeOf(each.effect);
    return row(each.dimension, each.value, each.variant, h("span", { class: "numbers" }, write(value)), drawnWithEnds({ value, low, high, write, scale, mark: 0, words }), each.significant ? h("span", { class: "badge" }, "differs") : "");
  })));
}
