// Jobs: all of them with filters, kept up to date while any is under way.

import { button, field, fill, h, meter, row, select, table, when } from "./dom.js";
import * as job from "./job.js";
import { every } from "./live.js";
import { countsOf, JOB_STATES, kindOf, paceOf, shareOf, stateBadge } from "./progress.js";
import { get } from "./server.js";

const REFRESH_MS = 2500;

export async function show(section) {
  const { body, parts, query, signal } = section;
  if (parts[0]) return job.show(section, parts[0]);
  const { items: indexes } = await get("/v1/indexes", { signal });
  const index = select([["", "all indexes"], ...indexes.map(({ name }) => name)], query.get("index") ?? "");
  const state = select([["", "any state"], ...JOB_STATES.map((each) => [each, each.replaceAll("_", " ")])], query.get("state") ?? "");
  const list = h("div", { class: "stack" });
  body.append(h("form", { class: "row filters-row", onsubmit: (event) => event.preventDefault() }, field("Index", index), field("State", state)), list);
  for (const control of [index, state]) control.addEventListener("change", narrow);
  await fill(list, () => read(), { label: "Loading the jobs …" });
  // What was paged further down stays as it was; the first page is the one that moves.
  await every(REFRESH_MS, async () => {
    if (!list.querySelector("[data-under-way]") || list.dataset.further || list.contains(document.activeElement)) return;
    list.replaceChildren(...[await read()].flat());
  }, signal);

  function narrow() {
    const wanted = new URLSearchParams();
    if (index.value) wanted.set("index", index.value);
    if (state.value) wanted.set("state", state.value);
    history.replaceState(null, "", `#jobs${wanted.size ? `?${wanted}` : ""}`);
    delete list.dataset.further;
    fill(list, () => read());
  }

  async function read(cursor) {
    const wanted = new URLSearchParams({ limit: "50" });
    if (index.value) wanted.set("index", index.value);
    if (state.value) wanted.set("state", state.value);
    if (cursor) wanted.set("cursor", cursor);
    const page = await get(`/v1/jobs?${wanted}`, { signal });
    if (!page.items.length && !cursor) return h("div", { class: "panel empty" }, h("h2", {}, "No jobs"), h("p", {}, "Every import, upload and rebuild is a job and is listed here."));
    const more = page.next_cursor && button("Older jobs", async (event) => {
      list.dataset.further = "yes";
      event.currentTarget.disabled = true;
      const older = await read(page.next_cursor).catch(() => null);
      if (older) more.replaceWith(...[older].flat().filter(Boolean));
    });
    return [table("Jobs, newest first", ["Job", "Index", "State", "Progress", "Began"], page.items.map(line)), more].filter(Boolean);
  }
}

function line(one) {
  const bar = meter(shareOf(one), `Progress of ${kindOf(one)} into ${one.index}`);
  const made = row(h("a", { href: `#jobs/${encodeURIComponent(one.id)}` }, kindOf(one), h("small", { class: "mono soft block" }, one.id)),
    one.index, stateBadge(one.state),
    h("div", { class: "job-progress" }, bar, h("small", { class: "numbers" }, countsOf(one)), h("small", { class: "soft numbers" }, paceOf(one))),
    when(one.created_at));
  if (!one.finished_at) made.setAttribute("data-under-way", "");
  return made;
}
