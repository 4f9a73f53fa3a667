// Models: which are loaded, what they take, how fast they are, in batches of which size.

import { bytes, fill, h, ms, pairs, row, table, whole } from "./dom.js";
import { between, matching, percentile, samples } from "./figures.js";
import { every } from "./live.js";
import { get, text } from "./server.js";

const REFRESH_MS = 4000;
const STEPS = { wait: "waiting for others", preprocess: "preparing", forward: "forward pass", postprocess: "finishing", call: "whole call" };

export async function show({ body, signal }) {
  await fill(body, read, { label: "Asking the models …" });
  await every(REFRESH_MS, async () => {
    if (!body.contains(document.activeElement)) body.replaceChildren(...await read());
  }, signal);

  async function read() {
    const [{ source, items, workers }, capabilities, figures] = await Promise.all([get("/v1/models", { signal }), get("/v1/capabilities", { signal }), text("/metrics", { signal }).then(samples)]);
    const shown = source === "process" ? items.map((one) => model(one, capabilities)) : owned(workers, items, capabilities);
    return [h("p", { class: "soft small" }, `${source === "process" ? "The models are in this server's process" : "The models are in the embedders"}; medians are of their last 512 calls.`), ...shown, rerankers(capabilities, figures)];
  }
}

// In a stack other processes have the models, and tell with each heartbeat how they do.
function owned(workers, items, capabilities) {
  if (!workers.length) return [h("p", { class: "notice bad" }, "No embedder is alive: documents wait, and searches find exact words only. What is shown is what one wrote down before."), ...items.map((one) => model(one, capabilities))];
  return workers.map(({ host, pid, items: models }) => h("section", { class: "stack", "aria-label": `Embedder ${host} ${pid}` }, h("h2", {}, "Embedder ", h("span", { class: "mono" }, host), h("small", { class: "soft" }, ` process ${pid}, as of its last heartbeat`)), models.map((one) => model(one, capabilities))));
}

function model(one, capabilities) {
  const card = capabilities.embedders.find(({ name }) => name === one.name && one.kind === "embedder");
  const badge = one.failure ? h("span", { class: "badge bad" }, "failed to load") : h("span", { class: `badge ${one.loaded ? "good" : ""}` }, one.loaded === null ? "cannot be told" : one.loaded ? "loaded" : "not loaded yet");
  return h("article", { class: "panel stack", "aria-label": `Model ${one.name}` },
    h("div", { class: "row between-ends" }, h("h2", {}, one.name, one.name === capabilities.default_embedder ? " (default)" : ""), h("span", { class: "row" }, h("span", { class: "badge" }, one.kind.replaceAll("_", " ")), badge)),
    one.failure && h("p", { class: "bad" }, one.failure), card?.summary && h("p", {}, card.summary), card?.advice && h("p", { class: "soft small" }, card.advice),
    h("div", { class: "figures" }, figure("Memory", one.memory_bytes === null ? null : bytes(one.memory_bytes), "the process grew by this while loading"),
      figure("Calls", one.calls === null ? null : whole(one.calls), one.contents === null ? "" : `${whole(one.contents)} contents`),
      figure("Batch", one.batch_contents === null ? null : whole(one.batch_contents), one.batches === null ? "" : `median size, ${whole(one.batches)} passes`),
      figure("Waiting", one.waiting.queries === null && one.waiting.ingestion === null ? null : whole((one.waiting.queries ?? 0) + (one.waiting.ingestion ?? 0)), `${whole(one.waiting.queries ?? 0)} of searches, ${whole(one.waiting.ingestion ?? 0)} of documents`)),
    h("div", { class: "two" }, h("div", {}, h("h3", {}, "Speed"), speed(one)), card?.available && h("div", {}, h("h3", {}, "What vectors take"),
      table(`Storage of ${one.name}`, ["Dimensions", "A view", "A million views"], card.storage.map((size) => row(String(size.dimensions), bytes(size.bytes_per_view), `${size.gib_per_million_views} GiB`))))),
    card?.available && pairs([["Embeds", card.modalities.join(", ")], ["Text and picture together", card.joint ? "yes, as one vector" : "no, averaged by weight"], ["Longest text", card.max_text_tokens && `${whole(card.max_text_tokens)} tokens`], ["Licence", card.licence], ["Fingerprint", h("span", { class: "mono" }, card.fingerprint)]]));
}

function figure(label, value, note) {
  return h("div", { class: "figure" }, h("span", { class: "soft" }, label), h("b", {}, value ?? "–"), h("small", { class: "soft" }, value === null ? "cannot be told here" : note));
}

function speed(one) {
  const steps = Object.entries(one.steps_ms);
  if (!steps.length) return h("p", { class: "soft" }, one.calls === null ? "Not known: no worker tells." : "It was not called since the start.");
  return table(`Steps of ${one.name}`, ["Step", "Median"], steps.map(([step, value]) => row(STEPS[step] ?? step, ms(value))));
}

function vision(model) {
  if (!model) return h("p", {}, "No vision model is configured (MARGAY_RERANK__VLM_URL).");
  return h("p", { class: "row" }, "Vision model: ", h("b", {}, model.model), h("span", { class: `badge ${model.available ? "good" : "bad"}` }, model.available ? "answers" : "does not answer"), model.reason);
}

function timed(seconds) {
  return seconds === null ? "–" : ms(seconds * 1000);
}

function rerankers(capabilities, figures) {
  const stages = matching(figures, "margay_rerank_stage_seconds_count");
  return h("article", { class: "panel stack" }, h("h2", {}, "Reranking"),
    vision(capabilities.vision),
    h("p", {}, capabilities.cross_encoders.length ? `Cross-encoders: ${capabilities.cross_encoders.join(", ")}.` : "No cross-encoder is configured."),
    stages.length ? table("Stages of reranking", ["Stage", "Ended", "Times", "Median"], stages.map(({ labels, value }) => row(labels.stage, labels.status, whole(value), timed(percentile(between(figures, null, "margay_rerank_stage_seconds", { stage: labels.stage, status: labels.status }), 0.5)))))
      : h("p", { class: "soft" }, "No stage has run in this process since its start."));
}
