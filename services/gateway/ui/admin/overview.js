// The overview: is every part well, how fast are searches, how many, and what waits.

import { counted, fill, h, ms, whole } from "./dom.js";
import { lineChart } from "./charts.js";
import { between, matching, percentile, samples, total } from "./figures.js";
import { every } from "./live.js";
import { stateBadge } from "./progress.js";
import { get, text } from "./server.js";

const REFRESH_MS = 3000;
const SPAN_MS = 10 * 60_000;
const SEARCH = "/v1/indexes/{index}/search";

export async function show({ body, signal }) {
  const parts = h("div", { class: "panel" });
  const figures = h("div", { class: "figures" });
  const latency = h("article", { class: "panel stack tight" });
  const flow = h("article", { class: "panel stack tight" });
  const depth = h("article", { class: "panel stack tight" });
  const answered = h("p", { class: "soft small" });
  const all = h("div", { class: "stack" }, parts, figures, h("div", { class: "chart-grid" }, latency, flow, depth), answered);
  await fill(body, async () => {
    draw(await read(signal));
    return all;
  }, { label: "Reading the figures …" });
  await every(REFRESH_MS, async () => {
    draw(await read(signal));
  }, signal);

  function draw({ now, statistics }) {
    health(parts, now);
    numbers(figures, now);
    const { moments, step_s: step, host, pid } = statistics;
    answered.textContent = `Asked for every 3 seconds while the tab is open. Latency and throughput are of the gateway that answered last, process ${pid} on ${host}, and are forgotten with it; other gateways have their own.`;
    const done = moments.slice(0, -1); // the last one is still going on: its rate would be too low
    const timesOf = (some) => some.map(({ at }) => Date.parse(at));
    const share = (wanted) => done.map(({ latency: found }) => found?.[wanted] ?? null);
    chart(latency, { title: "Latency of searches", note: `Whole requests, in slices of ${step} seconds; a gap where nobody searched.`, times: timesOf(done), write: ms, spanMs: SPAN_MS,
      series: [{ label: "median", values: share("p50_ms") }, { label: "95th percentile", values: share("p95_ms") }, { label: "99th percentile", values: share("p99_ms") }] });
    const rate = (name) => done.map((moment) => moment[name] / step);
    chart(flow, { title: "Throughput", note: "Requests answered a second; errors are answers of 500 and above.", times: timesOf(done), write: (value) => `${value.toFixed(value < 10 ? 1 : 0)}/s`, spanMs: SPAN_MS,
      series: [{ label: "searches", values: rate("searches") }, { label: "all requests", values: rate("requests") }, { label: "errors", values: rate("errors") }] });
    chart(depth, { title: "Queue depth", note: "Documents that each queue still has to work on, noted while somebody looks.", times: timesOf(moments), write: (value) => whole(Math.round(value)), spanMs: SPAN_MS,
      series: ["ingest", "embed.index"].map((queue) => ({ label: queue, values: moments.map(({ queues }) => queues[queue] ?? null) })) });
  }
}

async function read(signal) {
  const [metrics, statistics] = await Promise.all([text("/metrics", { signal }), get("/v1/statistics", { signal })]);
  return { now: samples(metrics), statistics };
}

// Drawn anew; a table that someone has opened stays open, and keeps the focus that is in it.
function chart(place, drawn) {
  const details = place.querySelector("details");
  if (details?.contains(document.activeElement)) return;
  const open = details?.open;
  place.replaceChildren(...lineChart(drawn));
  if (open) place.querySelector("details").open = true;
}

function health(place, now) {
  const up = matching(now, "margay_part_up");
  const down = up.filter(({ value }) => value !== 1).map(({ labels }) => labels.part);
  const paused = matching(now, "margay_queue_paused").filter(({ value }) => value === 1).map(({ labels }) => labels.queue);
  const said = [down.length ? `${down.join(", ")} did not answer.` : "Every part answers.", paused.length && `Paused: ${paused.join(", ")}.`].filter(Boolean).join(" ");
  if (place.dataset.said === said) return;
  place.dataset.said = said;
  place.replaceChildren(h("div", { class: "row" }, h("b", { class: down.length ? "bad" : "" }, said),
    up.map(({ labels, value }) => h("span", { class: `badge ${value === 1 ? "good" : "bad"}` }, `${labels.part} ${value === 1 ? "up" : "down"}`))));
}

function numbers(place, now) {
  const jobs = matching(now, "margay_jobs").filter(({ value }) => value);
  const failed = matching(now, "margay_items_failed").filter(({ value }) => value);
  const workers = matching(now, "margay_workers");
  const figure = (label, value, note) => h("div", { class: "figure panel" }, h("span", { class: "soft" }, label), h("b", {}, value), h("small", { class: "soft" }, note));
  const searches = total(now, "margay_http_request_seconds_count", { route: SEARCH });
  const whole_time = percentile(between(now, null, "margay_http_request_seconds", { route: SEARCH }), 0.95);
  place.replaceChildren(
    figure("Searches since the start", whole(searches), whole_time === null ? "none yet" : `95 of 100 within ${ms(whole_time * 1000)}`),
    figure("Documents that failed", whole(failed.reduce((sum, { value }) => sum + value, 0)), failed.length ? failed.map(({ labels, value }) => `${whole(value)} ${labels.code}`).join(", ") : "none in any job"),
    figure("Workers", workers.length ? whole(workers.reduce((sum, { value }) => sum + value, 0)) : "built in", workers.length ? workers.map(({ labels, value }) => `${whole(value)} ${labels.role}`).join(", ") : "the server does the work itself"),
    h("div", { class: "figure panel" }, h("span", { class: "soft" }, "Jobs"), jobs.length ? h("span", { class: "row" }, jobs.map(({ labels, value }) => h("span", { class: "row" }, stateBadge(labels.state), h("b", { class: "small" }, whole(value))))) : h("b", {}, "0"), h("small", { class: "soft" }, h("a", { href: "#jobs" }, `All ${counted(jobs.reduce((sum, { value }) => sum + value, 0), "job")}`))));
}
