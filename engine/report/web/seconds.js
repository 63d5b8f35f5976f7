// At which seconds of a node viewers left: the curve of who is still there (Kaplan-Meier), how many left in each second, and the
// film's picture of the second that is read. The tables tell the worst seconds, as the program wrote them.
import { axisLeft } from "d3-axis";
import { scaleLinear } from "d3-scale";
import { area, curveStepAfter, line } from "d3-shape";
import { bottomAxis, emptyDrawing, plot } from "./chart.js";
import { makeReadable } from "./curve.js";
import { el } from "./dom.js";
import { fillShare, percent, TOO_FEW } from "./shares.js";
import { dropOff, falseDiscoveries } from "./stats.js";

const MARGIN = { left: 52, top: 10, height: 150, right: 16, bottom: 38 };
const BARS = 46; // the height of the bars, below the curve
const ROWS = 8;
const clock = (second) => `${Math.floor(second / 60)}:${String(second % 60).padStart(2, "0")}`;

// {second, left, jumped, other, atRisk, share, low, high, p} of each second in which a visit ended.
function secondsOf(data, stays) {
  const seconds = new Map();
  for (const [second, how, place] of stays) {
    if (!data.x[place]) continue;
    if (!seconds.has(second)) seconds.set(second, { second, counts: [0, 0, 0] });
    seconds.get(second).counts[how] += data.x[place];
  }
  return dropOff([...seconds.values()].map(({ second, counts: [left, jumped, other] }) => ({ second, left, jumped, other })));
}

// Marks the seconds of all nodes in which more left than chance allows: as many tests as the nodes have seconds.
function mark(data, all) {
  const tests = [];
  const places = new Map();
  for (const seconds of all) {
    if (!seconds.some((s) => s.left) || seconds[0].atRisk < data.floor) continue;
    const first = tests.length;
    for (let i = 0; i <= seconds.at(-1).second; i++) tests.push(1);
    for (const s of seconds) if (s.left) places.set(s, first + s.second), (tests[first + s.second] = s.p);
  }
  const q = falseDiscoveries(tests);
  for (const [s, place] of places) s.standsOut = q[place] <= 0.05;
}

const byLeft = (a, b) => b.left - a.left || a.second - b.second;

function rowOf(data, s, picture) {
  const row = el(
    "tr",
    { "data-second": s.second, class: s.standsOut ? "star" : undefined },
    el("th", { scope: "row" }, picture ? el("img", { src: picture, alt: "" }) : null, el("span", {}, clock(s.second) + (s.standsOut ? " *" : ""))),
    ...["b", "n s", "n i", "n c"].map((c) => el("td", { class: c })),
  );
  fillShare(data, row, s.left, s.atRisk);
  return row;
}

// The least share on the axis: what the curve comes down to, with some room.
function leastShare(seconds) {
  const low = Math.min(...seconds.map((s) => s.low));
  return [0.95, 0.9, 0.8, 0.5].find((share) => share <= low) ?? 0;
}

function drawCurve(group, seconds, x, y) {
  const points = [{ second: 0, share: 1, low: 1, high: 1 }, ...seconds.map((s) => ({ ...s, second: s.second + 1 }))];
  const shape = (make) => make.curve(curveStepAfter).x((s) => x(s.second));
  group.append("path").attr("class", "band").attr("d", shape(area()).y0((s) => y(s.low)).y1((s) => y(s.high))(points));
  group.append("path").attr("class", "line").attr("d", shape(line()).y((s) => y(s.share))(points));
}

function drawBars(group, seconds, x, bottom) {
  const most = Math.max(1, ...seconds.map((s) => s.left));
  const width = Math.max(1.5, Math.min(14, x(1) - x(0) - 1));
  for (const s of seconds)
    if (s.left) {
      const height = (BARS - 12) * (s.left / most);
      group.append("rect").attr("class", s.standsOut ? "bin star" : "bin").attr("x", x(s.second + 0.5) - width / 2)
        .attr("width", width).attr("y", bottom - height).attr("height", height);
    }
}

