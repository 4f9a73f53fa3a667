// Questions before what cannot be undone, in a modal dialog that gives focus back.

import { button, field, h, problem, unique } from "./dom.js";

// Resolves to what `act` returned, or to null when the person changed their mind.
export function confirm({ title, sentences, act, verb, typed, danger = true }) {
  const id = unique("dialog");
  const before = document.activeElement;
  const trouble = h("div");
  const go = h("button", { type: "submit", class: `button ${danger ? "danger" : "primary"}`, disabled: Boolean(typed) }, verb);
  const input = typed && h("input", { class: "input", autocomplete: "off", spellcheck: "false" });
  const form = h("form", { class: "dialog-body stack", method: "dialog" },
    sentences.map((sentence) => h("p", {}, sentence)),
    input && field(`Type ${typed} to confirm`, input), trouble,
    h("div", { class: "row end" }, button("Cancel", () => dialog.close(), { kind: "quiet" }), go));
  const dialog = h("dialog", { class: "dialog narrow", "aria-labelledby": id },
    h("header", {}, h("h2", { id }, title)), form);
  input?.addEventListener("input", () => { go.disabled = input.value !== typed; });
  document.body.append(dialog);
  dialog.showModal();
  input?.focus();
  return new Promise((resolve) => {
    let answer = null;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (typed && input.value !== typed) return;
      go.disabled = true;
      trouble.replaceChildren();
      try {
        answer = (await act()) ?? true;
        dialog.close();
      } catch (error) {
        go.disabled = false;
        trouble.replaceChildren(problem(error));
      }
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (before?.isConnected) before.focus();
      resolve(answer);
    });
  });
}
