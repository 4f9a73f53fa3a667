// One job: live progress, what failed with its picture and its reason, another try, or an end.

import { confirm } from "./dialogs.js";
import { button, counted, fill, h, noThumbnail, pairs, problem, row, say, select, table, thumbnail, toast, when } from "./dom.js";
import { kindOf, liveProgress } from "./progress.js";
import { explained } from "./reasons.js";
import { sentPicture } from "./sent.js";
import { at, get, picture, post } from "./server.js";

const ITEM_STATES = ["failed", "queued", "prepared", "succeeded", "cancelled"];
const AT_ONCE = 4;

export async function show({ body, title, signal }, id) {
  title.textContent = "Job";
  await fill(body, async () => {
    const job = await get(at`/v1/jobs/${id}`, { signal });
    title.textContent = `${kindOf(job)}: ${job.index}`;
    return drawn(job, signal);
  }, { label: "Loading the job …" });
}

function drawn(first, signal) {
  let job = first;
  const acts = h("div", { class: "row" });
  const trouble = h("div");
  const items = h("div", { class: "stack" });
  const live = h("div");
  const wanted = select(ITEM_STATES.map((state) => [state, `${state} items`]), job.counts.failed || !job.total ? "failed" : "succeeded", { "aria-label": "Which items" });
  const list = () => fill(items, () => itemsOf(job, wanted.value, signal));
  wanted.addEventListener("change", list);
  follow();
  list();
  return [h("p", {}, h("a", { href: "#jobs" }, "All jobs")),
    h("div", { class: "panel stack" }, live, acts, trouble, pairs([
      ["Job", h("span", { class: "mono" }, job.id)], ["Index", h("a", { href: `#documents/${encodeURIComponent(job.index)}` }, job.index)],
      ["Source", job.source ? h("code", {}, JSON.stringify(job.source)) : null], ["Accepted", when(job.created_at)]])),
    h("div", { class: "row between-ends" }, h("h2", {}, "Items"), wanted), items];

  function follow() {
    let failed = job.counts.failed;
    live.replaceChildren(liveProgress(job.id, { signal, linked: false, onchange(now) {
      job = now;
      buttons();
      if (now.counts.failed > failed && wanted.value === "failed" && !items.contains(document.activeElement)) list();
      failed = now.counts.failed;
    }, onend(now) {
      say(`The job is ${now.state.replaceAll("_", " ")}.`);
      list();
    } }));
    buttons();
  }

  // Redrawn only when what can be done has changed, so that focus is not lost at each event.
  function buttons() {
    const can = `${job.finished_at ? "" : "cancel"} ${job.counts.failed && job.finished_at ? job.counts.failed : ""}`;
    if (acts.dataset.can === can) return;
    acts.dataset.can = can;
    acts.replaceChildren(...[
      !job.finished_at && button("Cancel …", cancel, { kind: "danger" }),
      job.finished_at && job.counts.failed > 0 && button(`Retry ${counted(job.counts.failed, "failed item")}`, retry),
    ].filter(Boolean));
  }

  async function retry(event) {
    event.currentTarget.disabled = true;
    trouble.replaceChildren();
    try {
      job = await post(`${at`/v1/jobs/${job.id}/retry`}?only=failed`);
      toast("The failed items are queued again.");
      follow();
      list();
    } catch (error) {
      trouble.replaceChildren(problem(error));
      delete acts.dataset.can;
      buttons();
    }
  }

  async function cancel() {
    const done = await confirm({
      title: "Cancel this job?",
      sentences: [`What is done stays done: ${counted(job.counts.succeeded, "document")}. What is still to do is not begun, and a rebuild's new collection is dropped.`],
      verb: "Cancel the job",
      act: () => post(at`/v1/jobs/${job.id}/cancel`),
    });
    if (done) toast("The job is cancelled.");
  }
}

async function itemsOf(job, state, signal, cursor) {
  const wanted = new URLSearchParams({ state, limit: "50" });
  if (cursor) wanted.set("cursor", cursor);
  const page = await get(`${at`/v1/jobs/${job.id}/items`}?${wanted}`, { signal });
  if (!page.items.length) return h("p", { class: "soft" }, state === "failed" ? "No item has failed." : `No item is ${state}.`);
  const places = page.items.map((item) => [item, h("span", {}, noThumbnail())]);
  pictures(job.index, places, signal);
  const shown = table(`Items that are ${state}`, ["Picture", "Document", "What happened", "Tries", "When"], places.map(([item, place]) => line(job, item, place)));
  const more = page.next_cursor && button("More items", async (event) => {
    event.currentTarget.disabled = true;
    const next = await itemsOf(job, state, signal, page.next_cursor).catch((error) => problem(error));
    more.replaceWith(...[next].flat().filter(Boolean));
  });
  return [shown, more].filter(Boolean);
}

function line(job, item, place) {
  const { error } = item;
  const href = `#documents/${encodeURIComponent(job.index)}/${encodeURIComponent(item.document_id)}`;
  return row(place, [item.state === "succeeded" ? h("a", { href }, item.document_id) : h("span", { class: "mono" }, item.document_id), h("small", { class: "soft block" }, `row ${item.ordinal + 1}`)],
    error ? [h("span", { class: "badge bad" }, error.code), h("span", { class: "block" }, error.detail), h("small", { class: "soft block" }, explained(error.code))] : item.state,
    [String(item.attempts), item.crashes ? h("small", { class: "bad block" }, counted(item.crashes, "crash").replace("crashs", "crashes")) : null], when(item.updated_at));
}

// A few at a time.
async function pictures(index, places, signal) {
  const left = [...places];
  const worker = async () => {
    for (let next = left.shift(); next && !signal.aborted; next = left.shift()) {
      const [item, place] = next;
      const address = await pictureOf(index, item, signal);
      if (address) place.replaceChildren(thumbnail(address));
      else if (item.picture && !item.picture.startsWith("/")) place.replaceChildren(elsewhere(item.picture));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

// What was sent: from this tab, or as the server still has it; else the document as it is stored.
async function pictureOf(index, { document_id: id, picture: path, state }, signal) {
  const sent = sentPicture(index, id);
  if (sent) return sent;
  const known = path?.startsWith("/") && state !== "succeeded" && (await picture(path, { signal }));
  return known || storedPicture(index, id, signal);
}

// A picture of another server, which neither we nor this browser ask for the sake of a look.
function elsewhere(address) {
  return h("small", { class: "soft", title: address }, `at ${URL.canParse(address) ? new URL(address).host : "another server"}`);
}

async function storedPicture(index, id, signal) {
  if (!/^[-.\w]+$/.test(id)) return null; // the number of a row that has no id
  const query = new URLSearchParams({ limit: "1" });
  if (before(id)) query.set("cursor", before(id));
  try {
    // Asked for as a listing, as a document that is not there is no refusal then.
    const { items } = await get(`${at`/v1/indexes/${index}/documents`}?${query}`, { signal });
    const found = items.find((each) => each.id === id);
    const media = found && [...found.images, ...found.video, ...found.files, ...found.audio][0];
    return media?.thumbnail_url ?? null;
  } catch {
    return null;
  }
}

const LETTERS = "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
const LONGEST = 128;

// A cursor just before the id: the listing then begins with it, if it is there.
function before(id) {
  const start = id.slice(0, -1);
  const letter = LETTERS[LETTERS.indexOf(id.at(-1)) - 1];
  return letter ? `${start}${letter}`.padEnd(LONGEST, "z") : start;
}
