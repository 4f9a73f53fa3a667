// The colours someone chose, set before anything is drawn; without a choice the system's hold.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const shown = () => root.dataset.theme || (dark.matches ? "dark" : "light");
  // Storage may be forbidden: then the choice holds until the page is closed.
  const stored = (act) => { try { return act(localStorage); } catch { return null; } };

  const chosen = stored((all) => all.getItem("theme"));
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const name = () => button.setAttribute("aria-label", shown() === "dark" ? "Use light colours" : "Use dark colours");
    name();
    dark.addEventListener("change", name);
    button.addEventListener("click", () => {
      root.dataset.theme = shown() === "dark" ? "light" : "dark";
      name();
      stored((all) => all.setItem("theme", root.dataset.theme));
    });
  });
})();
