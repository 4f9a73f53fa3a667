// What the page knows of the server: its indexes, what their embedders can, and ideas to begin with.

import { ApiProblem, get, search } from "./api.js";
import { ideaOf } from "./cards.js";
import { declare, numbers } from "./filters.js";
import { query } from "./query.js";
import { wordsOf } from "./wording.js";

const find = (id) => document.getElementById(id);
const SAMPLE = "products"; // the ideas below fit the sample catalog only
const IDEAS = ["a navy striped mug", "leopard phone case", "floral summer dress", "cosy plaid cushion", "red sneakers"];

let indexes = [];
let capabilities = null;

export function theIndex() {
  return indexes.find(({ name }) => name === query.index);
}

export function theEmbedder() {
  return capabilities?.embedders.find(({ name }) => name === theIndex()?.settings.embedder);
}

export async function openIndexes() {
  indexes = (await get("/v1/indexes")).items;
  find("index").replaceChildren(...indexes.map(({ name }) => new Option(name, name)));
  find("index-label").hidden = indexes.length < 2;
  if (!theIndex()) query.index = (indexes.find(({ name }) => name === SAMPLE) ?? indexes[0])?.name ?? "";
  takeIndex();
  return indexes.length;
}

export function takeIndex() {
  const index = theIndex();
  if (!index) return;
  find("index").value = query.index;
  declare(index.settings);
  const sorts = numbers().flatMap((name) => [
    [`${name}:asc`, `${wordsOf(name)}, lowest first`],
    [`${name}:desc`, `${wordsOf(name)}, highest first`],
  ]);
  find("sort").replaceChildren(...[["relevance", "by relevance"], ...sorts].map(([value, text]) => new Option(text, value)));
  find("sort-label").hidden = !sorts.length;
  if (!sorts.some(([value]) => value === query.sort)) query.sort = "relevance";
  offerTargets();
}

// The stages that "Rerank" asks for; undefined leaves them to the index.
export function stages() {
  if (theIndex()?.rerank) return undefined;
  const signals = { stage: "signals", weights: { popularity: 2, rating: 1 }, out_of_stock_last: true };
  return capabilities?.cross_encoders.length ? [{ stage: "cross_encoder" }, signals] : [signals];
}

export function reranks() {
  return query.rerank ?? Boolean(theIndex()?.rerank);
}

// Not waited for by a search: it may load a model.
export async function learnCapabilities() {
  try {
    capabilities = await get("/v1/capabilities");
    find("about").textContent = `· Margay ${capabilities.version}`;
    offerTargets();
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error; // a page without its version is still one
  }
}

function offerTargets() {
  const able = theEmbedder()?.modalities;
  const offered = { combined: ["text", "image"], audio: ["audio"], video: ["video"], image: ["image"], text: ["text"] };
  for (const option of find("target").options) {
    option.hidden = Boolean(able) && !(offered[option.value] ?? []).every((each) => able.includes(each));
  }
}

export function suggestIdeas(onChosen) {
  if (query.index !== SAMPLE) return find("idea-buttons").replaceChildren();
  const ideas = IDEAS.map((words) => ideaOf(words, () => onChosen(words)));
  find("idea-buttons").replaceChildren(...ideas);
  return ideas.forEach((idea, at) => illustrate(idea, IDEAS[at]));
}

async function illustrate(idea, words) {
  try {
    const answer = await search(SAMPLE, { text: words, limit: 1, rerank: [] });
    const picture = answer.hits[0]?.document.images[0];
    if (picture) idea.querySelector("img").src = picture.thumbnail_url;
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error; // an idea without a picture is still one
  }
}
