// How far viewers lean towards each of the film's traits: mean, histogram, and which decisions reveal it.
import { scaleBand, scaleLinear } from "d3-scale";
import { bottomAxis, emptyDrawing, plot } from "./chart.js";
import { leanBins } from "./chart_rules.js";
import { el } from "./dom.js";
import { percent, TOO_FEW } from "./shares.js";
import { association, falseDiscoveries, fixed, meanOf } from "./stats.js";

const BOX = { left: 14, top: 8, width: 420, height: 90, right: 18, bottom: 38 };
const SIGNIFICANT = 0.05; // as survey_is_associated() has it
const LEVELS = 3; // a low, middling or high lean: columns of the table for each option

function draw(figure, bins, name) {
  const drawing = emptyDrawing(figure, BOX, `How the leans are spread: ${name}`);
  const group = plot(drawing);
  const bars = scaleBand(
    bins.map((_, i) => i),
    [BOX.left, BOX.left + BOX.width],
  ).paddingInner(0.12);
  const x = scaleLinear([0, 1], [BOX.left, BOX.left + BOX.width]);
  const y = scaleLinear([0, Math.max(1, ...bins)], [BOX.top + BOX.height, BOX.top]);
  group
    .selectAll(".bin")
    .data(bins)
    .join("rect")
    .attr("class", "bin")
    .attr("x", (_, i) => bars(i))
    .attr("width", bars.bandwidth())
    .attr("y", (n) => y(n))
    .attr("height", (n) => y(0) - y(n));
  bottomAxis(group, x, BOX, {
    values: [0, 0.25, 0.5, 0.75, 1],
    text: (lean) => `${lean * 100} %`,
    words: "of what there was to pick",
  });
}

function updateSpread(data, figure, trait) {
  const leans = Array.from(data.x.slice(trait.at, trait.at + data.offset.leans));
  const m = meanOf(leans);
  const enough = m.n >= data.floor;
  const bins = leanBins(leans);
  const folded = figure.nextElementSibling;
  const cells = folded.querySelectorAll("td");
  figure.querySelector("figcaption").textContent =
    "Mean lean: " + (enough ? `${percent(m.mean)} % (${percent(m.low)} to ${percent(m.high)})` : TOO_FEW);
  if (enough) draw(figure, bins, figure.closest("article").querySelector("h3").textContent);
  else figure.querySelector("svg")?.remove();
  bins.forEach((n, i) => {
    cells[i].textContent = n;
  });
  folded.hidden = !enough;
}

// For each trait, the decisions that were asked often enough, with what they tell; corrected for all of them.
function askedOf(data) {
  const asked = data.traits.map((trait) =>
    trait.associations
      .map(([decision, at, rows]) => {
        const row = (r) => Array.from(data.x.slice(at + r * LEVELS, at + (r + 1) * LEVELS));
        const table = Array.from({ length: rows }, (_, r) => row(r));
        const n = table.flat().reduce((a, b) => a + b, 0);
        return { title: data.decisions[decision].title, n, ...association(table) };
      })
      .filter((t) => t.n >= Math.max(data.floor, 1)),
  );
  const all = asked.flat();
  falseDiscoveries(all.map((t) => t.pValue)).forEach((q, i) => {
    all[i].q = q;
  });
  return asked;
}

function updateAssociations(block, asked) {
  const told = asked.filter((t) => t.q <= SIGNIFICANT);
  told.sort((a, b) => b.bits - a.bits || a.pValue - b.pValue);
  block
    .querySelector("tbody")
    .replaceChildren(
      ...told.map((t) =>
        el(
          "tr",
          {},
          el("th", { scope: "row" }, t.title),
          el("td", { class: "n" }, `${fixed(t.bits, 3)} bits`),
          el("td", { class: "n" }, String(t.n)),
        ),
      ),
    );
  block.hidden = told.length === 0;
}

export function updateTraits(data, section) {
  const asked = askedOf(data);
  for (const trait of data.traits) {
    const figure = section.querySelector(`[data-spread="${trait.at}"]`);
    if (figure) updateSpread(data, figure, trait);
  }
  for (const block of section.querySelectorAll("[data-associations]"))
    updateAssociations(block, asked[Number(block.dataset.associations)]);
}
