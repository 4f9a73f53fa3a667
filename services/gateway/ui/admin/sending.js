// Sends documents with their files in requests that are as large as the server takes.

import { partName } from "./mapping.js";
import { keepPicture } from "./sent.js";
import { at, post } from "./server.js";

const SPARE_BYTES = 256 * 1024;
const MOST_DOCUMENTS = 500;

// Batches of `entries` ({document, wanted}) that each fit into one request.
export function batches(entries, limits) {
  const mostBytes = Math.max(limits.max_request_bytes - SPARE_BYTES, 1024);
  const most = Math.min(limits.max_documents_per_request, MOST_DOCUMENTS);
  const made = [];
  let batch = [];
  let total = 0;
  for (const entry of entries) {
    const size = JSON.stringify(entry.document).length * 2 + entry.wanted.reduce((sum, file) => sum + file.size + 512, 0);
    if (batch.length && (batch.length >= most || total + size > mostBytes)) {
      made.push(batch);
      batch = [];
      total = 0;
    }
    batch.push(entry);
    total += size;
  }
  if (batch.length) made.push(batch);
  return made;
}

export async function send(index, batch, { signal }) {
  const form = new FormData();
  form.append("documents", JSON.stringify(batch.map(({ document }) => document)));
  const files = new Map(batch.flatMap(({ wanted }) => wanted.map((file) => [partName(file), file])));
  for (const [name, file] of files) form.append("files", file, name);
  const job = await post(at`/v1/indexes/${index}/documents`, undefined, { form, signal });
  for (const { document, wanted } of batch) {
    const picture = wanted.find((file) => file.type.startsWith("image/"));
    if (picture) keepPicture(index, document.id, picture);
  }
  return job;
}

// Which entries of a refused batch the server named, with what is wrong: Map of entry -> sentences.
export function refusals(error, batch) {
  const named = new Map();
  for (const { field, problem } of error.fields ?? []) {
    const [, place, rest] = /^documents\[(\d+)\]\.?(.*)$/.exec(field) ?? [];
    const entry = place === undefined ? undefined : batch[Number(place)];
    if (entry) named.set(entry, [...(named.get(entry) ?? []), `${rest} ${problem}`.trim()]);
  }
  return named;
}
