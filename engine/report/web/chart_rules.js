// What tables and charts go by: the steps of a curve's axis, the bins of a histogram, the verdict on a decision. The
// program writes the same tables by the same rules (report/chart_rules.c); tests/page/cases.json holds both to the same
// answers.

// The axis of a curve that ends at `last` ms: it goes on to the next whole step, with ten steps at most.
export function curveAxis(last) {
  const steps = [100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000, 300000, 3600000];
  const step = steps.find((s) => last <= 10 * s) ?? steps.at(-1);
  return { end: Math.max(1, Math.ceil(last / step)) * step, step };
}

export const BINS = 20;

// `leans`: how many viewings lean by 0 %, 1 %, … 100 %. The last bin holds 100 %, too.
export function leanBins(leans) {
  const counts = new Array(BINS).fill(0);
  const last = leans.length - 1;
  leans.forEach((k, i) => {
    counts[Math.min(Math.floor((i * BINS) / last), BINS - 1)] += k;
  });
  return counts;
}

// A decision matters from this shift of the endings' odds on.
export const MATTERS = 0.2;

// The median of the medians of decisions' times in ms, {value, low, high}, and of the bounds of their intervals; those that
// are NaN are not known and not counted. NaN: none is.
export function usualTime(times) {
  const known = times.filter((t) => Number.isFinite(t.value));
  const n = known.length;
  const middle = (values) => {
    values.sort((a, b) => a - b);
    const m = (values[(n - 1) >> 1] + values[n >> 1]) / 2;
    return n && Number.isFinite(m) ? m : NaN;
  };
  return {
    value: middle(known.map((t) => t.value)),
    low: middle(known.map((t) => (Number.isFinite(t.low) ? t.low : 0))),
    high: middle(known.map((t) => (Number.isFinite(t.high) ? t.high : Infinity))),
  };
}

// What stands out about a decision. `shift`: null where it could not be compared. `time`, `usual`: as above. It is said
// without "perhaps" only where their intervals lie apart.
export function verdict(shift, illusion, time, usual) {
  if (illusion) return "illusion";
  if (shift === null || !Number.isFinite(time.value)) return "usual";
  if (shift >= MATTERS && time.value < usual.value) return time.high < usual.low ? "unnoticed" : "perhaps unnoticed";
  if (shift < MATTERS && time.value > usual.value) return time.low > usual.high ? "agonises" : "perhaps agonises";
  return "usual";
}
