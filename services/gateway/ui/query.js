// What is searched for, as the API and as the address bar take it.

import { clientId } from "./events.js";

export const query = {
  index: "",
  words: "",
  parts: [], // { kind: "text" | "image" | "audio" | "video" | "document_id", value, weight, name? }
  target: "any",
  sort: "relevance",
  rerank: null, // null: as the index does it
  filters: new Map(), // attribute -> { values: Set } or { from, to }
};

const KINDS = ["text", "image", "audio", "video", "document_id"];
const TARGETS = ["any", "text", "image", "combined", "audio", "video"];
const PAGE = 24;
export const MOST_PARTS = 8;
export const ASIDE = { rerank: [], log: false, sort: undefined }; // of searches whose hits nobody looks at

export const isEmpty = () => !partsOf().length;

export function partsOf() {
  const words = query.words.trim();
  const parts = query.parts.filter(({ weight }) => weight !== 0).map(({ kind, value, weight }) => ({ [kind]: value, weight: weight === 1 ? undefined : weight }));
  return words ? [{ text: words }, ...parts] : parts;
}

// Without `stages` no reranking; null leaves it to the index.
export function requestOf({ stages = [] } = {}) {
  const request = { parts: partsOf(), limit: PAGE, filter: filterOf(), target: query.target === "any" ? undefined : query.target, client_id: clientId() };
  const [by, order] = query.sort.split(":");
  if (order) request.sort = { by, order };
  else if (stages) request.rerank = stages;
  return request;
}

export function filterOf({ except } = {}) {
  const filter = {};
  for (const [attribute, wanted] of query.filters) {
    if (attribute !== except) filter[attribute] = conditionOf(wanted);
  }
  return Object.keys(filter).length ? filter : undefined;
}

function conditionOf({ values, tags, from, to }) {
  if (!values) return { gte: from ?? undefined, lte: to ?? undefined };
  const all = [...values];
  if (tags) return { any: all };
  return typeof all[0] === "boolean" ? { eq: all[0] } : { in: all };
}

export function addressOf() {
  const address = new URLSearchParams();
  if (query.words.trim()) address.set("q", query.words.trim());
  for (const { kind, value, weight } of query.parts) address.append("with", `${weight}~${kind}~${value}`);
  if (query.index) address.set("index", query.index);
  if (query.target !== "any") address.set("target", query.target);
  if (query.sort !== "relevance") address.set("sort", query.sort);
  if (query.rerank !== null) address.set("rerank", query.rerank ? "1" : "0");
  for (const [attribute, { values, tags, from, to }] of query.filters) {
    if (values) values.forEach((value) => address.append(`${tags ? "t" : "f"}.${attribute}`, typeof value === "boolean" ? `is:${value}` : `=${value}`));
    else address.set(`n.${attribute}`, `${from ?? ""}..${to ?? ""}`);
  }
  return address.size ? `/?${address}` : "/";
}

// Takes what an address says, and nothing that it must not say.
export function readAddress(search) {
  const address = new URLSearchParams(search);
  query.words = (address.get("q") ?? "").slice(0, 2000);
  query.parts = address.getAll("with").map(partFrom).filter(Boolean).slice(0, MOST_PARTS);
  query.index = address.get("index") ?? query.index;
  query.target = TARGETS.includes(address.get("target")) ? address.get("target") : "any";
  query.sort = /^[a-z][a-z0-9_]*:(asc|desc)$/.test(address.get("sort") ?? "") ? address.get("sort") : "relevance";
  query.rerank = { 1: true, 0: false }[address.get("rerank")] ?? null;
  query.filters = new Map();
  for (const name of new Set(address.keys())) {
    if (/^[fnt]\./.test(name)) readFilter(name[0], name.slice(2), address.getAll(name));
  }
}

function partFrom(written) {
  const [, weight, kind, value] = /^(-?[\d.]+)~([a-z_]+)~(.+)$/s.exec(written) ?? [];
  if (!KINDS.includes(kind) || !(Math.abs(weight) <= 10)) return null;
  return { kind, value, weight: Number(weight) };
}

function readFilter(form, attribute, written) {
  if (form === "n") {
    const [from = null, to = null] = written[0].split("..").map(numberOf);
    if ((from ?? to) !== null) query.filters.set(attribute, { from, to });
    return;
  }
  const values = new Set(written.map((value) => (value.startsWith("is:") ? value === "is:true" : value.slice(1))));
  query.filters.set(attribute, { values, tags: form === "t" });
}

export function numberOf(text) {
  const number = Number.parseFloat(text);
  return Number.isFinite(number) ? number : null;
}
