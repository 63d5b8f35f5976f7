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

// The median of the medians of decisions' times in ms; those that are NaN are not known and not counted. NaN: none is.
export function usualTime(times) {
  const known = times.filter(Number.isFinite).sort((a, b) => a - b);
  const n = known.length;
  return n ? (known[(n - 1) >> 1] + known[n >> 1]) / 2 : NaN;
}

// What stands out about a decision. `shift`: null where it could not be compared. `ms`: NaN where it is not known.
export function verdict(shift, illusion, ms, usual) {
  if (illusion) return "illusion";
  if (shift === null || !Number.isFinite(ms)) return "usual";
  if (shift >= MATTERS) return ms < usual ? "unnoticed" : "usual";
  return ms > usual ? "agonises" : "usual";
}
