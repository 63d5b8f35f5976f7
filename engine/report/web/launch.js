// Over time: how many viewings began in each day, week or month, and a share of them with its interval; what happened then.
// The table has the same rows as the one that the program wrote.
import { scaleLinear } from "d3-scale";
import { emptyDrawing, plot, shareAxis } from "./chart.js";
import { axisLeft } from "d3-axis";
import { choice } from "./filters.js";
import { el } from "./dom.js";
import { date, firstDay, PERIODS } from "./days.js";
import { shareTexts } from "./shares.js";

const MARGIN = { left: 44, top: 22, right: 16, bottom: 26 };
const BARS = 90; // heights, in pixels
const GAP = 18;
const SHARES = 150;

// What can be drawn: words, and for each series its version (null: of a decision, the same in several) and the places of k
// and n.
function measuresOf(data) {
  const { offset } = data;
  const ofVersions = (words, k) => ({
    words,
    series: data.versions.map((v, i) => ({ version: i, k: k(v, i), n: v.at + offset.viewings })).filter((s) => s.k !== null),
  });
  const endings = [...new Set(data.endings.map((e) => e.title))];
  const versionOf = (d) => data.versions[d.versions[0]].name;
  return [
    ofVersions("reached an ending", (v) => v.at + offset.reached),
    ...endings.map((title) =>
      ofVersions(`ending: ${title}`, (_, i) => data.endings.find((e) => e.title === title && e.version === i)?.at ?? null),
    ),
    ...data.decisions.flatMap((d) => [
      ...d.options.map((title, o) => ({
        words: `${d.title} ${title}`,
        series: [{ version: null, name: versionOf(d), k: data.option(d, o) + offset.picks, n: data.option(d, o) + offset.available }],
      })),
      {
        words: `${d.title} – nobody chose in time`,
        series: [{ version: null, name: versionOf(d), k: d.at + offset.timeout, n: d.at + offset.exposures }],
      },
    ]),
  ];
}

// Rows as the table has them: {day, version, name, began, k, n}; by day, then by version.
function rowsOf(data, measure, period) {
  const { offset } = data;
  const began = (s) => (s.version === null ? [] : [data.versions[s.version].at]);
  const places = measure.series.flatMap((s) => [s.k, s.n, ...began(s).flatMap((at) => [at + offset.viewings, at + offset.running])]);
  const rows = [];
  for (const [day, x] of data.overTime(new Set(places), (d) => Math.max(firstDay(d, period), data.since)))
    for (const s of measure.series) {
      const [k, n] = [x.get(s.k) ?? 0, x.get(s.n) ?? 0];
      const viewings = began(s).reduce((sum, at) => sum + (x.get(at + offset.viewings) ?? 0) + (x.get(at + offset.running) ?? 0), 0);
      if (viewings > 0 || (s.version === null && n > 0))
        rows.push({ day, version: s.version, name: s.name ?? data.versions[s.version].name, began: s.version === null ? null : viewings, k, n });
    }
  return rows;
}

const marksOf = (data) => data.launch.marks.map(([day, isVersion, words]) => ({ day, isVersion: isVersion === 1, words }));

function tableRow(data, row) {
  const t = shareTexts(data, row.k, row.n);
  const cell = (kind, text) => el("td", { class: `n ${kind}` }, String(text));
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, date(row.day)),
    el("td", {}, row.name || "–"),
    cell("v", row.began ?? ""),
    cell("s", t.share),
    cell("i", t.interval),
    cell("c", t.counted),
    el("td"),
  );
}

function markRow(mark) {
  const empty = () => el("td", { class: "n" });
  return el(
    "tr",
    { class: "mark" },
    el("th", { scope: "row" }, date(mark.day)),
    el("td", {}, (mark.isVersion && mark.words) || "–"),
    empty(),
    empty(),
    empty(),
    empty(),
    el("td", {}, mark.isVersion ? "first viewing of this version" : mark.words),
  );
}

function fillTable(data, table, rows, period) {
  const marks = marksOf(data);
  const all = [];
  for (const row of rows) {
    while (marks.length && firstDay(marks[0].day, period) <= row.day) all.push(markRow(marks.shift()));
    all.push(tableRow(data, row));
  }
  table.tBodies[0].replaceChildren(...all, ...marks.map(markRow));
}

// ---- the drawing

function drawBars(group, rows, x, width, box) {
  const of = new Map();
  for (const r of rows) of.set(r.day, (of.get(r.day) ?? 0) + (r.began ?? r.n));
  const y = scaleLinear([0, Math.max(1, ...of.values())], [box.top + BARS, box.top]).nice(3);
  group
    .append("g")
    .attr("class", "axis")
    .attr("transform", `translate(${box.left} 0)`)
    .call(axisLeft(y).ticks(3).tickSize(-box.width).tickPadding(6));
  for (const [day, n] of of)
    group
      .append("rect")
      .attr("class", "bin")
      .attr("x", x(day) - width / 2)
      .attr("width", width)
      .attr("y", y(n))
      .attr("height", y(0) - y(n));
}

