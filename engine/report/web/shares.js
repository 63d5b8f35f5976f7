// A share of viewings: its words, its bar with a whisker, its row in a table. report/share_rows.c writes the same words.
import { el, svg } from "./dom.js";
import { bounds, clusterInterval, difference, fixed, moments, quantile, wilson } from "./stats.js";

export const TOO_FEW = "too few to say";
const UNCOUNTABLE = "cannot be counted: it erases";
export const percent = (p, digits = 1) => fixed(p * 100, digits);
export const seconds = (ms) => `${fixed(ms / 1000, 1)} s`;

export function shareTexts(data, k, n) {
  const enough = n >= data.floor;
  const w = wilson(k, n);
  return {
    enough,
    share: enough ? `${percent(k / n)} %` : TOO_FEW,
    interval: enough ? `${percent(w.low)} to ${percent(w.high)}` : "",
    counted: `${k} of ${n}`,
    bar: enough ? [k / n, w.low, w.high] : [0, 0, 0],
  };
}

// The bar's units are per cent of its width.
function newBar() {
  return svg(
    "svg",
    { class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "fill", height: 10 }),
    svg("rect", { class: "range", y: 3.5, height: 3 }),
  );
}

function drawBar(cell, [share, low, high]) {
  if (!cell.firstChild) cell.append(newBar());
  const [fill, range] = cell.firstChild.children;
  fill.setAttribute("width", percent(share, 2));
  range.setAttribute("x", percent(low, 2));
  range.setAttribute("width", percent(high - low, 2));
}

export function fillShare(data, row, k, n) {
  const t = shareTexts(data, k, n);
  drawBar(row.querySelector(".b"), t.bar);
  row.querySelector(".s").textContent = t.share;
  row.querySelector(".i").textContent = t.interval;
  row.querySelector(".c").textContent = t.counted;
}

// What the share lies between with the viewings that were erased; "" where there were none.
export function boundsText(k, n, erased) {
  if (!(erased > 0)) return "";
  const b = bounds(k, n, erased);
  return `${percent(b.low)} to ${percent(b.high)}`;
}

// A row that the program wrote, from the places of its k and n.
export function fillRow(data, row, k, n) {
  const { x } = data;
  fillShare(data, row, x[k], x[n]);
  const cell = row.querySelector(".e");
  if (cell) cell.textContent = boundsText(x[k], x[n], data.erased(data.versionsAt(n) ?? [])) || "–";
  if (!("forgets" in row.dataset)) return;
  drawBar(row.querySelector(".b"), [0, 0, 0]);
  row.querySelector(".s").textContent = UNCOUNTABLE;
  for (const other of row.querySelectorAll(".i, .c")) other.textContent = "";
}

// All answers of the option whose counts begin at this place, not only first ones.
export function fillAll(data, row, at) {
  const { x, offset, floor } = data;
  const more = at + offset.again;
  const [picks, available] = [x[at + offset.picks], x[at + offset.available]];
  const all = {
    k: picks + x[more],
    n: available + x[more + 1],
    kk: picks + x[more + 2],
    kn: picks + x[more + 3],
    nn: available + x[more + 4],
    clusters: available + x[more + 5],
  };
  const enough = all.n >= floor;
  const w = clusterInterval(all);
  row.querySelector(".s").textContent = enough ? `${percent(all.k / all.n)} %` : TOO_FEW;
  row.querySelector(".i").textContent = enough ? `${percent(w.low)} to ${percent(w.high)}` : "";
  row.querySelector(".c").textContent = `${all.k} of ${all.n}`;
  row.querySelector(".v").textContent = all.clusters;
}

export function shareRow(data, label, k, n) {
  const row = el(
    "tr",
    {},
    el("th", { scope: "row" }, label),
    el("td", { class: "b" }),
    el("td", { class: "n s" }),
    el("td", { class: "n i" }),
    el("td", { class: "n c" }),
  );
  fillShare(data, row, k, n);
  return row;
}

// The difference of two shares; a and b are the places of their k, n follows.
export function fillDifference(data, row, a, b) {
  const { x, floor } = data;
  const [k1, n1, k2, n2] = [x[a], x[a + 1], x[b], x[b + 1]];
  const enough = Math.min(n1, n2) >= floor;
  const d = difference(k1, n1, k2, n2);
  row.querySelector(".s").textContent = enough ? `${percent(k1 / n1 - k2 / n2)} points` : TOO_FEW;
  row.querySelector(".i").textContent = enough ? `${percent(d.low)} to ${percent(d.high)}` : "";
  row.querySelector(".c").textContent = `${k1} of ${n1} against ${k2} of ${n2}`;
}

// When half of an option's picks had been made; "" where too few were.
export function tookText(data, took) {
  const all = moments(data.x, took, undefined, data.offset.classes);
  const n = all.reduce((sum, m) => sum + m.events, 0);
  return n >= data.floor ? seconds(quantile(all, 0.5)) : "";
}
