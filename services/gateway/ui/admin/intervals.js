// Figures with what they may as well be: a dot between two ends, on a scale that rows share.

import { h, svg } from "./dom.js";

const WIDTH = 200;
const HEIGHT = 24;
const EDGE = 8;

// The ends of a scale that holds every [low, high] and, where it is given, `hold`.
export function scaleOf(intervals, { hold } = {}) {
  const all = [...intervals.flat(), ...(hold === undefined ? [] : [hold])].filter((each) => Number.isFinite(each));
  const [low, high] = [Math.min(...all), Math.max(...all)];
  return all.length && low < high ? { low, high } : { low: (all[0] ?? 0) - 0.5, high: (all[0] ?? 0) + 0.5 };
}

// `mark` is what to compare with: no difference, say. `words` are read instead of the drawing.
export function interval({ value, low, high, scale, mark, words, tone = "" }) {
  const x = (at) => EDGE + ((Math.min(Math.max(at, scale.low), scale.high) - scale.low) / (scale.high - scale.low)) * (WIDTH - 2 * EDGE);
  const middle = HEIGHT / 2;
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: `interval ${tone}`.trim(), role: "img", "aria-label": words },
    svg("line", { class: "grid-line", x1: EDGE, x2: WIDTH - EDGE, y1: middle, y2: middle }),
    mark !== undefined && svg("line", { class: "mark", x1: x(mark), x2: x(mark), y1: 2, y2: HEIGHT - 2 }),
    Number.isFinite(low) && svg("line", { class: "whisker", x1: x(low), x2: x(high), y1: middle, y2: middle }),
    svg("circle", { cx: x(value), cy: middle, r: 5 }));
}

export const percent = (share, digits = 1) => (share === null || share === undefined ? "–" : `${(share * 100).toFixed(digits)} %`);

export const signed = (share, digits = 1) => (share === null || share === undefined ? "–" : `${share > 0 ? "+" : share < 0 ? "−" : ""}${Math.abs(share * 100).toFixed(digits)} %`);

// A difference of shares, which is no share itself.
export const points = (share) => (share === null || share === undefined ? "–" : `${signed(share).slice(0, -2)} points`);

// A measure with three digits and a real minus.
export const figure = (value) => value.toFixed(3).replace("-", "−");

// The ends of an interval, their unit said once: `−1.3 to 2.0 points`.
function ends(low, high, write) {
  const [from, to] = [write(low), write(high)];
  const unit = / .+$/.exec(to)?.[0] ?? "";
  return `${unit && from.endsWith(unit) ? from.slice(0, -unit.length) : from} to ${to}`;
}

// The drawing with the ends of the interval as text beside it.
export function drawnWithEnds({ low, high, write, ...more }) {
  return h("div", { class: "with-interval" }, interval({ low, high, ...more }), h("small", { class: "soft numbers" }, ends(low, high, write)));
}

// The value, its interval small below.
export function withEnds(value, low, high, write) {
  return h("span", { class: "numbers" }, write(value), h("small", { class: "soft block" }, ends(low, high, write)));
}
