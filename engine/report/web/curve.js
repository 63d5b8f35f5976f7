// Who is still undecided after how long: the curve of a decision (Kaplan-Meier) with its 95 % band, its caption, and
// its table. The pointer or the arrow keys read single moments of it.
import { scaleLinear } from "d3-scale";
import { area, curveStepAfter, line } from "d3-shape";
import { bottomAxis, emptyDrawing, plot, shareAxis } from "./chart.js";
import { curveAxis } from "./chart_rules.js";
import { el, svg } from "./dom.js";
import { percent, seconds, TOO_FEW } from "./shares.js";
import { fixed, moments, survive, timeAt } from "./stats.js";

const BOX = { left: 44, top: 10, width: 420, height: 150, right: 16, bottom: 38 };

// [] where too few were asked for a curve to say anything.
export function curveOf(data, at) {
  const { x, offset } = data;
  const curve = survive(moments(x, at + offset.pickedAt, at + offset.censoredAt, offset.classes));
  return x[at + offset.exposures] >= data.floor ? curve : [];
}

// In ms; NaN where too few were asked, or too many never chose.
export function medianOf(data, at) {
  return timeAt(curveOf(data, at), 0.5);
}

function timeText(words, t) {
  if (!Number.isFinite(t.value)) return `${words} not reached: too many let the time run out, or left`;
  const bound = (ms) => (Number.isFinite(ms) ? fixed(ms / 1000, 1) : "…");
  return `${words} ${seconds(t.value)} (${bound(t.low)} to ${bound(t.high)})`;
}

function captionText(curve) {
  if (!curve.length) return `Still undecided: ${TOO_FEW}`;
  const half = timeText("half decided within", timeAt(curve, 0.5));
  return `Still undecided: ${half}; ${timeText("nine in ten within", timeAt(curve, 0.9))}`;
}

const stepText = (step) => (ms) => fixed(ms / 1000, step < 1000 ? 1 : 0);

function draw(figure, curve, title) {
  const { end, step } = curveAxis(curve.at(-1).ms);
  const drawing = emptyDrawing(figure, BOX, `Share still undecided over time: ${title}`);
  const x = scaleLinear([0, end], [BOX.left, BOX.left + BOX.width]);
  const y = scaleLinear([0, 1], [BOX.top + BOX.height, BOX.top]);
  const points = [{ ms: 0, share: 1, low: 1, high: 1 }, ...curve];
  const group = plot(drawing);
  const text = stepText(step);
  const values = Array.from({ length: Math.round(end / step) + 1 }, (_, i) => i * step);
  shareAxis(group, y, BOX);
  bottomAxis(group, x, BOX, {
    values,
    text: (ms) => text(ms) + (ms === values.at(-1) ? " s" : ""),
    words: "since the choice opened",
  });
  group
    .append("path")
    .attr("class", "band")
    .attr(
      "d",
      area()
        .curve(curveStepAfter)
        .x((c) => x(c.ms))
        .y0((c) => y(c.low))
        .y1((c) => y(c.high))(points),
    );
  group
    .append("path")
    .attr("class", "line")
    .attr(
      "d",
      line()
        .curve(curveStepAfter)
        .x((c) => x(c.ms))
        .y((c) => y(c.share))(points),
    );
  const words = (i) =>
    `after ${seconds(curve[i].ms)}, ${percent(curve[i].share)} % (${percent(curve[i].low)} to ${percent(curve[i].high)})`;
  makeReadable(drawing.node(), {
    n: curve.length,
    start: curve.findIndex((c) => c.share <= 0.5),
    at: (i) => [x(curve[i].ms), y(curve[i].share)],
    words,
    said: (i) => `${words(i)} are still undecided`,
    find: (px) => curve.findLastIndex((c) => c.ms <= x.invert(px)),
    bottom: BOX.top + BOX.height,
    box: BOX,
  });
}

// A drawing becomes a slider along n points. `at(i)`: where one stands; `words(i)`: what it tells; `find(px)`: the last one at or
// before a place from the left; `said(i)`: the same for a screen reader; `start`: the one that is read first; `bottom`: where the plot ends; `show(i)` is called for each.
export function makeReadable(drawing, { n, at, words, said = words, find, start, bottom, box, show = () => {} }) {
  const mark = svg(
    "g",
    { class: "mark", "aria-hidden": "true" },
    svg("path"),
    svg("circle", { r: 4 }),
    svg("text", { y: box.top + 12 }),
  );
  const [rule, dot, text] = mark.children;
  let read = -1;
  const go = (i) => {
    read = Math.max(0, Math.min(n - 1, i));
    const [px, py] = at(read);
    const right = px > box.left + box.width / 2;
    rule.setAttribute("d", `M${px} ${box.top}V${bottom}`);
    dot.setAttribute("cx", px);
    dot.setAttribute("cy", py);
    text.setAttribute("x", px + (right ? -8 : 8));
    text.setAttribute("text-anchor", right ? "end" : "start");
    text.textContent = words(read);
    mark.removeAttribute("display");
    drawing.setAttribute("aria-valuenow", read);
    drawing.setAttribute("aria-valuetext", said(read));
    show(read);
  };
  const hide = () => mark.setAttribute("display", "none");
  hide();
  drawing.append(mark);
  const slider = {
    role: "slider",
    tabindex: 0,
    "aria-valuemin": 0,
    "aria-valuemax": n - 1,
    "aria-valuenow": 0,
    "aria-valuetext": "arrow keys read the curve",
  };
  for (const [name, value] of Object.entries(slider)) drawing.setAttribute(name, value);
  drawing.onpointermove = (event) => {
    const p = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawing.getScreenCTM().inverse());
    go(find(p.x));
  };
  drawing.onpointerleave = () => document.activeElement !== drawing && hide();
  drawing.onblur = hide;
  drawing.onfocus = () => go(read < 0 ? start : read);
  drawing.onkeydown = (event) => {
    const by = {
      ArrowRight: 1,
      ArrowUp: 1,
      ArrowLeft: -1,
      ArrowDown: -1,
      PageUp: 10,
      PageDown: -10,
      Home: -1e9,
      End: 1e9,
    }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    go(read + by);
  };
}

// Caption and drawing of figure.curve; returns the curve, which is [] where there is too little for one.
export function fillCurve(data, figure, title, at) {
  const curve = curveOf(data, at);
  figure.querySelector("figcaption").textContent = captionText(curve);
  if (curve.length) draw(figure, curve, title);
  else figure.querySelector("svg")?.remove();
  return curve;
}

// Rows at each step of the axis; the whole curve stays with the table, for its CSV.
export function fillCurveTable(folded, curve) {
  const table = folded.querySelector("table");
  const { end, step } = curve.length ? curveAxis(curve.at(-1).ms) : { end: 0, step: 1 };
  const rows = [];
  const text = stepText(step);
  for (let i = 1; i <= Math.round(end / step); i++) {
    const c = curve.findLast((one) => one.ms <= i * step) ?? { share: 1, low: 1, high: 1 };
    rows.push(
      el(
        "tr",
        {},
        el("th", { scope: "row" }, `${text(i * step)} s`),
        el("td", { class: "n" }, `${percent(c.share)} %`),
        el("td", { class: "n i" }, `${percent(c.low)} to ${percent(c.high)}`),
      ),
    );
  }
  table.tBodies[0].replaceChildren(...rows);
  table.curve = curve;
  folded.hidden = !curve.length;
}

// A figure that is not on the page yet.
export function newCurve(data, title, at) {
  const figure = el("figure", { class: "curve" }, el("figcaption"));
  fillCurve(data, figure, title, at);
  return figure;
}
