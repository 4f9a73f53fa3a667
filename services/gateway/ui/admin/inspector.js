// The query inspector: one search, with every stage, its time and its order side by side.

import { button, field, fill, h, ms, problem, say, select, toast } from "./dom.js";
import { report } from "./inspected.js";
import { at, get, post } from "./server.js";

const STAGES = [["", "the index's own"], ["none", "none"], ["signals", "signals: popularity 2, out of stock last"], ["cross_encoder", "cross-encoder"], ["vlm", "vision model"], ["all", "signals, then vision model"]];
const SPECS = {
  none: [],
  signals: [{ stage: "signals", weights: { popularity: 2 }, out_of_stock_last: true }],
  cross_encoder: [{ stage: "cross_encoder" }],
  vlm: [{ stage: "vlm", reasons: "all" }],
  all: [{ stage: "signals", weights: { popularity: 2 }, out_of_stock_last: true }, { stage: "vlm", reasons: "all" }],
};

export async function show({ body, query, signal }) {
  await fill(body, async () => {
    const { items } = await get("/v1/indexes", { signal });
    if (!items.length) return h("div", { class: "panel empty" }, h("h2", {}, "No index to search"), h("a", { class: "button primary", href: "#indexes/new" }, "Make one first"));
    return inspector(items, query.get("index"), signal);
  });
}

function inspector(indexes, chosen, signal) {
  const index = select(indexes.map(({ name }) => name), chosen ?? indexes[0].name);
  const words = h("input", { class: "input", type: "search", maxlength: 2000, placeholder: "a striped navy mug under $20" });
  const picture = h("input", { class: "input", type: "file", accept: "image/*" });
  const shown = h("span");
  const lexical = h("input", { class: "input", type: "number", min: 0, max: 1, step: "any", value: 0.3 });
  const understand = h("input", { type: "checkbox", checked: true });
  const rerank = select(STAGES, "");
  const limit = select(["10", "20", "50"], "20");
  const results = h("div", { class: "stack", role: "region", "aria-label": "What happened" });
  const go = h("button", { class: "button primary", type: "submit" }, "Run the query");
  let address = "";
  picture.addEventListener("change", () => {
    if (address) URL.revokeObjectURL(address);
    address = picture.files[0] ? URL.createObjectURL(picture.files[0]) : "";
    shown.replaceChildren(...(address ? [h("img", { class: "thumb", src: address, alt: "The query's picture" }), button("Remove the picture", () => { picture.value = ""; picture.dispatchEvent(new Event("change")); }, { kind: "quiet" })] : []));
  });
  const form = h("form", { class: "panel stack" },
    h("div", { class: "field-grid" }, field("Index", index), field("Words", words), field("Picture", picture), field("Weight of the leg of words (0 to 1)", lexical, "0: by vectors only"), field("Reranking", rerank), field("Hits", limit)),
    h("div", { class: "row" }, h("label", { class: "switch" }, understand, "Understand prices, sizes and values"), shown), h("div", {}, go));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    results.replaceChildren(h("div", { class: "notice", role: "status" }, h("span", { class: "working" }), "Searching …"));
    try {
      const { request, answer, took } = await run();
      results.replaceChildren(...report(request, answer, took));
      say(`${answer.hits.length} hits in ${ms(took)}.`);
    } catch (error) {
      if (error.name !== "AbortError") results.replaceChildren(problem(error));
    } finally {
      go.disabled = false;
    }
  });
  return [form, results];

  async function run() {
    const request = { limit: Number(limit.value), explain: true };
    if (words.value.trim()) request.text = words.value.trim();
    if (picture.files[0]) request.image = await upload(picture.files[0], signal);
    if (!request.text && !request.image) toast("Give words, a picture, or both.");
    if (request.text && Number(lexical.value) > 0) request.hybrid = { lexical: Number(lexical.value) };
    if (request.text && understand.checked) request.understand = true;
    if (rerank.value) request.rerank = SPECS[rerank.value];
    const began = performance.now();
    const answer = await post(at`/v1/indexes/${index.value}/search`, request, { signal });
    return { request, answer, took: performance.now() - began };
  }
}

async function upload(file, signal) {
  const form = new FormData();
  form.append("file", file);
  const { id } = await post("/v1/media", undefined, { form, signal });
  return id;
}
