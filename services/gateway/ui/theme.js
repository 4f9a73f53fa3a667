// The colours someone chose, set before anything is drawn; without a choice the system's hold.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  function shown() {
    return root.dataset.theme || (dark.matches ? "dark" : "light");
  }

  function name(button) {
    button.setAttribute("aria-label", shown() === "dark" ? "Use light colours" : "Use dark colours");
  }

  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  } catch {
    // Storage that is forbidden: the system's colours are as good.
  }
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    if (!button) return;
    name(button);
    dark.addEventListener("change", () => name(button));
    button.addEventListener("click", () => {
      root.dataset.theme = shown() === "dark" ? "light" : "dark";
      name(button);
      try {
        localStorage.setItem("theme", root.dataset.theme);
      } catch {
        // Then it holds until the page is closed.
      }
    });
  });
})();
