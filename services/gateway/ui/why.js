// Why a hit is where it is.

import { search } from "./api.js";
import { element, find } from "./dom.js";
import { ASIDE, query, requestOf } from "./query.js";
import { MATCHED, STAGES, clock, valueOf } from "./wording.js";

// Asked for one hit, where the first stage has it: no reranker runs again for an explanation.
export async function explain(hit) {
  const request = { ...requestOf(), limit: 1, offset: hit.first_stage.rank - 1, explain: true, ...ASIDE };
  const answer = await search(query.index, request);
  const found = answer.hits.find(({ id }) => id === hit.id);
  return [...(found ? partsOf(found) : []), ...ranksOf(hit)];
}

function partsOf({ explain: explained }) {
  const labels = labelsOf();
  const bars = explained.parts.map(({ kind, weight, similarity }, at) => {
    const label = labels[at] ?? kind;
    const known = similarity === null ? "–" : similarity.toFixed(2);
    const meter = element("div", { class: weight < 0 ? "meter below" : "meter", role: "img", "aria-label": `${label}: ${known}` }, element("i"));
    meter.style.setProperty("--share", Math.max(0, Math.min(1, similarity)));
    return element("li", { title: `${label}, weight ${weight}` }, element("span", { text: weight < 0 ? `not: ${label}` : label }), meter, element("span", { text: known }));
  });
  return bars.length ? [element("p", { class: "small soft", text: "How near each part of your search is to it" }), element("ol", {}, ...bars)] : [];
}

function labelsOf() {
  const words = query.words.trim();
  const names = { image: "the picture", audio: "the sound", video: "the video" };
  const parts = query.parts.filter(({ weight }) => weight !== 0).map(({ kind, value, name }) => names[kind] ?? name ?? value);
  return words ? [`“${words}”`, ...parts] : parts;
}

function ranksOf(hit) {
  const { matched, first_stage: first, rerank } = hit;
  const rows = [];
  const row = (name, text) => rows.push(element("dt", { text: name }), element("dd", { text }));
  row("Found", matched ? foundBy(matched) : "by exact words");
  row("Place", rerank && first.rank !== hit.rank ? `${first.rank} → ${hit.rank}` : hit.rank);
  for (const [stage, term] of Object.entries(rerank?.terms ?? {})) row(STAGES[stage] ?? stage, typeof term === "number" ? term.toFixed(2) : valueOf(term));
  const table = element("dl", { class: "pairs" }, ...rows);
  return rerank?.reason ? [element("p", { class: "reason", text: rerank.reason }), table] : [table];
}

function foundBy(matched) {
  const where = matched.start_s === null ? matched.page && `, page ${matched.page}` : `, from ${clock(matched.start_s)} to ${clock(matched.end_s)}`;
  return MATCHED[matched.modality] + (where || "");
}
