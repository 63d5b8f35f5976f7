// What a share, a time and a curve look like. The same text and drawing as engine/report/html.c.
import { el, svg } from "./dom.js";
import { difference, fixed, moments, quantile, survive, timeAt, wilson } from "./stats.js";

export const TOO_FEW = "too few to say";
const percent = (p, digits = 1) => fixed(p * 100, digits);
export const seconds = (ms) => `${fixed(ms / 1000, 1)} s`;

// The text of each cell of a share's row.
export function shareTexts(data, k, n) {
  const enough = n >= data.floor, w = wilson(k, n);
  return {
    enough,
    share: enough ? `${percent(k / n)} %` : TOO_FEW,
    interval: enough ? `${percent(w.low)} to ${percent(w.high)}` : "",
    counted: `${k} of ${n}`,
    bar: enough ? [k / n, w.low, w.high] : [0, 0, 0],
  };
}

export function fillShare(data, row, k, n) {
  const t = shareTexts(data, k, n), [fill, range] = row.querySelectorAll("rect");
  fill.setAttribute("width", percent(t.bar[0], 2));
  range.setAttribute("x", percent(t.bar[1], 2));
  range.setAttribute("width", percent(t.bar[2] - t.bar[1], 2));
  row.querySelector(".s").textContent = t.share;
  row.querySelector(".i").textContent = t.interval;
  row.querySelector(".c").textContent = t.counted;
}

export function shareRow(data, label, k, n) {
  const bar = svg("svg", { class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "fill", height: 10 }), svg("rect", { class: "range", y: 3.5, height: 3 }));
  const row = el("tr", {}, el("th", { scope: "row" }, label), el("td", { class: "b" }, bar), el("td", { class: "n s" }),
    el("td", { class: "n i" }), el("td", { class: "n c" }));
  fillShare(data, row, k, n);
  return row;
}

export function fillDifference(data, row, a, b) {
  const { x, floor } = data, [k1, n1, k2, n2] = [x[a], x[a + 1], x[b], x[b + 1]];
  const enough = Math.min(n1, n2) >= floor, d = difference(k1, n1, k2, n2);
  row.querySelector(".s").textContent = enough ? `${percent(k1 / n1 - k2 / n2)} points` : TOO_FEW;
  row.querySelector(".i").textContent = enough ? `${percent(d.low)} to ${percent(d.high)}` : "";
  row.querySelector(".c").textContent = `${k1} of ${n1} against ${k2} of ${n2}`;
}

// Half of an option's picks within; "" where too few were made.
export function tookText(data, took) {
  const all = moments(data.x, took, undefined, data.slot.classes), n = all.reduce((sum, m) => sum + m.events, 0);
  return n >= data.floor ? seconds(quantile(all, 0.5)) : "";
}

export function curveOf(data, at) {
  const { x, slot } = data;
  return survive(moments(x, at + slot.pickedAt, at + slot.censoredAt, slot.classes));
}

// NaN where too few were asked, or too many never chose.
export function medianOf(data, at) {
  const curve = curveOf(data, at);
  return curve.length && data.x[at + data.slot.exposures] >= data.floor ? timeAt(curve, 0.5).value : NaN;
}

// ---- the curve

const LEFT = 44, TOP = 10, WIDTH = 420, HEIGHT = 150;
const STEPS = [100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000, 300000, 3600000];

function axesFor(last) {
  const step = STEPS.find((s) => last <= 10 * s) ?? STEPS.at(-1);
  return { end: Math.max(1, Math.ceil(last / step)) * step, step };
}

const px = (a, ms) => LEFT + Math.min(ms / a.end, 1) * WIDTH;
const py = (share) => TOP + (1 - share) * HEIGHT;

function grid(a) {
  const parts = [];
  for (let i = 0; i <= 4; i++)
    parts.push(svg("path", { class: "grid", d: `M${LEFT} ${py(i / 4)}H${LEFT + WIDTH}` }),
      svg("text", { x: LEFT - 6, y: py(i / 4), dy: 4, "text-anchor": "end" }, `${i * 25} %`));
  const steps = Math.round(a.end / a.step);
  for (let i = 0; i <= steps; i++)
    parts.push(svg("text", { x: LEFT + (i / steps) * WIDTH, y: TOP + HEIGHT + 16, "text-anchor": "middle" },
      fixed((i * a.step) / 1000, a.step < 1000 ? 1 : 0) + (i === steps ? " s" : "")));
  parts.push(svg("text", { x: LEFT + WIDTH / 2, y: TOP + HEIGHT + 33, "text-anchor": "middle" }, "since the choice opened"));
  return parts;
}

// Down at each moment, on to the next; `key`: which of the curve's values.
function steps(a, curve, key) {
  let y = py(1), d = "";
  for (const c of curve) d += `H${px(a, c.ms).toFixed(1)}V${(y = py(c[key])).toFixed(1)}`;
  return { d, y };
}

