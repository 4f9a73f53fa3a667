// Models: what each embeds, what its vectors take, how fast it is here, in batches of which size.

import { bytes, fill, h, ms, pairs, row, table, whole } from "./dom.js";
import { between, matching, percentile, samples, total } from "./figures.js";
import { get, text } from "./server.js";

export async function show({ body, signal }) {
  await fill(body, async () => {
    const [capabilities, figures] = await Promise.all([get("/v1/capabilities", { signal }), text("/metrics", { signal }).then(samples)]);
    return [...capabilities.embedders.map((one) => embedder(one, capabilities, figures)), rerankers(capabilities, figures)];
  }, { label: "Asking the models …" });
}

function embedder(one, capabilities, figures) {
  const badge = one.available ? h("span", { class: "badge good" }, "available") : h("span", { class: "badge bad" }, "not available");
  return h("article", { class: "panel stack", "aria-label": `Embedder ${one.name}` },
    h("div", { class: "row between-ends" }, h("h2", {}, one.name, one.name === capabilities.default_embedder ? " (default)" : ""), badge),
    one.reason && h("p", { class: "bad" }, one.reason), one.summary && h("p", {}, one.summary), one.advice && h("p", { class: "soft small" }, one.advice),
    one.available && pairs([["Embeds", one.modalities.join(", ")], ["Text and picture together", one.joint ? "yes, as one vector" : "no, averaged by weight"], ["Longest text", one.max_text_tokens && `${whole(one.max_text_tokens)} tokens`], ["Licence", one.licence], ["Fingerprint", h("span", { class: "mono" }, one.fingerprint)]]),
    one.available && h("div", { class: "two" },
      h("div", {}, h("h3", {}, "What vectors take"), table(`Storage of ${one.name}`, ["Dimensions", "A view", "A million views"], one.storage.map((size) => row(String(size.dimensions), bytes(size.bytes_per_view), `${size.gib_per_million_views} GiB`)))),
      h("div", {}, h("h3", {}, "Speed in this process"), speed(one.name, figures))));
}

function speed(name, figures) {
  const steps = [...new Set(matching(figures, "margay_embed_seconds_count", { embedder: name }).map(({ labels }) => labels.step))];
  const purposes = [...new Set(matching(figures, "margay_embed_batch_contents_count", { embedder: name }).map(({ labels }) => labels.purpose))];
  if (!steps.length && !purposes.length) return h("p", { class: "soft" }, "Nothing was embedded in this process since its start.");
  const seconds = steps.map((step) => {
    const histogram = between(figures, null, "margay_embed_seconds", { embedder: name, step });
    return row(step, whole(total(figures, "margay_embed_seconds_count", { embedder: name, step })), ...[0.5, 0.95].map((share) => timed(percentile(histogram, share))));
  });
  const sizes = purposes.map((purpose) => {
    const labels = { embedder: name, purpose };
    const calls = total(figures, "margay_embed_batch_contents_count", labels);
    return row(purpose, whole(calls), (total(figures, "margay_embed_batch_contents_sum", labels) / Math.max(calls, 1)).toFixed(1), whole(Math.ceil(percentile(between(figures, null, "margay_embed_batch_contents", labels), 1) ?? 0)));
  });
  return h("div", { class: "stack" }, steps.length > 0 && table(`Steps of ${name}`, ["Step", "Calls", "Median", "95 %"], seconds),
    purposes.length > 0 && table(`Batches of ${name}`, ["Batches for", "Passes", "Mean size", "At most"], sizes));
}

function timed(seconds) {
  return seconds === null ? "–" : ms(seconds * 1000);
}

function rerankers(capabilities, figures) {
  const stages = matching(figures, "margay_rerank_stage_seconds_count");
  return h("article", { class: "panel stack" }, h("h2", {}, "Reranking"),
    h("p", {}, capabilities.cross_encoders.length ? `Cross-encoders: ${capabilities.cross_encoders.join(", ")}.` : "No cross-encoder is configured."),
    stages.length ? table("Stages of reranking", ["Stage", "Ended", "Times", "Median"], stages.map(({ labels, value }) => row(labels.stage, labels.status, whole(value), timed(percentile(between(figures, null, "margay_rerank_stage_seconds", { stage: labels.stage, status: labels.status }), 0.5)))))
      : h("p", { class: "soft" }, "No stage has run in this process since its start."));
}
