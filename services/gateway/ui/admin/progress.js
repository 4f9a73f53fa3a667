// A job as people read it: its state, how far it is, and its progress as it happens.

import { h, meter, ms, whole } from "./dom.js";
import { states } from "./live.js";

export const JOB_STATES = ["queued", "running", "succeeded", "partially_succeeded", "failed", "cancelled"];
const KINDS = { documents: "Documents sent", import: "Import", rebuild: "Rebuild", rollback: "Rollback" };

export function kindOf(job) {
  return KINDS[job.kind] ?? job.kind;
}

export function stateBadge(state) {
  const tone = { succeeded: "good", failed: "bad", partially_succeeded: "bad" }[state] ?? "";
  return h("span", { class: `badge ${tone}`.trim() }, state.replaceAll("_", " "));
}

export function shareOf(job) {
  const { succeeded, failed, cancelled } = job.counts;
  if (!job.total) return job.finished_at ? 1 : 0;
  return (succeeded + failed + cancelled) / job.total;
}

export function countsOf(job) {
  const { counts } = job;
  const parts = [`${whole(counts.succeeded)} of ${whole(job.total)}${job.expanded ? "" : "+"} done`];
  if (counts.failed) parts.push(`${whole(counts.failed)} failed`);
  if (counts.cancelled) parts.push(`${whole(counts.cancelled)} cancelled`);
  return parts.join(", ");
}

// Documents a second since it began, and what is left at that pace.
export function paceOf(job, now = Date.now()) {
  if (!job.started_at) return "";
  const seconds = ((job.finished_at ? new Date(job.finished_at) : now) - new Date(job.started_at)) / 1000;
  const pace = (job.counts.succeeded + job.counts.failed) / Math.max(seconds, 0.001);
  if (job.finished_at) return `took ${ms(seconds * 1000)}${job.total ? `, ${pace.toFixed(1)} a second` : ""}`;
  const left = job.counts.queued + job.counts.prepared;
  if (!pace || !job.expanded) return "";
  return `${pace.toFixed(1)} a second, about ${ms((left / pace) * 1000)} left`;
}

// A bar with its words that follows the job until it is finished or the section is left.
export function liveProgress(id, { signal, linked = true, onchange = () => {}, onend = () => {} }) {
  const badge = h("span", {});
  const words = h("span", { class: "numbers" }, "Waiting for news …");
  const pace = h("small", { class: "soft numbers" });
  const bar = meter(0, "Progress of the job");
  const trouble = h("p", { class: "bad small" });
  const made = h("div", { class: "live" }, h("div", { class: "row" }, badge, words, pace,
    linked && h("a", { class: "small", href: `#jobs/${encodeURIComponent(id)}` }, "Open the job")), bar, trouble);
  follow();
  return made;

  async function follow() {
    let last = null;
    try {
      for await (const job of states(id, { signal })) {
        last = job;
        badge.replaceChildren(stateBadge(job.state));
        words.textContent = countsOf(job);
        pace.textContent = paceOf(job);
        bar.move(shareOf(job));
        trouble.textContent = job.error ? job.error.detail : "";
        onchange(job);
      }
    } catch (error) {
      trouble.textContent = error.message;
      return;
    }
    if (last?.finished_at && !signal.aborted) onend(last);
  }
}
