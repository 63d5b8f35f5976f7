// Two parts of the audience side by side: two versions, periods, or kinds of viewings. Things of the same name are compared as
// telemetry/survey/compare.c does it: each version with itself where both sides have several, corrected for the number
// of rows.
import { ALL } from "./data.js";
import { el } from "./dom.js";
import { percent, TOO_FEW } from "./shares.js";
import { difference, falseDiscoveries, pooledDifference } from "./stats.js";

const DISCOVERIES = 0.05;

// Of the things that a side counted, the other side's one: the same, else the only one of its name on both sides.
function counterpart(thing, mine, others) {
  const same = others.find((o) => o.key === thing.key);
  if (same) return same;
  const named = others.filter((o) => o.name === thing.name);
  return named.length === 1 && mine.filter((m) => m.name === thing.name).length === 1 ? named[0] : null;
}

// What there is of each kind: {key, name, counted: the place that says whether a side has it, shares: {words: [k, n]}}.
function kindsOf(data) {
  const { offset: o } = data;
  const versionTitle = (v) => (data.versions.length > 1 ? `, version ${data.versions[v].name || "–"}` : "");
  return {
    film: data.versions.map((v, i) => ({
      key: i,
      name: "",
      heading: `The film${versionTitle(i)}`,
      counted: v.at + o.viewings,
      shares: new Map([
        ["reached an ending", [v.at + o.reached, v.at + o.viewings]],
        ["watched 2 minutes", [v.at + o.twoMinutes, v.at + o.viewings]],
      ]),
    })),
    endings: data.endings.map((e) => ({
      key: `${e.version} ${e.id}`,
      name: e.id,
      heading: `Endings${versionTitle(e.version)}`,
      counted: data.versions[e.version].at + o.viewings,
      shares: new Map([[e.title, [e.at, data.versions[e.version].at + o.viewings]]]),
    })),
    decisions: data.decisions.map((d, i) => ({
      key: i,
      name: d.id,
      heading: d.title,
      counted: d.at + o.exposures,
      options: d.ids,
      shares: new Map([
        ...d.options.map((title, n) => [title, [data.option(d, n) + o.picks, data.option(d, n) + o.available]]),
        ["– nobody chose in time", [d.at + o.timeout, d.at + o.exposures]],
      ]),
    })),
    nodes: data.nodes.map((n, i) => ({
      key: i,
      name: n.id,
      heading: "Left at",
      counted: n.at + o.came,
      shares: new Map([[n.title, [n.at + o.quits, n.at + o.came]]]),
    })),
  };
}

// What people did over all their viewings.
function viewersOf(data) {
  return {
    viewers: data.viewers.map(([heading, title, version], i) => ({
      key: i,
      name: "",
      heading,
      counted: data.viewerAt(i) + 1,
      shares: new Map([[version && data.versions.length > 1 ? `${title}, version ${version}` : title, [data.viewerAt(i), data.viewerAt(i) + 1]]]),
    })),
  };
}

// The shares of both that have the same words; options by their id.
function pairsOf(a, b) {
  const [mine, theirs] = [[...a.shares], [...b.shares]];
  if (!a.options) return mine.map(([words, places], i) => [words, places, theirs[i]?.[1]]);
  const at = (i) => (i < a.options.length ? b.options.indexOf(a.options[i]) : theirs.length - 1);
  return mine.map(([words, places], i) => [words, places, theirs[at(i)]?.[1]]).filter((p) => p[2]);
}

// Each version beside itself; [] where there are not two that count.
function strataOf(first, second, names, [k, n], [k2, n2]) {
  const strata = names
    .map((name, v) => ({ name, pair: [first.of(v)[k], first.of(v)[n], second.of(v)[k2], second.of(v)[n2]] }))
    .filter((s) => s.pair[1] > 0 && s.pair[3] > 0);
  return strata.length > 1 ? strata : [];
}

function rowOf(kind, thing, other, words, places, otherPlaces, sides) {
  const { first, second, names, stratified } = sides;
  const pair = [first.x[places[0]], first.x[places[1]], second.x[otherPlaces[0]], second.x[otherPlaces[1]]];
  const apart = stratified && thing.key === other.key && ["decisions", "nodes", "viewers"].includes(kind);
  const strata = apart ? strataOf(first, second, names, places, otherPlaces) : [];
  const pooled = pooledDifference(strata.length ? strata.map((s) => s.pair) : [pair]);
  const row = { kind, heading: thing.heading, words, pair, strata, changed: thing.key !== other.key && ["decisions", "nodes"].includes(kind), ...pooled };
  return strata.length ? row : { ...row, ...difference(...pair) };
}

