// What changes while it is looked at: a job's events, and figures that are asked for again and again.

import { at, events, get } from "./server.js";

const AGAIN_MS = 2000;

// Each state of a job, from its events; where these cannot be had, by asking again.
export async function* states(id, { signal }) {
  let job = null;
  while (!signal.aborted) {
    try {
      for await (job of events(at`/v1/jobs/${id}/events`, { signal })) yield job;
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.status === 404) throw error;
      job = await get(at`/v1/jobs/${id}`, { signal }).catch(() => job);
      if (job) yield job;
    }
    if (job?.finished_at) return;
    await pause(AGAIN_MS, signal);
  }
}

// Repeats until the section is left; not while the tab is hidden.
export async function every(milliseconds, act, signal) {
  while (!signal.aborted) {
    await pause(milliseconds, signal);
    if (signal.aborted) return;
    if (!document.hidden) await act().catch(() => {});
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
