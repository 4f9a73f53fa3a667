// Elements, the only way that words of the server get into the console; and how figures are written.

const SVG = "http://www.w3.org/2000/svg";

// h("p", { class: "soft", onclick }, "text", child): strings become text, never markup.
export function h(tag, properties = {}, ...children) {
  return dress(document.createElement(tag), properties, children);
}

export function svg(tag, properties = {}, ...children) {
  return dress(document.createElementNS(SVG, tag), properties, children);
}

function dress(made, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

export function button(label, onclick, { kind = "", ...more } = {}) {
  return h("button", { type: "button", class: `button small ${kind}`.trim(), onclick, ...more }, label);
}

export function field(label, control, note) {
  const id = control.id || unique("f");
  control.id = id;
  if (note) control.setAttribute("aria-describedby", `${id}-note`);
  return h("div", { class: "field" }, h("label", { for: id }, label), control,
    note && h("small", { id: `${id}-note`, class: "soft" }, note));
}

// What the names of things may look like, and the words for it: a browser says only that they are wrong.
export const SHAPES = {
  saved: ["[a-z0-9][a-z0-9._\\-]{0,63}", "1-64 small letters, digits, '.', '_' or '-', beginning with a letter or digit"],
  index: ["[a-z][a-z0-9_]{0,47}", "1-48 small letters, digits or '_', beginning with a letter"],
  document: ["[A-Za-z0-9][A-Za-z0-9._\\-]{0,127}", "1-128 letters, digits, '.', '_' or '-', beginning with a letter or digit"],
};

// A field for a required name of one of those shapes.
export function nameInput([pattern, words], properties = {}) {
  const made = h("input", { class: "input", required: true, pattern, autocomplete: "off", spellcheck: "false", ...properties });
  made.addEventListener("input", () => made.setCustomValidity(made.validity.patternMismatch ? `It must be ${words}.` : ""));
  return made;
}

// What is compared, the control last: `words and signals against default`.
export function versus([control, ...others]) {
  if (!others.length) return control;
  return `${others.length === 1 ? others[0] : `${others.slice(0, -1).join(", ")} and ${others.at(-1)}`} against ${control}`;
}

export function select(options, chosen, properties = {}) {
  const made = h("select", { class: "select", ...properties });
  for (const option of options) {
    const [value, label] = Array.isArray(option) ? option : [option, option];
    made.append(h("option", { value, selected: String(value) === String(chosen) }, label));
  }
  return made;
}

export function pairs(entries, properties = {}) {
  const shown = entries.filter(([, value]) => value !== null && value !== undefined);
  return h("dl", { class: "pairs", ...properties }, shown.map(([term, value]) => [h("dt", {}, term), h("dd", {}, value)]));
}

export function table(caption, heads, rows) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", { class: "table" }, h("caption", { class: "hidden" }, caption),
      h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, rows)));
}

export function row(...cells) {
  return h("tr", {}, cells.map((cell) => h("td", {}, cell)));
}

export function thumbnail(address, name = "") {
  const image = h("img", { class: "thumb", src: address, alt: name, loading: "lazy", width: 48, height: 48 });
  image.addEventListener("error", () => image.replaceWith(noThumbnail()));
  return image;
}

export function noThumbnail() {
  return h("span", { class: "thumb none", "aria-hidden": "true" });
}

export function meter(share, label) {
  const bar = h("i");
  const made = h("div", { class: "meter", role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100 }, bar);
  made.move = (now) => {
    bar.style.setProperty("--share", now);
    made.setAttribute("aria-valuenow", Math.round(now * 100));
  };
  made.move(share);
  return made;
}

// Said to whoever cannot see the change.
export function say(sentence) {
  document.getElementById("said").textContent = sentence;
}

// A short word on what was done, shown and said.
export function toast(sentence) {
  const made = h("p", { class: "toast" }, sentence);
  document.getElementById("toasts").append(made);
  setTimeout(() => made.remove(), 6000);
  say(sentence);
}

export function problem(error, again) {
  return h("div", { class: "notice bad", role: "alert" }, h("span", {}, error.message), again && button("Try again", again));
}

export function waiting(label = "Loading …") {
  return h("div", { class: "waiting", role: "status" }, h("span", { class: "hidden" }, label),
    h("div", { class: "skeleton" }), h("div", { class: "skeleton" }), h("div", { class: "skeleton" }));
}

// A place whose content has to be fetched: skeleton, then content or the problem with another try.
export async function fill(place, make, { label } = {}) {
  place.replaceChildren(waiting(label));
  try {
    place.replaceChildren(...[await make()].flat().filter(Boolean));
  } catch (error) {
    if (error.name === "AbortError") return;
    place.replaceChildren(problem(error, () => fill(place, make, { label })));
  }
}

let made = 0;
export function unique(prefix) {
  made += 1;
  return `${prefix}-${made}`;
}

export function counted(number, noun) {
  return `${whole(number)} ${noun}${number === 1 ? "" : "s"}`;
}

export function whole(number) {
  return Number(number).toLocaleString("en-GB");
}

export function bytes(number) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let place = 0;
  let left = number;
  while (left >= 1024 && place < units.length - 1) { left /= 1024; place += 1; }
  return `${place === 0 ? left : left.toFixed(left < 10 ? 1 : 0)} ${units[place]}`;
}

export function ms(number) {
  if (number === null || number === undefined) return "–";
  return number >= 1000 ? `${(number / 1000).toFixed(2)} s` : `${number.toFixed(number < 10 ? 1 : 0)} ms`;
}

export function when(moment) {
  if (!moment) return "–";
  const date = new Date(moment);
  return h("time", { datetime: moment, title: date.toISOString() },
    date.toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" }));
}
