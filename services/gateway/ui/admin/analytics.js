// Analytics: what came of searches, what people look for, and what the clicks have taught.

import { field, fill, h, row, select, table, when, whole } from "./dom.js";
import { interval, percent, scaleOf, withEnds } from "./intervals.js";
import { at, get } from "./server.js";

const BY = [["kind", "kind of query"], ["position", "position"], ["category", "category"], ["day", "day"], ["configuration", "configuration"], ["experiment", "experiment and variant"], ["index", "index"]];
const SPANS = [["1", "the last day"], ["7", "7 days"], ["30", "30 days"], ["90", "90 days"]];
const MOST_POSITIONS = 30;
const MOST_LISTED = "12";

export async function show({ body, query, signal }) {
  const { items: indexes } = await get("/v1/indexes", { signal });
  if (!indexes.length) return body.append(h("div", { class: "panel empty" }, h("h2", {}, "Nothing is searched yet"), h("p", {}, "There is no index.")));
  const index = select(indexes.map(({ name }) => name), query.get("index") ?? indexes[0].name);
  const by = select(BY, query.get("by") ?? "kind");
  const days = select(SPANS, query.get("days") ?? "30");
  const attribute = h("select", { class: "select" });
  const category = field("Attribute", attribute);
  const clicks = h("section", { class: "panel stack", "aria-label": "Clicks" });
  const wanted = h("section", { class: "panel stack", "aria-label": "What is searched for" });
  const learned = h("section", { class: "panel stack", "aria-label": "What clicks taught" });
  const looked = h("section", { class: "panel stack", "aria-label": "How likely a position is looked at" });
  body.append(h("form", { class: "row filters-row", onsubmit: (event) => event.preventDefault() }, field("Index", index), field("Told apart by", by), category, field("Of", days)),
    clicks, h("div", { class: "two by-table" }, wanted, learned), looked);
  for (const control of [index, by, days, attribute]) control.addEventListener("change", draw);
  await draw();

  async function draw() {
    const chosen = new URLSearchParams({ index: index.value, by: by.value, days: days.value });
    history.replaceState(null, "", `#analytics?${chosen}`);
    offerAttributes();
    if (by.value === "category") chosen.set("attribute", attribute.value || "category");
    if (by.value === "index") chosen.delete("index");
    const of = new URLSearchParams({ index: index.value, days: days.value, limit: MOST_LISTED });
    await Promise.all([
      fill(clicks, async () => clickTable(await get(`/v1/analytics/clicks?${chosen}`, { signal }), by.selectedOptions[0].textContent)),
      fill(wanted, async () => wantedTable(await get(`/v1/analytics/queries?${of}`, { signal }))),
      fill(learned, async () => learnedTable(index.value, await get(`/v1/analytics/documents?${new URLSearchParams({ index: index.value, limit: MOST_LISTED })}`, { signal }))),
      fill(looked, async () => propensities(await get(at`/v1/indexes/${index.value}/propensities`, { signal }))),
    ]);
  }

  function offerAttributes() {
    category.hidden = by.value !== "category";
    const { attributes } = indexes.find(({ name }) => name === index.value).settings;
    const names = Object.keys(attributes).filter((name) => attributes[name] === "string");
    if (attribute.dataset.of === index.value) return;
    attribute.dataset.of = index.value;
    attribute.replaceChildren(...names.map((name) => h("option", { value: name, selected: name === "category" }, name)));
  }
}

