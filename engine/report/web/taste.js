// Taste by the film's traits, of the filter. As engine/report/trait_section.c and telemetry/survey/survey_traits.c.
import { el } from "./dom.js";
import { TOO_FEW } from "./figures.js";
import { fixed, telling, Z95 } from "./stats.js";

const BINS = 20, LEFT = 8, TOP = 8, WIDTH = 420, HEIGHT = 90, CHANCE = 0.05, LEVELS = 3;

function meanOf(leans) {
  let n = 0, sum = 0, squares = 0;
  leans.forEach((k, i) => {
    n += k;
    sum += k * (i / 100);
    squares += k * (i / 100) * (i / 100);
  });
  const mean = sum / n, half = Z95 * Math.sqrt(Math.max(0, squares - (sum * sum) / n) / (n - 1) / n);
  return { n, mean, low: Math.max(0, mean - half), high: Math.min(1, mean + half) };
}

function binsOf(leans) {
  const counts = new Array(BINS).fill(0), last = leans.length - 1;
  leans.forEach((k, i) => { counts[Math.min(Math.floor((i * BINS) / last), BINS - 1)] += k; });
  return counts;
}

function updateSpread(data, figure, trait) {
  const leans = Array.from(data.x.slice(trait.at, trait.at + data.slot.leans)), m = meanOf(leans), enough = m.n >= data.floor;
  const percent = (p) => fixed(p * 100, 1);
  figure.querySelector("figcaption").textContent = "Mean lean: " + (enough ? `${percent(m.mean)} % (${percent(m.low)} to ${percent(m.high)})` : TOO_FEW);
  figure.querySelector("svg").toggleAttribute("hidden", !enough);
  const drawn = figure.querySelectorAll(".bin"), folded = figure.nextElementSibling, cells = folded.querySelectorAll("td");
  const bins = binsOf(leans), most = Math.max(1, ...bins);
  bins.forEach((n, i) => {
    const height = (HEIGHT * n) / most;
    drawn[i].setAttribute("y", fixed(TOP + HEIGHT - height, 1));
    drawn[i].setAttribute("height", fixed(height, 1));
    cells[i].textContent = n;
  });
  folded.hidden = !enough;
}

function updateTells(data, block, trait) {
  const asked = [];
  for (const [decision, at, rows] of trait.tells) {
    const table = Array.from({ length: rows }, (_, r) => Array.from(data.x.slice(at + r * LEVELS, at + (r + 1) * LEVELS)));
    const n = table.flat().reduce((a, b) => a + b, 0), t = telling(table);
    if (n >= Math.max(data.floor, 1)) asked.push({ title: data.decisions[decision].title, n, ...t });
  }
  const told = asked.filter((t) => t.chance * asked.length <= CHANCE); // Bonferroni
  told.sort((a, b) => b.bits - a.bits || a.chance - b.chance);
  block.querySelector("tbody").replaceChildren(...told.map((t) => el("tr", {}, el("th", { scope: "row" }, t.title),
    el("td", { class: "n" }, `${fixed(t.bits, 3)} bits`), el("td", { class: "n" }, String(t.n)))));
  block.hidden = told.length === 0;
}

export function updateTaste(data, section) {
  for (const trait of data.traits) {
    const figure = section.querySelector(`[data-spread="${trait.at}"]`);
    if (figure) updateSpread(data, figure, trait);
  }
  for (const block of section.querySelectorAll("[data-tells]")) updateTells(data, block, data.traits[Number(block.dataset.tells)]);
}
