// Talks to the HTTP API; every refusal becomes an ApiProblem with a sentence.

export class ApiProblem extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

// What has nothing to say to whoever looks at the page.
export function unlessProblem(error) {
  if (!(error instanceof ApiProblem)) throw error;
}

let key = null;

export function useKey(value) {
  key = value;
}

export const get = (path) => send(path, {});

export const post = (path, body, options) => send(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), ...options });

// Each hit knows which query it answers.
export async function search(index, request, options) {
  const answer = await post(`/v1/indexes/${encodeURIComponent(index)}/search`, request, options);
  for (const hit of answer.hits) hit.query = answer.query_id;
  return answer;
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
  const { ok, status } = response;
  const body = await response.json().catch((error) => {
    if (error.name === "AbortError") throw error; // a search may be given up in the middle of its answer
    return { detail: ok && "The answer broke off. Try again." };
  });
  if (!ok || body.detail) throw new ApiProblem(status, body.detail || body.title || `The server answered ${status}.`);
  return body;
}

// A second try, for phones that change networks: nothing here does more when it is sent twice.
async function reach(path, options, { tries = 2 } = {}) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (tries > 1) return reach(path, options, { tries: tries - 1 });
    throw new ApiProblem(0, "The server does not answer. Is it running?");
  }
}
