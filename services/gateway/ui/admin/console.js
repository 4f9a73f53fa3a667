// The console: asks for the key where one is needed, and shows the section that the address names.

import * as analytics from "./analytics.js";
import * as configurations from "./configurations.js";
import { h, problem } from "./dom.js";
import * as documents from "./documents.js";
import * as evaluations from "./evaluations.js";
import * as experiments from "./experiments.js";
import * as importing from "./importing.js";
import * as indexes from "./indexes.js";
import * as inspector from "./inspector.js";
import * as jobs from "./jobs.js";
import * as models from "./models.js";
import * as overview from "./overview.js";
import * as queues from "./queues.js";
import { get, hasKey, onRefused, useKey } from "./server.js";

const SECTIONS = {
  overview: ["Overview", overview],
  indexes: ["Indexes", indexes],
  import: ["Import", importing],
  jobs: ["Jobs", jobs],
  queues: ["Queues", queues],
  documents: ["Documents", documents],
  models: ["Models", models],
  inspect: ["Query inspector", inspector],
  analytics: ["Analytics", analytics],
  configurations: ["Configurations", configurations],
  experiments: ["Experiments", experiments],
  evaluations: ["Evaluations", evaluations],
};

const find = (id) => document.getElementById(id);
const view = find("view");
let leave = new AbortController();

for (const [name, [label]] of Object.entries(SECTIONS)) {
  find("sections").append(h("a", { href: `#${name}`, "data-section": name }, label));
}

find("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  useKey(find("key").value.trim());
  enter();
});
find("forget").addEventListener("click", () => {
  useKey("");
  enter();
});
onRefused((refusal) => { if (!view.hidden) lock(refusal.message); });
addEventListener("hashchange", () => show({ moved: true }));
addEventListener("again", () => show({ moved: false })); // a section whose subject has changed
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  (view.hidden ? find("key") : view).focus();
});
enter();

// Queues can be read with an admin key only: whoever can read them may open the console.
async function enter() {
  const submit = find("key-form").querySelector("button");
  submit.disabled = true;
  find("gate-problem").textContent = "";
  try {
    await get("/v1/queues");
  } catch (error) {
    const sentence = error.status === 403 && hasKey() ? `${error.message}. The console needs a key with the scope admin.` : error.message;
    lock(error.status === 401 && !hasKey() ? "" : sentence);
    return;
  } finally {
    submit.disabled = false;
  }
  find("gate").hidden = true;
  find("key").value = "";
  find("forget").hidden = !hasKey();
  for (const id of ["view", "sections"]) find(id).hidden = false;
  show({ moved: false });
}

function lock(sentence) {
  leave.abort();
  useKey("");
  view.replaceChildren();
  for (const id of ["view", "sections", "forget"]) find(id).hidden = true;
  find("gate").hidden = false;
  find("gate-problem").textContent = sentence;
  find("key").focus();
}

// The address: #section/part/part?name=value.
function place() {
  const [path, query = ""] = location.hash.slice(1).split("?");
  try {
    const [name, ...parts] = path.split("/").map(decodeURIComponent);
    if (name in SECTIONS) return { name, parts, query: new URLSearchParams(query) };
  } catch {
    // Half an escape in a mistyped address: begin where everyone begins.
  }
  return { name: "overview", parts: [], query: new URLSearchParams() };
}

async function show({ moved }) {
  if (view.hidden) return;
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const { name, parts, query } = place();
  const [label, section] = SECTIONS[name];
  for (const link of find("sections").children) {
    link.toggleAttribute("aria-current", false);
    if (link.dataset.section !== name) continue;
    link.setAttribute("aria-current", "page");
    link.parentElement.scrollLeft = link.offsetLeft - (link.parentElement.clientWidth - link.offsetWidth) / 2; // the bar of a phone
  }
  document.title = `${label} – Margay console`;
  const title = h("h1", { id: "section-title", tabindex: "-1" }, label);
  const head = h("header", { class: "section-head" }, title);
  const body = h("div", { class: "stack" });
  view.replaceChildren(head, body);
  if (moved) {
    title.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  try {
    await section.show({ body, head, title, parts, query, signal });
  } catch (error) {
    if (!signal.aborted) body.replaceChildren(problem(error, () => show({ moved: false })));
  }
}
