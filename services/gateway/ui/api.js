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
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiProblem(0, "The server does not answer. Is it running?");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiProblem(response.status, body.detail || body.title || `The server answered ${response.status}.`);
  return body;
}
