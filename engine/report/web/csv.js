// A link beside every table that saves it as CSV (RFC 4180), made here: nothing is fetched. Shares are written as
// numbers, not as the page shows them.
import { el } from "./dom.js";
import { wilson } from "./stats.js";

const quote = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
const number = (value) => (Number.isFinite(value) ? String(Math.round(value * 1e6) / 1e6) : "");

// A curve's table has a row for each step of its axis; its CSV has a line for every moment.
const moments = (curve) => [
  ["seconds", "undecided", "low", "high"],
  ...curve.map((c) => [c.ms / 1000, c.share, c.low, c.high].map(number)),
];

function lines(data, table) {
  return (
    (table.curve ? moments(table.curve) : cellsOf(data, table))
      .map((line) => line.map((value) => quote(String(value))).join(","))
      .join("\r\n") + "\r\n"
  );
}

function cellsOf(data, table) {
  const shares = table.classList.contains("shares");
  const headings = [...table.querySelectorAll("thead th")].map((th) => th.textContent);
  const extra = headings.slice(4);
  const named = table.querySelector("th[data-id]") !== null; // then the second column is the id
  const withId = (line, id) => (named ? [line[0], id, ...line.slice(1)] : line);
  const all = [withId(shares ? [headings[0], "share", "low", "high", "k", "n", ...extra] : headings, "id")];
  for (const row of table.tBodies[0].rows) {
    if (row.hidden) continue;
    const cells = [...row.cells].filter((c) => !c.classList.contains("b")).map((c) => c.textContent.trim());
    const id = row.cells[0].dataset.id ?? "";
    if (!shares) all.push(withId(cells, id));
    else {
      const [k, n] = (cells[3] || "0 of 0").split(" of ").map(Number);
      const w = wilson(k, n);
      const enough = n >= data.floor;
      all.push(withId([cells[0], ...(enough ? [k / n, w.low, w.high].map(number) : ["", "", ""]), k, n, ...cells.slice(4)], id));
    }
  }
  return all;
}

export function offerCsv(data, section) {
  for (const table of section.querySelectorAll("table[data-csv]")) {
    const name = table.dataset.csv.replace(/[^\p{L}\p{N}_-]+/gu, "-").slice(0, 60) || "table";
    const link = el(
      "a",
      { class: "csv", href: "#", download: `${name}.csv`, title: `${table.caption.textContent}, as CSV` },
      "CSV",
    );
    link.setAttribute("aria-label", `${table.caption.textContent}, as CSV`);
    // Made at the click, because a filter may have changed the table.
    link.addEventListener("click", () => {
      URL.revokeObjectURL(link.href);
      link.href = URL.createObjectURL(new Blob(["\ufeff", lines(data, table)], { type: "text/csv;charset=utf-8" }));
    });
    table.caption.append(" ", link);
  }
}
