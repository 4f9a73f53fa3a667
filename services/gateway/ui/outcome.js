// What a search came to, in sentences: how many, how near, what was missing, and what is nearest instead.

import { search } from "./api.js";
import { query, requestOf } from "./query.js";
import { counted, element, wordsOf } from "./wording.js";

const find = (id) => document.getElementById(id);
const STAGES = { signals: "business signals", cross_encoder: "the cross-encoder", vlm: "the vision model" };
const MISSING = {
  embedder: "The embedder does not answer, so only exact words were searched. Pictures and meaning come back with it.",
  vectors: "The vector index does not answer, so only words in titles and descriptions were searched.",
};

export function say(sentence, { bad = false } = {}) {
  find("status").classList.toggle("bad", bad);
  find("status").textContent = sentence;
}

export function sentenceOf(answer, shown, { near }) {
  if (!shown) return "Nothing was found.";
  const order = answer.sorted ? orderOf(answer.sorted) : near ? "nearest first" : "none of them close; these are the nearest";
  return `${counted(shown, "result")}${answer.next_cursor ? " so far" : ""}, ${order}. ${Math.round(answer.timings_ms.total)} ms.`;
}

function orderOf({ by, order, considered, complete }) {
  const direction = order === "asc" ? "lowest" : "highest";
  return `${direction} ${wordsOf(by)} first${complete ? "" : ` of the nearest ${considered}`}`;
}

export function rerankedSentence(reports) {
  const done = reports.filter(({ status }) => status === "applied");
  const names = done.map(({ stage }) => STAGES[stage] ?? stage).join(", then ");
  const took = Math.round(done.reduce((sum, { took_ms: each }) => sum + each, 0));
  const applied = done.length ? `Reranked by ${names} in ${took} ms.` : "The order is the first stage's.";
  const failed = reports.filter(({ status }) => !["applied", "skipped"].includes(status)).map(({ stage, status }) => `${STAGES[stage] ?? stage}: ${status}`);
  return failed.length ? `${applied} (${failed.join(", ")})` : applied;
}

// Whether the first hit is as near as hits that fit were measured to be; without a measurement, yes.
export function isNear(answer, embedder) {
  const best = answer.hits[0]?.score;
  const kinds = new Set(requestOf().parts.map((part) => (part.text ? "text" : part.image ? "image" : "other")));
  const plain = query.target === "any" && query.sort === "relevance" && requestOf().parts.every(({ weight }) => weight > 0);
  if (typeof best !== "number" || !plain || kinds.has("other")) return true;
  const least = embedder?.suggested_min_score[kinds.size > 1 ? "composed" : [...kinds][0]];
  return least === undefined || best >= least;
}

export function showNotes(notes) {
  find("nearest").replaceChildren(...notes);
  find("nearest").hidden = !notes.length;
}

export function degradedNotes({ degraded_reasons: reasons }) {
  return reasons.map((reason) => element("p", { class: "notice", text: MISSING[reason] ?? `Not everything could be searched: ${reason} does not answer.` }));
}

// Nothing at all: says what left nothing, offers to lift it, and finds what is nearest without it.
export async function nearest({ suggestions, onLift, signal }) {
  const kept = query.filters.size ? "filters" : query.target !== "any" ? "kind of match" : null;
  if (!kept) return { notes: [element("p", { text: "There is nothing in this index that could be found so." })], hits: [] };
  const choice = (text, lift) => {
    const button = element("button", { type: "button", class: "button", text });
    button.addEventListener("click", () => {
      lift();
      onLift();
    });
    return button;
  };
  // One condition alone may be what leaves nothing; which, the server has counted.
  const names = (suggestions?.conditions ?? []).map(({ without, documents }) => [Object.keys(without), documents]).filter(([[name]]) => query.filters.has(name));
  const single = query.filters.size > 1 ? names.map(([[name], documents]) => choice(`Without ${wordsOf(name)} (${documents})`, () => query.filters.delete(name))) : [];
  const lift = element("div", { class: "row" }, ...single, kept === "filters" ? choice("Search without the filters", () => query.filters.clear()) : choice("Match anything", () => { query.target = "any"; }));
  const wider = { ...requestOf({ stages: [] }), limit: 6 };
  delete wider[kept === "filters" ? "filter" : "target"];
  const { hits } = await search(query.index, wider, { signal });
  const reason = kept === "filters" ? "Nothing fits these filters." : "Nothing matches in that way.";
  const notes = [element("h2", { text: reason }), lift];
  if (hits.length) notes.push(element("p", { class: "soft", text: `Nearest without ${kept === "filters" ? "the filters" : "that choice"}:` }));
  return { notes, hits };
}
