// Talks to the HTTP API; every refusal becomes an ApiProblem with a sentence.

export class ApiProblem extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

let key = null;

export function useKey(value) {
  key = value;
}

export function get(path, { signal } = {}) {
  return send(path, { signal });
}

export function post(path, body, { signal, keepalive } = {}) {
  const headers = { "Content-Type": "application/json" };
  return send(path, { method: "POST", headers, body: JSON.stringify(body), signal, keepalive });
}

export function search(index, request, { signal } = {}) {
  return post(`/v1/indexes/${encodeURIComponent(index)}/search`, request, { signal });
}

// Keeps a query's medium on the server for a while; an address then names it by its id.
export function upload(file) {
  const form = new FormData();
  form.append("file", file, file.name || "query");
  return send("/v1/media", { method: "POST", body: form });
}

async function send(path, options) {
  const headers = { ...options.headers };
  if (key) headers.Authorization = `Bearer ${key}`;
  const response = await reach(path, { ...options, headers });
  const body = await response.json().catch((error) => cutOff(error, response));
  if (!response.ok) throw new ApiProblem(response.status, body.detail || body.title || `The server answered ${response.status}.`);
  return body;
}

// A search that was given up may be so in the middle of its answer.
function cutOff(error, { ok }) {
  if (error.name === "AbortError") throw error;
  if (ok) throw new ApiProblem(0, "The answer broke off. Try again.");
  return {};
}

// A second try, since a phone that changes networks breaks off what is under way. Nothing that the
// page sends does more when it is sent twice.
async function reach(path, options, { tries = 2 } = {}) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (tries > 1) return reach(path, options, { tries: tries - 1 });
    throw new ApiProblem(0, "The server does not answer. Is it running?");
  }
}
