// The statistics of base/stats.c, step by step the same, so that a filter's numbers are those of `frumious
// report`. No page and no library is needed here: a test runs these functions beside those of C.

export const Z95 = 1.959963984540054;
const CLASS_RATIO = 1.01 / 0.99;

export function wilson(k, n) {
  return n <= 0 ? { low: 0, high: 1 } : wilsonOf(k / n, n);
}

function wilsonOf(p, n) {
  const zz = Z95 * Z95;
  const centre = (p + zz / (2 * n)) / (1 + zz / n);
  const half = (Z95 * Math.sqrt((p * (1 - p)) / n + zz / (4 * n * n))) / (1 + zz / n);
  return { low: p <= 0 ? 0 : Math.max(0, centre - half), high: p >= 1 ? 1 : Math.min(1, centre + half) };
}

// The share of n cases in clusters: sums of the clusters' own k, n, k², k n, n², and how many clusters there are.
export function clusterInterval({ k, n, kk, kn, nn, clusters: m }) {
  if (n <= 0 || m < 2) return { low: 0, high: 1 };
  const p = k / n;
  const variance = Math.max(0, kk - 2 * p * kn + p * p * nn) / (n * n);
  const alike = (p * (1 - p)) / n;
  const cases = p <= 0 || p >= 1 ? m : variance > alike ? (n * alike) / variance : n;
  return wilsonOf(p, cases);
}

// What a share lies between if up to `missing` more cases had counted.
export function bounds(k, n, missing) {
  const all = n + missing;
  return all > 0 ? { low: k / all, high: (k + missing) / all } : { low: 0, high: 1 };
}

// Newcombe's interval of k1/n1 - k2/n2.
export function difference(k1, n1, k2, n2) {
  if (n1 <= 0 || n2 <= 0) return { low: -1, high: 1 };
  const p1 = k1 / n1;
  const p2 = k2 / n2;
  const a = wilson(k1, n1);
  const b = wilson(k2, n2);
  return { low: p1 - p2 - Math.hypot(p1 - a.low, b.high - p2), high: p1 - p2 + Math.hypot(a.high - p1, p2 - b.low) };
}

// `variance`: the sum of Greenwood's formula.
function logLog(share, variance, highBefore) {
  if (share <= 0) return { low: 0, high: highBefore };
  if (share >= 1) return { low: 1, high: 1 };
  const spread = Math.exp((Z95 * Math.sqrt(variance)) / Math.abs(Math.log(share)));
  return { low: share ** spread, high: share ** (1 / spread) };
}

// The middle of a class of times, in ms.
export function classMs(cls) {
  return cls <= 0 ? 1 : CLASS_RATIO ** cls * 0.99;
}

// [{ms, events, censored}], ascending; `censored` may be missing.
export function moments(x, events, censored, classes) {
  const all = [];
  for (let c = 0; c < classes; c++) {
    const e = x[events + c];
    const left = censored === undefined ? 0 : x[censored + c];
    if (e + left > 0) all.push({ ms: classMs(c), events: e, censored: left });
  }
  return all;
}

// Kaplan-Meier: [{ms, share, low, high}].
export function survive(all) {
  let risk = 0;
  let share = 1;
  let variance = 0;
  let high = 1;
  for (const m of all) risk += m.events + m.censored;
  return all.map((m) => {
    if (m.events > 0) {
      const last = m.events === risk;
      share = last ? 0 : share * (1 - m.events / risk);
      variance += last ? 0 : m.events / (risk * (risk - m.events));
    }
    const interval = logLog(share, variance, high);
    high = interval.high;
    risk -= m.events + m.censored;
    return { ms: m.ms, share, low: interval.low, high: interval.high };
  });
}

