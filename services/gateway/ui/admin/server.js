// Asks the HTTP API, with the key that lives in this module's memory and nowhere else.

export class Problem extends Error {
  constructor(status, sentence, { code = "", fields = [] } = {}) {
    super(sentence);
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

let key = "";
let refused = () => {};

export function useKey(value) {
  key = value;
}

export function hasKey() {
  return key !== "";
}

// What to do when the key that was good is good no longer.
export function onRefused(handler) {
  refused = handler;
}

export async function ask(method, path, { body, form, signal } = {}) {
  const response = await reach(method, path, { body, form, signal });
  if (response.status === 204) return null;
  return response.json();
}

export const get = (path, options) => ask("GET", path, options);
export const post = (path, body, options) => ask("POST", path, { body, ...options });

export async function text(path, options) {
  const response = await reach("GET", path, options ?? {});
  return response.text();
}

// A picture that asks for the key, as an address of this tab's; null where there is none.
export async function picture(path, { signal }) {
  try {
    const response = await reach("GET", path, { signal });
    const address = URL.createObjectURL(await response.blob());
    signal.addEventListener("abort", () => URL.revokeObjectURL(address), { once: true });
    return address;
  } catch {
    return null;
  }
}

// Server-sent events by fetch: an EventSource cannot send a key.
export async function* events(path, { signal } = {}) {
  const response = await reach("GET", path, { signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const data = block.split("\n").filter((line) => line.startsWith("data:"));
      if (data.length) yield JSON.parse(data.map((line) => line.slice(5)).join("\n"));
    }
  }
}

// An address, with whatever names it holds made safe.
export function at(parts, ...names) {
  return parts.reduce((path, part, place) => path + encodeURIComponent(names[place - 1]) + part);
}

async function reach(method, path, { body, form, signal }) {
  const headers = {};
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method, headers, signal, cache: "no-store", body: form ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "The server does not answer. Is it running?");
  }
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  const sentence = said.detail || said.title || `The server answered ${response.status}.`;
  const problem = new Problem(response.status, sentence, { code: said.code, fields: said.errors ?? [] });
  if (response.status === 401) refused(problem);
  throw problem;
}
