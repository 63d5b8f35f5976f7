// What each decision changes against how long viewers took for it. The change is the film's own; the time is the
// filter's.
import { scaleLinear } from "d3-scale";
import { bottomAxis, emptyDrawing, plot, shareAxis } from "./chart.js";
import { MATTERS, usualTime, verdict } from "./chart_rules.js";
import { medianOf } from "./curve.js";
import { el } from "./dom.js";
import { seconds, TOO_FEW } from "./shares.js";
import { fixed } from "./stats.js";

const BOX = { left: 56, top: 14, width: 620, height: 260, right: 16, bottom: 44 };
const CAPTION =
  "Upwards: how far the odds of the endings shift. To the right: how long viewers took. " +
  "A dot has its decision's number in the table; the corners hold what stands out.";
const VERDICTS = {
  usual: { look: "dot", words: "" },
  unnoticed: { look: "dot much", words: "matters, goes by unnoticed" },
  agonises: { look: "dot none", words: "agonises, changes little" },
  "perhaps unnoticed": { look: "dot", words: "perhaps: matters, goes by unnoticed" },
  "perhaps agonises": { look: "dot", words: "perhaps: agonises, changes little" },
  illusion: { look: "dot none", words: "changes nothing" },
};

// Where choices matter and go by unnoticed, and where they agonise and change little.
function drawCorners(group, x, y, usual) {
  const corner = (name, left, right, top, bottom) =>
    group
      .append("rect")
      .attr("class", `corner ${name}`)
      .attr("x", left)
      .attr("y", top)
      .attr("width", right - left)
      .attr("height", bottom - top);
  corner("much", x.range()[0], x(usual), y(1), y(MATTERS));
  corner("none", x(usual), x.range()[1], y(MATTERS), y(0));
  group
    .append("text")
    .attr("class", "word")
    .attr("x", BOX.left + 8)
    .attr("y", BOX.top + 18)
    .text("matters, and goes by unnoticed");
  group
    .append("text")
    .attr("class", "word")
    .attr("x", BOX.left + BOX.width - 8)
    .attr("y", BOX.top + BOX.height - 10)
    .attr("text-anchor", "end")
    .text("agonises, and changes little");
}

// Where the axis of times ends: some way behind the longest, and at a whole second.
function endOf(times) {
  const longest = Math.max(1000, ...times.filter(Number.isFinite));
  return Math.ceil((longest * 1.15) / 1000) * 1000;
}

function draw(figure, decisions, end, usual) {
  const group = plot(emptyDrawing(figure, BOX, "Consequence against hesitation; the table below has the same"));
  const x = scaleLinear([0, end], [BOX.left, BOX.left + BOX.width]);
  const y = scaleLinear([0, 1], [BOX.top + BOX.height, BOX.top]);
  drawCorners(group, x, y, usual);
  shareAxis(group, y, BOX);
  bottomAxis(group, x, BOX, {
    values: [0, 1, 2, 3, 4].map((i) => (end * i) / 4),
    text: (ms) => `${fixed(ms / 1000, 1)} s`,
    words: "half have decided within",
  });
  const dots = group
    .selectAll(".dot")
    .data(decisions.filter((d) => d.shift !== null && Number.isFinite(d.ms)))
    .join("g")
    .attr("class", (d) => VERDICTS[d.verdict].look)
    .attr("data-dot", (d) => d.index)
    .attr("transform", (d) => `translate(${x(d.ms)} ${y(d.shift)})`);
  dots.append("title").text((d) => d.title);
  dots.append("circle").attr("r", 11);
  dots
    .append("text")
    .attr("dy", 4)
    .attr("text-anchor", "middle")
    .text((d) => d.index + 1);
}

export function updateImpact(data, section) {
  const figure = section.querySelector("figure.impact");
  if (!figure) return;
  const times = data.impact.map(([d]) => medianOf(data, data.decisions[d].at));
  const usual = usualTime(times);
  const middle = usual.value;
  const decisions = data.impact.map(([d, shift, illusion], index) => ({
    index,
    shift,
    ms: times[index].value,
    title: data.decisions[d].title,
    verdict: verdict(shift, illusion, times[index], usual),
    asked: data.x[data.decisions[d].at + data.offset.exposures],
  }));
  draw(figure, decisions, endOf(decisions.map((d) => d.ms)), Number.isFinite(middle) ? middle : 500);
  if (!figure.querySelector("figcaption")) figure.prepend(el("figcaption", {}, CAPTION));
  for (const d of decisions) {
    const row = section.querySelector(`tr[data-impact="${d.index}"]`);
    row.querySelector(".t").textContent = Number.isFinite(d.ms) ? seconds(d.ms) : d.asked >= data.floor ? "not reached" : TOO_FEW;
    row.querySelector(".a").textContent = d.asked;
    row.querySelector(".v").textContent = VERDICTS[d.verdict].words;
  }
}
