// Shares that add up parts of the audience which differ: versions, first viewings and replays, time modes. As
// telemetry/survey/mixture.c does it, but for the filter.
import { el } from "./dom.js";
import { percent } from "./shares.js";
import { falseDiscoveries, heterogeneity } from "./stats.js";

const DISCOVERIES = 0.05;
const WAYS = [
  { words: "versions", names: (data) => data.versions.map((v) => v.name), of: (cell) => cell[0] },
  {
    words: "first viewings and replays",
    names: () => ["unknown", "first", "replay"],
    of: (cell) => Math.min(cell[1], 2),
  },
  { words: "time modes", names: () => ["0", "1", "2", "3", "5", "10"], of: (cell) => [0, 1, 2, 3, 5, 10].indexOf(cell[2]) },
];

// {title, number, k, n}: n are places that are added up.
function* sharesOf(data) {
  const { offset: o } = data;
  for (const v of data.versions)
    for (const [number, k, n] of [
      ["reached an ending", o.reached, o.viewings],
      ["watched 2 minutes", o.twoMinutes, o.viewings],
      ["watched 70 percent", o.seventy, o.lengthKnown],
    ])
      yield { title: data.title, number, k: v.at + k, n: [v.at + n] };
  for (const e of data.endings)
    yield { title: e.title, number: "reach", k: e.at, n: [data.versions[e.version].at + o.viewings] };
  for (const d of data.decisions) {
    for (const [i, title] of d.options.entries()) {
      const at = data.option(d, i);
      if (!d.forgets.includes(i))
        yield { title: `${d.title} › ${title}`, number: "pick", k: at + o.picks, n: [at + o.available] };
    }
    yield { title: d.title, number: "timeout", k: d.at + o.timeout, n: [d.at + o.exposures] };
  }
  for (const n of data.nodes) {
    const came = n.at + o.came;
    yield { title: n.title, number: "reach", k: came, n: n.versions.map((v) => data.versions[v].at + o.viewings) };
    yield { title: n.title, number: "drop-off", k: n.at + o.quits, n: [came] };
  }
}

// For each way, and each part of it, the counts at the places that are in `columns`.
function countParts(data, columns) {
  const rows = WAYS.map((way) => way.names(data).map(() => new Float64Array(columns.size)));
  for (const cell of data.cells) {
    if (!data.wants(cell)) continue;
    const parts = WAYS.map((way, w) => rows[w][way.of(cell)]).filter(Boolean);
    const counts = cell[5];
    for (let i = 0, at = 0; i < counts.length; i += 2) {
      const column = columns.get((at += counts[i]));
      if (column !== undefined) for (const part of parts) part[column] += counts[i + 1];
    }
  }
  return rows;
}

export function mixtures(data) {
  const shares = [...sharesOf(data)];
  const columns = new Map();
  for (const s of shares) for (const place of [s.k, ...s.n]) if (!columns.has(place)) columns.set(place, columns.size);
  const rows = countParts(data, columns);
  const tested = [];
  for (const s of shares)
    WAYS.forEach((way, w) => {
      const names = way.names(data);
      const all = rows[w].map((row, i) => ({
        name: names[i],
        k: row[columns.get(s.k)],
        n: s.n.reduce((sum, place) => sum + row[columns.get(place)], 0),
      }));
      const parts = all.filter((p) => p.n > 0);
      const p = heterogeneity(parts.map((part) => [part.k, part.n]));
      if (!Number.isNaN(p)) tested.push({ ...s, by: way.words, parts, p });
    });
  const q = falseDiscoveries(tested.map((t) => t.p));
  return tested.filter((_, i) => q[i] <= DISCOVERIES);
}

export function updateMixed(data, section) {
  const block = section.querySelector("[data-mixed]");
  const mixed = mixtures(data);
  const words = (parts) => parts.map((p) => `${p.name}: ${percent(p.k / p.n)} % of ${p.n}`).join(", ");
  block.hidden = mixed.length === 0;
  block.querySelector("summary span").textContent = mixed.length;
  block
    .querySelector("tbody")
    .replaceChildren(
      ...mixed.map((m) =>
        el(
          "tr",
          {},
          el("th", { scope: "row" }, m.title),
          el("td", {}, m.number),
          el("td", {}, m.by),
          el("td", {}, words(m.parts)),
        ),
      ),
    );
}
