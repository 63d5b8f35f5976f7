// Days since 1970 and the periods that hold them, as telemetry/count/count_cube.c has them.
export const PERIODS = ["day", "week", "month", "year"];
export const date = (day) => new Date(day * 86400e3).toISOString().slice(0, 10);

// The first day of the period that holds `day`.
export function firstDay(day, period) {
  if (period === "day") return day;
  if (period === "week") return day - ((day + 3) % 7);
  const at = new Date(day * 86400e3);
  return Date.UTC(at.getUTCFullYear(), period === "year" ? 0 : at.getUTCMonth()) / 86400e3;
}