// The curve of who has not left a node, of its seconds in which visits ended ({second, left, jumped, other}, ascending), and how
// likely chance alone shows as many who left in each, if at every second the same share left (Poisson); NaN where nobody did.
export function dropOff(seconds) {
  const ended = (s) => s.left + s.jumped + s.other;
  const curve = survive(seconds.map((s) => ({ ms: s.second, events: s.left, censored: s.jumped + s.other })));
  const all = seconds.reduce((n, s) => n + s.left, 0);
  const rate = all / seconds.reduce((n, s) => n + ended(s) * (s.second + 1), 0);
  let atRisk = seconds.reduce((n, s) => n + ended(s), 0);
  return seconds.map((s, i) => {
    const { share, low, high } = curve[i];
    const p = s.left > 0 ? 1 - chiSquareAbove(2 * rate * atRisk, 2 * s.left) : NaN;
    const one = { ...s, atRisk, share, low, high, p };
    atRisk -= ended(s);
    return one;
  });
}

// When at most 1 - q are left: {value, low, high} in ms; NaN where the curve does not come down so far.
export function timeAt(curve, q) {
  const left = 1 - q + 1e-12;
  const first = (key) => curve.find((c) => c[key] <= left)?.ms ?? NaN;
  return { value: first("share"), low: first("low"), high: first("high") };
}

// The time by which q of all events have happened, censored ones not counted.
export function quantile(all, q) {
  const sum = all.reduce((n, m) => n + m.events, 0);
  let soFar = 0;
  for (const m of all) {
    soFar += m.events;
    if (m.events > 0 && soFar >= q * sum - 1e-9) return m.ms;
  }
  return NaN;
}

// As C writes it with "%.*f": what lies exactly between two goes to the even one.
export function fixed(value, digits) {
  const text = value.toFixed(digits);
  const halves = value * 2 ** (digits + 1);
  if (!Number.isInteger(halves) || halves % 2 === 0) return text;
  const unit = 10 ** -digits;
  const below = Math.floor(value / unit);
  return ((below % 2 === 0 ? below : below + 1) * unit).toFixed(digits);
}

// ---- leans: how many viewings lean by 0 %, 1 %, … 100 %

// The mean of the leans with an interval by the normal approximation; of fewer than two it is all that a mean can be.
export function meanOf(leans) {
  let n = 0;
  let sum = 0;
  let squares = 0;
  leans.forEach((k, i) => {
    n += k;
    sum += k * (i / 100);
    squares += k * (i / 100) * (i / 100);
  });
  const mean = sum / n;
  if (n < 2) return { n, mean, low: 0, high: 1 };
  const half = Z95 * Math.sqrt(Math.max(0, squares - (sum * sum) / n) / (n - 1) / n);
  return { n, mean, low: Math.max(0, mean - half), high: Math.min(1, mean + half) };
}

// ---- what a table of counts tells

function information(table) {
  const rows = table.map((r) => r.reduce((a, b) => a + b, 0));
  const columns = table[0].map((_, c) => table.reduce((n, r) => n + r[c], 0));
  const all = rows.reduce((a, b) => a + b, 0);
  let bits = 0;
  table.forEach((row, r) =>
    row.forEach((n, c) => {
      if (n > 0) bits += (n / all) * Math.log2((n * all) / (rows[r] * columns[c]));
    }),
  );
  const some = (sums) => sums.filter((n) => n > 0).length;
  return { all, bits: Math.max(0, bits), degrees: (some(rows) - 1) * (some(columns) - 1) };
}

// The complementary error function, wrong by 1.2e-7 of itself at most (Numerical Recipes, erfcc); for x >= 0.
function erfc(x) {
  const t = 1 / (1 + 0.5 * x);
  const c = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
  ];
  return t * Math.exp(-x * x + c.reduceRight((sum, a) => a + t * sum, 0));
}

function chiSquareAbove(x, degrees) {
  const half = x / 2;
  const odd = degrees & 1;
  if (!(x > 0)) return 1;
  let above = odd ? erfc(Math.sqrt(half)) : 0;
  let term = odd ? Math.sqrt(half / Math.PI) * 2 * Math.exp(-half) : Math.exp(-half);
  for (let i = odd ? 3 : 2; i <= degrees; i += 2) {
    above += term;
    term *= half / (i / 2);
  }
  return Math.min(1, above);
}