function drawShares(data, group, rows, x, box) {
  const top = box.top + BARS + GAP;
  const y = scaleLinear([0, 1], [top + SHARES, top]);
  shareAxis(group, y, box);
  for (const r of rows) {
    const t = shareTexts(data, r.k, r.n);
    if (!t.enough) continue;
    const [share, low, high] = t.bar;
    const one = group.append("g").attr("class", `point v${(r.version ?? 0) % 4}`);
    one.append("path").attr("d", `M${x(r.day)} ${y(low)}V${y(high)}`);
    one.append("circle").attr("cx", x(r.day)).attr("cy", y(share)).attr("r", 3.5);
  }
}

function drawMarks(data, group, period, x, box) {
  let note = 0;
  for (const m of marksOf(data)) {
    const at = x(Math.max(firstDay(m.day, period), data.since));
    if (!m.isVersion) note++;
    if (at < box.left || at > box.left + box.width) continue;
    const one = group.append("g").attr("class", m.isVersion ? "event version" : "event");
    one.append("path").attr("d", `M${at} ${box.top - 4}V${box.top + BARS + GAP + SHARES}`);
    one
      .append("text")
      .attr("x", at)
      .attr("y", 12)
      .attr("text-anchor", at > box.left + box.width - 40 ? "end" : "middle")
      .text(m.isVersion ? m.words || "–" : `✎${note}`);
  }
}

function drawDays(group, days, x, box) {
  const room = Math.max(1, Math.floor(box.width / 84));
  const step = Math.ceil(days.length / room);
  const axis = group.append("g").attr("class", "axis");
  for (let i = 0; i < days.length; i += step)
    axis
      .append("text")
      .attr("x", x(days[i]))
      .attr("y", box.top + box.height + 16)
      .attr("text-anchor", "middle")
      .text(date(days[i]));
}

function draw(data, figure, rows, measure, period) {
  const days = [...new Set(rows.map((r) => r.day))];
  const box = { ...MARGIN, width: Math.max(220, Math.min(880, figure.clientWidth - 60)), height: BARS + GAP + SHARES };
  const drawing = emptyDrawing(figure, box, `Viewings and share over time: ${measure.words}. The table has its numbers.`);
  drawing.attr("style", `max-width: ${box.left + box.width + box.right}px`);
  const group = plot(drawing);
  const length = { day: 1, week: 7, month: 30, year: 365 }[period];
  const [first, last] = [Math.min(...days), Math.max(...days)];
  const x = scaleLinear([first - length / 2, last + length / 2], [box.left, box.left + box.width]);
  const width = Math.max(1.5, Math.min(40, (x(length) - x(0)) * 0.8));
  drawBars(group, rows, x, width, box);
  drawShares(data, group, rows, x, box);
  drawMarks(data, group, period, x, box);
  drawDays(group, days, x, box);
}

function captionOf(data, measure, period) {
  const notes = marksOf(data).filter((m) => !m.isVersion);
  return [
    `Above, how many began; below, the share, with its interval: ${measure.words}. A ${period} with fewer than ${data.floor} cases has no dot.`,
    el("ul", {}, ...notes.map((m, i) => el("li", {}, `✎${i + 1} ${date(m.day)}: ${m.words}`))),
  ];
}

export class Launch {
  constructor(data, section, address) {
    this.data = data;
    this.figure = section.querySelector("figure.launch");
    this.table = section.querySelector("table.launch");
    this.measures = measuresOf(data);
    this.caption = el("figcaption");
    this.figure.append(this.caption);
    const periods = PERIODS.slice(PERIODS.indexOf(data.period), 3).map((p) => [p, `by ${p}`]);
    if (!periods.some(([p]) => p === data.launch.period)) periods.push([data.launch.period, `by ${data.launch.period}`]);
    const words = this.measures.map((m) => [m.words, m.words]);
    const take = (name, choices, start) => {
      const asked = address.get(name);
      this[name] = choices.some(([value]) => value === asked) ? asked : start;
      return (value) => {
        this[name] = value;
        address.set(name, value === start ? null : value);
        this.update();
      };
    };
    const setShare = take("share", words, words[0][0]);
    const setPeriod = take("period", periods, data.launch.period);
    section
      .querySelector(".launch-choice")
      .append(
        choice("Share", "share", words, this.share, setShare),
        choice("Period", "period", periods, this.period, setPeriod),
      );
    let width = innerWidth;
    addEventListener("resize", () => {
      if (width !== innerWidth) this.update();
      width = innerWidth;
    });
  }

  update() {
    const { data, period } = this;
    const measure = this.measures.find((m) => m.words === this.share);
    const rows = rowsOf(data, measure, period);
    this.caption.replaceChildren(...captionOf(data, measure, period));
    this.table.caption.firstChild.data = `${measure.words[0].toUpperCase()}${measure.words.slice(1)}, by the ${period} in which viewings began`;
    fillTable(data, this.table, rows, period);
    if (rows.length) draw(data, this.figure, rows, measure, period);
    else this.figure.querySelector("svg")?.remove();
  }
}
