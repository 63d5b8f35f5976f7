// The page's script against the table of cases that C is held to, too (cases.json). TAP on standard output.
import { readFileSync } from "node:fs";

const web = new URL("../../engine/report/web/", import.meta.url);
const stats = await import(new URL("stats.js", web));
const rules = await import(new URL("chart_rules.js", web));
const cases = JSON.parse(readFileSync(new URL("cases.json", import.meta.url), "utf8"));

const moments = (rows) => rows.map(([ms, events, censored]) => ({ ms, events, censored }));
const number = (value) => (value === null ? NaN : value);
const time = ([value, low, high]) => ({ value: number(value), low: number(low), high: number(high) });
const functions = {
  wilson: ([k, n]) => Object.values(stats.wilson(k, n)),
  clusters: ([k, n, kk, kn, nn, clusters]) =>
    Object.values(stats.clusterInterval({ k, n, kk, kn, nn, clusters })),
  bounds: ([k, n, missing]) => Object.values(stats.bounds(k, n, missing)),
  difference: (counts) => Object.values(stats.difference(...counts)),
  class_ms: stats.classMs,
  survival: (rows) => stats.survive(moments(rows)).map((c) => [c.ms, c.share, c.low, c.high]),
  time_at: ([rows, q]) => {
    const t = stats.timeAt(stats.survive(moments(rows)), q);
    return [t.value, t.low, t.high];
  },
  quantile: ([rows, q]) => stats.quantile(moments(rows), q),
  association: (table) => {
    const t = stats.association(table);
    return [t.bits, t.pValue];
  },
  pooled: (strata) => {
    const d = stats.pooledDifference(strata);
    return [d.difference, d.low, d.high, d.p, d.heterogeneity];
  },
  heterogeneity: stats.heterogeneity,
  discoveries: stats.falseDiscoveries,
  decimal: ([value, digits]) => stats.fixed(value, digits),
  curve_axis: (last) => {
    const a = rules.curveAxis(last);
    return [a.end, a.step];
  },
  lean_bins: rules.leanBins,
  mean: (leans) => {
    const m = stats.meanOf(leans);
    return [m.mean, m.low, m.high];
  },
  usual_time: (times) => Object.values(rules.usualTime(times.map(time))),
  verdict: ([shift, illusion, ms, usual]) => rules.verdict(shift, illusion, time(ms), time(usual)),
};

// Numbers may differ by a billionth of themselves; the tail of chi square is an approximation here, to 1.2e-7.
function same(got, want, within) {
  if (Array.isArray(want))
    return Array.isArray(got) && got.length === want.length && want.every((w, i) => same(got[i], w, within));
  if (want === null) return Number.isNaN(got);
  if (typeof want === "number") return Math.abs(got - want) <= within * Math.max(1, Math.abs(want));
  return got === want;
}

let points = 0;
for (const [name, rows] of Object.entries(cases)) {
  if (name === "about") continue;
  const wrong = rows
    .map((row) => [row, functions[name]?.(row.in)])
    .filter(([row, got]) => !same(got, row.out, ["association", "heterogeneity", "pooled"].includes(name) ? 2e-7 : 1e-9));
  console.log(
    `${wrong.length ? "not ok" : "ok"} ${++points} - ${name}: the script's ${rows.length} answers are those of the table`,
  );
  for (const [row, got] of wrong.slice(0, 4))
    console.log(
      `#   of ${JSON.stringify(row.in)}\n#      got: ${JSON.stringify(got)}\n#   wanted: ${JSON.stringify(row.out)}`,
    );
}
console.log(`1..${points}`);
