// Line charts in SVG: a few series over the last minutes, each told apart by colour, dash and words.

import { h, svg, table, row } from "./dom.js";

const WIDTH = 380; // about what a third of a screen has, so that the letters stay readable
const HEIGHT = 180;
const LEFT = 58;
const BOTTOM = 24;
const TOP = 10;

// series: [{label, values: [number or null]}], times: as many moments (ms); `write` makes words of a value.
export function lineChart({ title, note, series, times, write, spanMs }) {
  const latest = times.at(-1) ?? 0;
  const highest = ceiling(Math.max(0, ...series.flatMap(({ values }) => values.filter((value) => value !== null))));
  const x = (moment) => LEFT + (1 - (latest - moment) / spanMs) * (WIDTH - LEFT - 8);
  const y = (value) => TOP + (1 - value / highest) * (HEIGHT - TOP - BOTTOM);
  const last = series.map(({ label, values }) => `${label} ${values.at(-1) === null || values.at(-1) === undefined ? "none" : write(values.at(-1))}`).join(", ");
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}, now: ${last}`, class: "chart" },
    [0, 0.5, 1].filter((share) => share !== 0.5 || highest > 1).map((share) => [svg("line", { class: "grid-line", x1: LEFT, x2: WIDTH - 8, y1: y(highest * share), y2: y(highest * share) }), svg("text", { x: LEFT - 8, y: y(highest * share) + 4, "text-anchor": "end" }, write(highest * share))]),
    svg("text", { x: LEFT, y: HEIGHT - 5 }, `${Math.round(spanMs / 60000)} minutes ago`), svg("text", { x: WIDTH - 8, y: HEIGHT - 5, "text-anchor": "end" }, "now"),
    series.map(({ values }, place) => [...runs(values, times, x, y)].map((points) => (points.length === 1
      ? svg("circle", { class: `dot series-${place}`, cx: points[0][0], cy: points[0][1], r: 3 })
      : svg("polyline", { class: `series-${place}`, points: points.map((point) => point.map((each) => each.toFixed(1)).join(",")).join(" ") })))));
  const legend = h("ul", { class: "legend" }, series.map(({ label, values }, place) => h("li", {},
    svg("svg", { viewBox: "0 0 24 8", width: 24, height: 8, "aria-hidden": "true" }, svg("line", { class: `series-${place}`, x1: 0, x2: 24, y1: 4, y2: 4 })), `${label} `,
    h("b", { class: "numbers" }, values.at(-1) === null || values.at(-1) === undefined ? "–" : write(values.at(-1))))));
  return [h("h2", {}, title), h("p", { class: "soft small" }, note), legend, drawing, asTable(title, series, times, write)];
}

// The same figures for whoever cannot see the drawing.
function asTable(title, series, times, write) {
  const shown = times.map((moment, place) => [moment, place]).slice(-12);
  return h("details", {}, h("summary", {}, "As a table"), table(title, ["Time", ...series.map(({ label }) => label)],
    shown.map(([moment, place]) => row(new Date(moment).toLocaleTimeString("en-GB"), ...series.map(({ values }) => (values[place] === null ? "–" : write(values[place])))))));
}

// A gap where there is no value is a gap in the line.
function* runs(values, times, x, y) {
  let points = [];
  for (const [place, value] of values.entries()) {
    if (value !== null) points.push([x(times[place]), y(value)]);
    else if (points.length) { yield points; points = []; }
  }
  if (points.length) yield points;
}

// 1, 2 or 5 times a power of ten, so that the scale can be read and does not jump about.
function ceiling(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value);
}