function clickTable({ items, by }, words) {
  const rows = by === "position" ? items.slice(0, MOST_POSITIONS) : items;
  const seen = rows.filter(({ ctr }) => ctr);
  const scale = scaleOf(seen.flatMap(({ ctr, corrected_ctr: corrected }) => [[ctr.low, ctr.high], ...(corrected ? [[corrected.low, corrected.high]] : [])]), { hold: 0 });
  const rate = (one, name) => (one ? h("div", { class: "with-interval" }, interval({ value: one.rate, low: one.low, high: one.high, scale, words: `${name}: ${percent(one.rate)}, between ${percent(one.low)} and ${percent(one.high)}` }), withEnds(one.rate, one.low, one.high, percent)) : "–");
  const grouped = rows.some(({ searches }) => searches !== null);
  const heads = [words[0].toUpperCase() + words.slice(1), ...(grouped ? ["Searches"] : []), "Seen", "Clicks", "Clicks of what was seen", "Corrected for position", ...(grouped ? ["Searches with a click"] : []), "Bought"];
  return [h("h2", {}, `Clicks by ${words}`), rows.length
    ? table(`Clicks by ${words}`, heads, rows.map((one) => row(h("b", {}, nameOf(one)), ...(grouped ? [number(one.searches)] : []), number(one.impressions), number(one.clicks), rate(one.ctr, "Clicks of what was seen"), rate(one.corrected_ctr, "Corrected for position"), ...(grouped ? [h("span", { class: "numbers" }, percent(one.click_rate))] : []), h("span", { class: "numbers" }, `${whole(one.purchases)} (${percent(one.conversion)})`))))
    : h("p", { class: "soft" }, "No search was logged in that time."),
  h("p", { class: "soft small" }, "Seen is what stood in view for half a second, each document once an answer; bots and repeats are left out. Whiskers hold the true rate 95 times in 100.")];
}

function nameOf({ key, variant }) {
  return [key ?? "none", variant].filter(Boolean).join(" · ");
}

function number(value) {
  return h("span", { class: "numbers" }, value === null ? "–" : whole(value));
}

function wantedTable({ items }) {
  return [h("h2", {}, "Searched for most"), items.length
    ? table("Searched for most", ["Words", "Searches", "Found nothing", "With a click"], items.map((one) => row(one.text, number(one.searches), one.none_found ? h("span", { class: "badge bad" }, whole(one.none_found)) : "–", h("span", { class: "numbers" }, percent(one.click_rate, 0)))))
    : h("p", { class: "soft" }, "No words are known of that time; MARGAY_EVENTS__LOG_TEXT says whether they are logged.")];
}

function learnedTable(index, { at: moment, items }) {
  return [h("h2", {}, "What clicks taught"), items.length ? h("p", { class: "soft small" }, "Learned ", when(moment), ": clicks of what was looked at, drawn to the mean where little is known. The stage signals weighs it as ctr.") : null, items.length
    ? table("What clicks taught", ["Document", "Looked at", "Clicks", "Rate"], items.map((one) => row(h("a", { href: `#documents/${encodeURIComponent(index)}/${encodeURIComponent(one.id)}` }, one.id), number(Math.round(one.impressions)), number(Math.round(one.clicks)), h("span", { class: "numbers" }, percent(one.ctr)))))
    : h("p", { class: "soft" }, "Nothing was learned of this index yet. Clicks are looked at each hour, unless MARGAY_EVENTS__LEARN_EVERY_S says otherwise", ...(moment ? ["; last ", when(moment)] : []), ".")].filter(Boolean);
}

function propensities({ source, by_position: shares, at: moment }) {
  const origin = { set: "They were set by hand.", estimated: "They are estimated of the clicks.", none: "None are known: every position counts alike." }[source];
  const bars = shares.slice(0, MOST_POSITIONS).map((share) => {
    const bar = h("i", { title: percent(share) });
    bar.style.setProperty("--share", share);
    return bar;
  });
  return [h("h2", {}, "How likely a position is looked at"), h("p", { class: "soft small" }, origin, ...(moment && source !== "none" ? [" Since ", when(moment), "."] : [])),
    source !== "none" && h("div", { class: "columns-chart", role: "img", "aria-label": shares.slice(0, 10).map((share, place) => `position ${place + 1}: ${percent(share, 0)}`).join(", ") }, bars)].filter(Boolean);
}
