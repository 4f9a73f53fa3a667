// A number between bounds: how many lie where, two handles to drag, two fields to type in.

import { element } from "./dom.js";
import { numberOf } from "./query.js";
import { wordsOf } from "./wording.js";

const BARS = 16;
const WIDE = 30; // from so many times the least on, equal factors are equal lengths

// Round ends, what is in which place between them, and back; null where there is nothing to choose.
export function edgesOf({ min, max }) {
  if (min === max) return null;
  const wide = min > 0 && max / min > WIDE;
  const unitOf = (value) => 10 ** Math.floor(wide ? Math.log10(value) - 1 : Math.log10((max - min) / 20));
  const round = (value, how) => Number((how(value / unitOf(value)) * unitOf(value)).toPrecision(9));
  const [low, high] = [round(min, Math.floor), round(max, Math.ceil)];
  const [to, from] = wide ? [Math.log, Math.exp] : [Number, Number];
  return {
    low,
    high,
    at: (place) => round(from(to(low) + ((to(high) - to(low)) * place) / BARS), Math.round),
    placeOf: (value) => (BARS * (to(Math.max(value, low)) - to(low))) / (to(high) - to(low)),
  };
}

// What is to be counted: stretches of equal length, the outermost ones without an end.
export function spansOf({ at }) {
  const edge = (place) => (place % BARS ? at(place) : null);
  return Array.from({ length: BARS }, (_, place) => [edge(place), edge(place + 1)]);
}

export function rangeOf(name, { low, high, at, placeOf }, ranges, given, onChange) {
  const now = { from: null, to: null, ...given };
  const most = Math.max(1, ...ranges.map(({ count }) => count));
  const bars = ranges.map(({ count }) => {
    const bar = element("i");
    bar.style.setProperty("--share", count / most);
    return bar;
  });
  const side = (key, end, label, within) => {
    const input = (type, words, more) => element("input", { type, id: `filter-${name}-${key}-${type}`, "aria-label": `${wordsOf(name)}, ${words}`, ...more });
    const handle = input("range", `handle ${label}`, { min: 0, max: BARS, step: 0.2, input() {
      const value = within(at(handle.value));
      now[key] = value === end ? null : value;
      draw();
    }, change: () => onChange(now) });
    const field = input("number", label, { class: "input", step: "any", placeholder: end, change() {
      now[key] = numberOf(field.value);
      onChange(now);
    } });
    const draw = () => {
      handle.value = placeOf(now[key] ?? end);
      field.value = now[key] ?? "";
      handle.ariaValueText = now[key] ?? end;
      box.style.setProperty(`--${key}`, handle.value / BARS);
    };
    return { handle, field, draw };
  };
  // The handles may meet, but not pass each other.
  const from = side("from", low, "at least", (value) => Math.min(value, now.to ?? high));
  const to = side("to", high, "at most", (value) => Math.max(value, now.from ?? low));
  const box = element("div", { class: "range" }, element("div", { class: "histogram", "aria-hidden": "true" }, ...bars), from.handle, to.handle);
  from.draw();
  to.draw();
  return [box, element("div", { class: "between" }, from.field, element("span", { text: "to" }), to.field)];
}
