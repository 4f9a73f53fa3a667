// What a search came to, in sentences.

import { search } from "./api.js";
import { button, element, find } from "./dom.js";
import { partsOf, query, requestOf } from "./query.js";
import { STAGES, counted, wordsOf } from "./wording.js";

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

// Whether the first hit is as near as what fits was measured to be; not measured: yes.
export function isNear(answer, embedder) {
  const best = answer.hits[0]?.score;
  const kinds = new Set(partsOf().map((part) => (part.text ? "text" : part.image ? "image" : "other")));
  const plain = query.target === "any" && query.sort === "relevance" && partsOf().every(({ weight = 1 }) => weight > 0);
  if (typeof best !== "number" || !plain || kinds.has("other")) return true;
  const least = embedder?.suggested_min_score[kinds.size > 1 ? "composed" : [...kinds][0]];
  return least === undefined || best >= least;
}

export function showNotes(notes) {
  find("nearest").replaceChildren(...notes);
  find("nearest").hidden = !notes.length;
}

export function degradedNotes({ degraded_reasons: reasons }) {
  return reasons.map((reason) => element("p", { class: "notice", text: find(`without-${reason}`)?.innerHTML ?? `Not everything could be searched: ${reason} does not answer.` }));
}

// Nothing at all: says what left nothing, offers to lift it, and finds what is nearest without it.
export async function nearest({ suggestions, onLift, signal }) {
  const [kept, reason, label, lift] = query.filters.size ? ["filter", "Nothing fits these filters.", "Search without the filters", () => query.filters.clear()]
    : ["target", "Nothing matches in that way.", "Match anything", () => { query.target = "any"; }];
  if (kept === "target" && query.target === "any") return { notes: [element("p", { text: "There is nothing in this index that could be found so." })], hits: [] };
  const choice = (text, act) => button(text, () => {
    act();
    onLift();
  });
  // One condition alone may be what leaves nothing; which, the server has counted.
  const names = (suggestions?.conditions ?? []).map(({ without, documents }) => [Object.keys(without)[0], documents]).filter(([name]) => query.filters.has(name));
  const single = query.filters.size > 1 ? names.map(([name, documents]) => choice(`Without ${wordsOf(name)} (${documents})`, () => query.filters.delete(name))) : [];
  const { hits } = await search(query.index, { ...requestOf(), limit: 6, [kept]: undefined }, { signal });
  const near = hits.length ? [element("p", { class: "soft", text: "Nearest without that:" })] : [];
  return { notes: [element("h2", { text: reason }), element("div", { class: "row" }, ...single, choice(label, lift)), ...near], hits };
}
