// What the page knows of the server, and ideas to begin with.

import { get, search, unlessProblem } from "./api.js";
import { find } from "./dom.js";
import { declare, numbers } from "./filters.js";
import { ASIDE, query } from "./query.js";
import { STAGES, wordsOf } from "./wording.js";

const SAMPLE = "products"; // the ideas below fit the sample catalog only

let indexes = [];
let capabilities = null;

export const theIndex = () => indexes.find(({ name }) => name === query.index);

export const theEmbedder = () => capabilities?.embedders.find(({ name }) => name === theIndex()?.settings.embedder);

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
  offerStages();
}

// The stages that "Rerank" asks for; null leaves them to the index.
export function stages() {
  if (theIndex()?.rerank) return null;
  const models = [capabilities?.cross_encoders.length && "cross_encoder", capabilities?.vision?.available && "vlm"];
  return [...models.filter(Boolean).map((stage) => ({ stage })), { stage: "signals", weights: { popularity: 2, rating: 1 }, out_of_stock_last: true }];
}

function offerStages() {
  const vision = capabilities?.vision;
  const wanted = (stages() ?? theIndex().rerank.stages).map(({ stage }) => STAGES[stage]);
  const away = !vision?.available && (vision || wanted.includes(STAGES.vlm));
  find("rerank-by").textContent = `by ${wanted.join(", ")}${away ? ` – ${STAGES.vlm} does not answer` : ""}`;
}

export const reranks = () => query.rerank ?? Boolean(theIndex()?.rerank);

// Not waited for by a search: it may load a model.
export async function learnCapabilities() {
  capabilities = await get("/v1/capabilities");
  find("about").textContent = `· Margay ${capabilities.version}`;
  offerTargets();
  offerStages();
}

function offerTargets() {
  const able = theEmbedder()?.modalities;
  for (const option of find("target").options) option.hidden = Boolean(able && option.dataset.needs?.split(" ").some((each) => !able.includes(each)));
}

export function suggestIdeas(onChosen) {
  find("idea-buttons").hidden = query.index !== SAMPLE;
  if (query.index !== SAMPLE) return;
  for (const idea of find("idea-buttons").children) {
    idea.onclick = () => onChosen(idea.textContent.trim());
    illustrate(idea).catch(unlessProblem);
  }
}

async function illustrate(idea) {
  const { hits } = await search(SAMPLE, { text: idea.textContent.trim(), limit: 1, ...ASIDE });
  const picture = hits[0]?.document.images[0];
  if (picture) idea.querySelector("img").src = picture.thumbnail_url;
}