function correct(rows, of, p, q) {
  const said = rows.filter(of);
  const all = falseDiscoveries(said.map((r) => r[p]));
  said.forEach((r, i) => (r[q] = all[i]));
}

// A side: x, its counts, and of(version), those of one version. Rows in the order of the report.
export function compared(data, { first, second, stratified }, kinds) {
  const names = data.versions.map((v) => v.name);
  const rows = [];
  for (const [kind, things] of Object.entries(kinds)) {
    const has = (side) => things.filter((t) => side.x[t.counted] > 0);
    const [mine, others] = [has(first), has(second)];
    for (const thing of mine) {
      const other = counterpart(thing, mine, others);
      for (const [words, places, otherPlaces] of other ? pairsOf(thing, other) : [])
        rows.push(rowOf(kind, thing, other, words, places, otherPlaces, { first, second, names, stratified }));
    }
  }
  const says = (r) => Math.min(r.pair[1], r.pair[3]) >= Math.max(1, data.floor);
  correct(rows, says, "p", "q");
  correct(rows, (r) => says(r) && r.strata.length, "heterogeneity", "strataQ");
  return rows.map((r) => ({ ...r, says: says(r) }));
}

// ---- the table

const points = (d) => `${d > 0 ? "+" : ""}${percent(d)}`;
const share = (k, n) => (n > 0 ? `${percent(k / n)} %` : "");

function cells(words, [k1, n1, k2, n2], shown, last) {
  const n = (text, kind = "") => el("td", { class: `n ${kind}` }, text);
  return [el("th", { scope: "row" }, words), n(share(k1, n1)), n(share(k2, n2)), n(shown.difference, "s"), n(shown.interval, "i"), n(`${k1} of ${n1}, ${k2} of ${n2}`, "c"), el("td", {}, last)];
}

function noteOf(row) {
  const star = row.q <= DISCOVERIES ? ["*"] : [];
  const differ = row.strataQ <= DISCOVERIES ? ["the versions differ more than chance allows: look at each"] : [];
  return [...star, ...(row.changed ? ["changed between the two"] : []), ...differ].join(" ");
}

function tableRows(row) {
  const shown = row.says
    ? { difference: `${points(row.difference)} points`, interval: `${points(row.low)} to ${points(row.high)}` }
    : { difference: TOO_FEW, interval: "" };
  return [
    el("tr", row.q <= DISCOVERIES ? { class: "star" } : {}, ...cells(row.words, row.pair, shown, noteOf(row))),
    ...row.strata.map((s) => {
      const [k1, n1, k2, n2] = s.pair;
      const each = { difference: `${points(k1 / n1 - k2 / n2)} points`, interval: "" };
      return el("tr", { class: "other" }, ...cells(`version ${s.name || "–"}`, s.pair, each, ""));
    }),
  ];
}

function headingRow(words) {
  return el("tr", { class: "heading" }, el("th", { scope: "rowgroup", colspan: 7 }, words));
}

// Whether some viewings may be on both sides.
function overlap(data, a, b) {
  const meet = (name) => a[name] === b[name] || a[name] === ALL || b[name] === ALL;
  const names = ["version", "viewings", "time", ...data.kinds.map((kind) => kind.name)];
  return names.every(meet) && a.from <= b.to && b.from <= a.to;
}

function fillTable(table, rows) {
  let last = null;
  const lines = [];
  for (const row of rows) {
    if (row.heading !== last) lines.push(headingRow(row.heading));
    last = row.heading;
    lines.push(...tableRows(row));
  }
  table.querySelector("tbody").replaceChildren(...lines);
}

// Fills the tables of the comparison, which are hidden while nothing is compared; the viewers' rows are corrected for one another.
export function updateComparison(data, section, sides) {
  const block = section.querySelector("[data-compare]");
  const viewers = section.querySelector("[data-compare-viewers]");
  block.hidden = !sides;
  viewers.hidden = !sides || data.viewers.length === 0;
  if (!sides) return;
  const shared = overlap(data, sides.first.filter, sides.second.filter)
    ? " Some viewings are on both sides; the intervals take the sides for different people."
    : "";
  block.querySelector(".sides").textContent = `First: ${sides.first.words}. Second: ${sides.second.words}.${shared}`;
  fillTable(block, compared(data, sides, kindsOf(data)));
  fillTable(viewers, compared(data, sides, viewersOf(data)));
}