function band(a, curve) {
  const up = steps(a, curve, "high").d;
  let d = `M${LEFT} ${py(1)}${up}`;
  for (let i = curve.length - 1; i >= 0; i--)
    d += `V${py(curve[i].low).toFixed(1)}H${px(a, curve[i].ms).toFixed(1)}V${py(i > 0 ? curve[i - 1].low : 1).toFixed(1)}`;
  return d + "Z";
}

function timeText(words, t) {
  if (!Number.isFinite(t.value)) return `${words} not reached: too many let the time run out, or left`;
  const bound = (ms) => (Number.isFinite(ms) ? fixed(ms / 1000, 1) : "…");
  return `${words} ${seconds(t.value)} (${bound(t.low)} to ${bound(t.high)})`;
}

// Rows at each of the axis' steps, as the page's table of a curve has them; and all of it, for the CSV.
export function fillCurveTable(figure) {
  const folded = figure.nextElementSibling, table = folded.querySelector("table"), curve = figure.curve;
  const rows = [], row = (...cells) => rows.push(el("tr", {}, el("th", { scope: "row" }, cells[0]), el("td", { class: "n" }, cells[1]), el("td", { class: "n i" }, cells[2])));
  const a = curve.length ? axesFor(curve.at(-1).ms) : { end: 0, step: 1 };
  for (let i = 1; i <= Math.round(a.end / a.step); i++) {
    const c = curve.findLast((one) => one.ms <= i * a.step) ?? { share: 1, low: 1, high: 1 };
    row(`${fixed((i * a.step) / 1000, a.step < 1000 ? 1 : 0)} s`, `${percent(c.share)} %`, `${percent(c.low)} to ${percent(c.high)}`);
  }
  table.tBodies[0].replaceChildren(...rows);
  table.curve = curve;
  folded.hidden = !curve.length;
}

// Fills figure.curve[data-curve]: caption, drawing, and what the readout reads.
export function fillCurve(data, figure, at) {
  const curve = curveOf(data, at), enough = curve.length > 0 && data.x[at + data.slot.exposures] >= data.floor;
  const drawing = figure.querySelector("svg");
  figure.querySelector("figcaption").textContent = "Still undecided: " + (enough
    ? `${timeText("half decided within", timeAt(curve, 0.5))}; ${timeText("nine in ten within", timeAt(curve, 0.9))}` : TOO_FEW);
  drawing.toggleAttribute("hidden", !enough);
  drawing.replaceChildren();
  figure.curve = enough ? curve : [];
  if (!enough) return;
  const a = axesFor(curve.at(-1).ms);
  drawing.append(svg("g", { "aria-hidden": "true" }, ...grid(a), svg("path", { class: "band", d: band(a, curve) }),
    svg("path", { class: "line", d: `M${LEFT} ${py(1)}${steps(a, curve, "share").d}` })));
  readable(figure, drawing, a);
}

// A readout: the pointer, or the arrow keys, walk along the curve.
function readable(figure, drawing, a) {
  const curve = figure.curve;
  const mark = svg("g", { class: "mark", "aria-hidden": "true" }, svg("path"), svg("circle", { r: 4 }), svg("text", { y: TOP + 12 }));
  const [line, dot, text] = mark.children;
  let at = -1;
  const show = (i) => {
    at = Math.max(0, Math.min(curve.length - 1, i));
    const c = curve[at], x = px(a, c.ms), right = x > LEFT + WIDTH / 2;
    const words = `after ${seconds(c.ms)}, ${percent(c.share)} % (${percent(c.low)} to ${percent(c.high)})`;
    line.setAttribute("d", `M${x} ${TOP}V${TOP + HEIGHT}`);
    dot.setAttribute("cx", x);
    dot.setAttribute("cy", py(c.share));
    text.setAttribute("x", x + (right ? -8 : 8));
    text.setAttribute("text-anchor", right ? "end" : "start");
    text.textContent = words;
    mark.removeAttribute("display");
    drawing.setAttribute("aria-valuenow", at);
    drawing.setAttribute("aria-valuetext", `${words} are still undecided`);
  };
  const hide = () => mark.setAttribute("display", "none");
  hide();
  drawing.append(mark);
  for (const [name, value] of Object.entries({ role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuemax": curve.length - 1, "aria-valuenow": 0,
    "aria-valuetext": "arrow keys read the curve" })) drawing.setAttribute(name, value);
  drawing.onpointermove = (event) => {
    const p = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawing.getScreenCTM().inverse());
    const ms = ((p.x - LEFT) / WIDTH) * a.end;
    show(curve.findLastIndex((c) => c.ms <= ms));
  };
  drawing.onpointerleave = () => document.activeElement !== drawing && hide();
  drawing.onblur = hide;
  drawing.onfocus = () => show(at < 0 ? curve.findIndex((c) => c.share <= 0.5) : at);
  drawing.onkeydown = (event) => {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10, Home: -1e9, End: 1e9 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    show(at + by);
  };
}

export function newCurve(data, title, at) {
  const figure = el("figure", { class: "curve" }, el("figcaption"), svg("svg", { viewBox: `0 0 ${LEFT + WIDTH + 16} ${TOP + HEIGHT + 38}`,
    "aria-label": `Share still undecided over time: ${title}` }));
  fillCurve(data, figure, at);
  return figure;
}
