// Consequence against hesitation: the consequence is the film's, the hesitation is the filter's. As page_decisions.c.

import { medianOf, seconds } from "./figures.js";
import { fixed } from "./stats.js";

const LEFT = 56, TOP = 14, WIDTH = 620, HEIGHT = 260, MATTERS = 0.2;
const WORDS = { usual: "", much: "matters, goes by unnoticed", none: "agonises, changes little", illusion: "changes nothing" };

function judge(shift, illusion, ms, usual) {
  if (illusion) return "illusion";
  if (shift === null || !Number.isFinite(ms)) return "usual";
  if (shift >= MATTERS) return ms < usual ? "much" : "usual";
  return ms > usual ? "none" : "usual";
}

export function updateWeigh(data, section) {
  const figure = section.querySelector("figure.weigh");
  if (!figure) return;
  const times = data.weigh.map(([d]) => medianOf(data, data.decisions[d].at)), known = times.filter(Number.isFinite).sort((a, b) => a - b);
  const most = known.length ? Math.max(known.at(-1), 1000) : 1000, end = Math.ceil((most * 1.15) / 1000) * 1000;
  const usual = known.length ? (known[(known.length - 1) >> 1] + known[known.length >> 1]) / 2 : most / 2;
  const at = LEFT + (WIDTH * usual) / end, much = figure.querySelector(".corner.much"), none = figure.querySelector(".corner.none");
  much.setAttribute("width", (at - LEFT).toFixed(1));
  none.setAttribute("x", at.toFixed(1));
  none.setAttribute("width", (LEFT + WIDTH - at).toFixed(1));
  figure.querySelectorAll(".tick").forEach((tick, i) => { tick.textContent = `${fixed((end * i) / 4000, 1)} s`; });
  data.weigh.forEach(([d, shift, illusion], i) => {
    const ms = times[i], dot = figure.querySelector(`[data-dot="${i}"]`), row = section.querySelector(`tr[data-weigh="${i}"]`);
    const verdict = judge(shift, illusion, ms, usual), shown = shift !== null && Number.isFinite(ms);
    dot.setAttribute("class", verdict === "much" ? "dot much" : verdict === "usual" ? "dot" : "dot none");
    if (shown) dot.setAttribute("transform", `translate(${(LEFT + (WIDTH * ms) / end).toFixed(1)} ${(TOP + HEIGHT * (1 - shift)).toFixed(1)})`);
    if (shown) dot.removeAttribute("display");
    else dot.setAttribute("display", "none");
    const enough = data.x[data.decisions[d].at + data.slot.exposures] >= data.floor;
    row.querySelector(".t").textContent = Number.isFinite(ms) ? seconds(ms) : enough ? "not reached" : "too few to say";
    row.querySelector(".v").textContent = WORDS[verdict];
  });
}


