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

export async function get(path) {
  return send(path, {});
}

export async function search(index, request, medium, signal) {
  const path = `/v1/indexes/${encodeURIComponent(index)}/search`;
  if (!medium) {
    const headers = { "Content-Type": "application/json" };
    return send(path, { method: "POST", headers, body: JSON.stringify(request), signal });
  }
  const form = new FormData();
  form.append("request", new Blob([JSON.stringify(request)], { type: "application/json" }));
  form.append(medium.kind, medium.file, medium.file.name || "query");
  return send(path, { method: "POST", body: form, signal });
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