// Mutual information of rows and columns, less what chance shows; how likely chance shows as much.
export function association(table) {
  if (!table.length) return { bits: 0, pValue: 1 };
  const { all, bits, degrees } = information(table);
  if (all <= 0 || degrees <= 0) return { bits: 0, pValue: 1 };
  return {
    bits: Math.max(0, bits - degrees / (2 * all * Math.LN2)),
    pValue: chiSquareAbove(2 * all * Math.LN2 * bits, degrees),
  };
}

// ---- many comparisons at once

// How likely chance alone makes the shares of several groups, [k, n], differ as much (Pearson); NaN where fewer than two
// groups are large enough to tell.
export function heterogeneity(groups) {
  const shareOf = (all) => all.reduce((s, g) => s + g[0], 0) / all.reduce((s, g) => s + g[1], 0);
  const share = shareOf(groups);
  const tested = groups.filter(([, n]) => n * share >= 5 && n * (1 - share) >= 5);
  if (tested.length < 2) return NaN;
  const p = shareOf(tested);
  const x = p > 0 && p < 1 ? tested.reduce((sum, [k, n]) => sum + (k - n * p) ** 2 / (n * p * (1 - p)), 0) : 0;
  return chiSquareAbove(x, tested.length - 1);
}

// A share that is never 0 or 1, so that its variance is not 0.
const drawnIn = (k, n) => (k + 0.5) / (n + 1);

function addStratum(s, [k1, n1, k2, n2]) {
  const n = n1 + n2;
  const w = (n1 * n2) / n;
  const d = k1 / n1 - k2 / n2;
  const [p1, p2] = [drawnIn(k1, n1), drawnIn(k2, n2)];
  const v = (p1 * (1 - p1)) / n1 + (p2 * (1 - p2)) / n2;
  s.strata++;
  s.weights += w;
  s.weighted += w * d;
  s.variance += (k1 * (n1 - k1) * n2 ** 3 + k2 * (n2 - k2) * n1 ** 3) / (n1 * n2 * n * n);
  s.excess += k1 - (n1 * (k1 + k2)) / n;
  s.spread += (n1 * n2 * (k1 + k2) * (n - k1 - k2)) / (n * n * (n - 1));
  s.drawnIn += w * w * v;
  s.inverse += 1 / v;
  s.inverse1 += d / v;
  s.inverse2 += (d * d) / v;
}

// The difference of two shares over strata, [k1, n1, k2, n2] each (Mantel and Haenszel); how likely chance alone shows as much,
// and how likely it makes the strata differ as much. NaN where no stratum has cases on both sides.
export function pooledDifference(strata) {
  const s = { strata: 0, weights: 0, weighted: 0, variance: 0, drawnIn: 0, excess: 0, spread: 0, inverse: 0, inverse1: 0, inverse2: 0 };
  for (const one of strata) if (one[1] > 0 && one[3] > 0) addStratum(s, one);
  if (!s.strata) return { difference: NaN, low: NaN, high: NaN, p: NaN, heterogeneity: NaN };
  const d = s.weighted / s.weights;
  const half = (Z95 * Math.sqrt(s.variance > 0 ? s.variance : s.drawnIn)) / s.weights;
  const q = Math.max(0, s.inverse2 - (s.inverse1 * s.inverse1) / s.inverse);
  return {
    difference: d,
    low: Math.max(-1, d - half),
    high: Math.min(1, d + half),
    p: s.spread > 0 ? chiSquareAbove((s.excess * s.excess) / s.spread, 1) : 1,
    heterogeneity: s.strata > 1 ? chiSquareAbove(q, s.strata - 1) : 1,
  };
}

// For each of these p, the least rate of false discoveries at which it would be one (Benjamini and Hochberg).
export function falseDiscoveries(all) {
  const order = all.map((p, i) => [p, i]).sort((a, b) => b[0] - a[0]);
  const q = [];
  let least = 1;
  order.forEach(([p, i], above) => {
    least = Math.min(least, (p * all.length) / (all.length - above));
    q[i] = least;
  });
  return q;
}