function axes(group, end, x, y, least, box) {
  const ticks = Array.from({ length: 5 }, (_, i) => least + ((1 - least) * i) / 4);
  const digits = 1 - least < 0.2 ? 1 : 0;
  group.append("g").attr("class", "axis").attr("transform", `translate(${box.left} 0)`)
    .call(axisLeft(y).tickValues(ticks).tickSize(-box.width).tickPadding(6).tickFormat((share) => `${percent(share, digits)} %`));
  const room = Math.floor(box.width / 60);
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 3600].find((s) => end / s <= room) ?? 7200;
  const values = Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step);
  bottomAxis(group, x, { ...box, height: box.height + BARS }, { values, text: clock, words: "of the node" });
}

export class Seconds {
  constructor(data, section) {
    Object.assign(this, { data, section });
    this.nodes = data.seconds.map(([node, stays, pictures]) => {
      const box = section.querySelector(`details[data-seconds="${node}"]`);
      const known = new Map(pictures.map(([second, base64]) => [second, `data:image/jpeg;base64,${base64}`]));
      for (const img of box?.querySelectorAll("tr[data-second] img") ?? []) known.set(Number(img.closest("tr").dataset.second), img.src);
      return { node, stays, box, pictures: known };
    });
  }

  update() {
    const all = this.nodes.map((n) => secondsOf(this.data, n.stays));
    mark(this.data, all);
    this.nodes.forEach((n, i) => n.box && this.fill(n, all[i]));
  }

  fill(n, seconds) {
    const { data } = this;
    const worst = seconds.filter((s) => s.left).sort(byLeft).slice(0, ROWS);
    const left = seconds.reduce((sum, s) => sum + s.left, 0);
    n.box.hidden = left === 0;
    n.box.querySelector(".gist").textContent = left
      ? `${left} of ${seconds[0].atRisk} visits left, most at ${clock(worst[0].second)}`
      : "nobody left";
    n.box.querySelector("tbody").replaceChildren(...worst.map((s) => rowOf(data, s, n.pictures.get(s.second))));
    this.draw(n, seconds, worst[0]);
  }

  draw(n, seconds, worst) {
    const figure = n.box.querySelector("figure");
    const enough = seconds.length > 0 && worst && seconds[0].atRisk >= this.data.floor;
    const title = this.data.nodes[n.node].title;
    const picture = el("img", { alt: "" });
    const when = el("span");
    const still = el("div", { class: "still" }, picture, when);
    const jumped = seconds.reduce((sum, s) => sum + s.jumped, 0);
    const words = `Still there, with its interval; below, how many left in each second. ${jumped} went back or skipped on.`;
    figure.replaceChildren(el("figcaption", {}, enough ? words : `Still there: ${TOO_FEW}`));
    if (!enough) return;
    const end = seconds.at(-1).second + 1;
    const least = leastShare(seconds);
    const box = { ...MARGIN, width: Math.max(220, Math.min(560, this.section.clientWidth - 90)) };
    const x = scaleLinear([0, end], [box.left, box.left + box.width]);
    const y = scaleLinear([least, 1], [box.top + box.height, box.top]);
    const drawing = emptyDrawing(figure, { ...box, height: box.height + BARS }, `Share still there, by second: ${title}`);
    const group = plot(drawing);
    axes(group, end, x, y, least, box);
    drawBars(group, seconds, x, box.top + box.height + BARS);
    drawCurve(group, seconds, x, y);
    if (n.pictures.size) figure.append(still);
    const shown = seconds.filter((s) => s.left);
    const show = (s) => {
      const src = n.pictures.get(s.second);
      still.hidden = !src;
      when.textContent = clock(s.second);
      if (src) picture.src = src;
    };
    show(worst);
    makeReadable(drawing.node(), {
      n: shown.length,
      start: shown.indexOf(worst),
      at: (i) => [x(shown[i].second + 1), y(shown[i].share)],
      words: (i) => `${clock(shown[i].second)}: ${shown[i].left} left of ${shown[i].atRisk}; ${percent(shown[i].share)} % stay`,
      find: (px) => shown.findLastIndex((s) => s.second <= x.invert(px)),
      bottom: box.top + box.height + BARS,
      box: box,
      show: (i) => show(shown[i]),
    });
  }
}
