// What a search has done, stage by stage: understanding, both legs, fusion, reranking, times.

import { h, meter, ms, noThumbnail, pairs, row, table, thumbnail } from "./dom.js";

const ORDER = ["media", "understand", "embed", "retrieve", "facets", "hydrate", "rerank"];

export function report(request, answer, took) {
  if (!answer.hits.length) return [times(answer, took), understood(answer), h("p", { class: "panel" }, answer.no_match ? "Nothing matches." : "No hit on this page."), raw(request, answer)];
  return [
    answer.degraded ? h("p", { class: "notice bad" }, `Degraded: ${answer.degraded_reasons.join(", ")} did not answer, so words alone were searched.`) : null,
    times(answer, took), understood(answer), stages(answer), columns(answer), parts(answer), raw(request, answer)].filter(Boolean);
}

function times(answer, took) {
  const spent = Object.entries(answer.timings_ms).filter(([name]) => name !== "total").sort(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b));
  const all = answer.timings_ms.total ?? took;
  return h("section", { class: "panel stack" }, h("h2", {}, `Times: ${ms(all)} in the server, ${ms(took)} from here`),
    h("ul", { class: "bars" }, spent.map(([name, value]) => h("li", {}, h("span", {}, name), meter(Math.min(1, value / Math.max(all, 0.001)), `${name}: ${ms(value)}`), h("span", { class: "numbers" }, ms(value))))));
}

function understood(answer) {
  const read = answer.understood;
  if (!read) return null;
  return h("section", { class: "panel stack" }, h("h2", {}, "Understanding"),
    read.matched.length ? h("p", {}, read.applied ? "" : "Nothing would have been found so, and it was not applied. ", `Searched for “${read.text}”.`) : h("p", { class: "soft" }, "Nothing was read off the words."),
    read.matched.length > 0 && table("What was read off the words", ["Words", "Attribute", "Value"], read.matched.map((each) => row(each.words, each.attribute, h("code", {}, JSON.stringify(each.value))))));
}

function stages(answer) {
  if (!answer.rerank.length) return null;
  const tone = (status) => (status === "applied" ? "good" : status === "skipped" ? "" : "bad");
  return h("section", { class: "panel stack" }, h("h2", {}, "Reranking"), table("Stages of reranking", ["Stage", "Status", "Time", "Detail"],
    answer.rerank.map((each) => row(each.stage, h("span", { class: `badge ${tone(each.status)}` }, each.status), ms(each.took_ms),
      [each.detail ?? "", Object.keys(each.repairs).length ? ` repaired: ${Object.entries(each.repairs).map(([name, number]) => `${number} ${name}`).join(", ")}` : ""]))));
}

// The same hits in the order of each step.
function columns(answer) {
  const ranked = (title, note, rank, last = false) => {
    const found = answer.hits.map((hit) => [rank(hit), hit]).filter(([place]) => place).sort(([a], [b]) => a - b);
    return h("section", { class: "panel column" }, h("h3", {}, title), h("p", { class: "soft small" }, note),
      found.length ? h("ol", {}, found.map(([place, hit]) => entry(place, hit, last))) : h("p", { class: "soft" }, "No hit of this page."));
  };
  const moved = answer.hits.some((hit) => hit.rerank);
  return h("section", { class: "stack", "aria-label": "Orders side by side" }, h("h2", {}, "Orders side by side"), h("div", { class: "columns", tabindex: "0", role: "group", "aria-label": "By vector, by words, fused, and as answered" }, [
    ranked("By vector", "Rank in the leg of vectors", (hit) => hit.explain?.vector_rank),
    ranked("By words", "Rank in the leg of words (BM25)", (hit) => hit.explain?.lexical_rank),
    ranked("Fused", `First stage, by ${answer.hits[0].explain?.ordered_by ?? "similarity"}`, (hit) => hit.first_stage.rank),
    ranked(moved ? "Reranked" : "Final", moved ? "After all stages" : answer.sorted ? `Sorted by ${answer.sorted.by}` : "As it was answered", (hit) => hit.rank, true)]));
}

function entry(place, hit, last) {
  const change = last ? hit.first_stage.rank - hit.rank : 0;
  const pictures = [...hit.document.images, ...hit.document.video, ...hit.document.files];
  return h("li", {}, h("span", { class: "numbers rank" }, place), pictures.length ? thumbnail(pictures[0].thumbnail_url) : noThumbnail(),
    h("span", { class: "names" }, hit.document.title || hit.id, h("small", { class: "soft block numbers" }, hit.score === null ? "" : hit.score.toFixed(3), change ? ` ${change > 0 ? `up ${change}` : `down ${-change}`}` : "")));
}

function parts(answer) {
  const kinds = answer.hits[0].explain?.parts ?? [];
  return h("section", { class: "panel stack" }, h("h2", {}, "Why each hit"),
    table("Similarity of each part to the matched view", ["#", "Document", "Matched view", ...kinds.map(({ field, weight }) => `${field} (weight ${weight})`), "First stage", "Terms of reranking", "Reason"],
      answer.hits.map((hit) => row(String(hit.rank), hit.document.title || hit.id, h("span", { class: "mono" }, hit.matched?.view ?? "–"),
        ...kinds.map((_, place) => similarity(hit.explain?.parts[place]?.similarity)), `${hit.first_stage.rank}: ${hit.first_stage.score?.toFixed(4) ?? "–"}`,
        hit.rerank ? pairs(Object.entries(hit.rerank.terms).map(([name, value]) => [name, value.toFixed(3)])) : "–", hit.rerank?.reason ?? "–"))));
}

function similarity(value) {
  if (value === null || value === undefined) return "–";
  return h("span", { class: "similarity" }, meter(Math.max(0, Math.min(1, value)), `Similarity ${value.toFixed(3)}`), h("span", { class: "numbers" }, value.toFixed(3)));
}

function raw(request, answer) {
  const written = (value) => h("pre", { class: "panel mono scroll", tabindex: "0" }, JSON.stringify(value, null, 2));
  return h("details", {}, h("summary", {}, "Request and answer as JSON"), h("div", { class: "two" }, written(request), written(answer)));
}
