// The report's page tells everything in tables without this script. With it there are charts, a graph that can be
// walked, and filters that recompute everything.
import { Address, followLinks } from "./address.js";
import { updateComparison } from "./compare.js";
import { offerCsv } from "./csv.js";
import { Data } from "./data.js";
import { Filters } from "./filters.js";
import { Flows } from "./flows.js";
import { Graph } from "./graph.js";
import { updateImpact } from "./impact.js";
import { Launch } from "./launch.js";
import { updateMixed } from "./mixed.js";
import { foldLong } from "./long.js";
import { Panel } from "./panel.js";
import { Seconds } from "./seconds.js";
import { updateRows } from "./rows.js";
import { updateTraits } from "./traits.js";

// A box that scrolls must be reachable by keys.
function reachable(section) {
  for (const box of section.querySelectorAll(".scroll:not([tabindex])"))
    if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", box.querySelector("caption")?.firstChild?.data ?? "Table");
    }
}

function start(section) {
  const data = new Data(JSON.parse(document.getElementById(`data-${section.dataset.film}`).textContent));
  const panel = new Panel(data, section, (box) => {
    graph.mark(-1);
    graph.focus(box);
  });
  const graph = new Graph(data, section, (box) => {
    panel.open(box);
    reachable(section);
  });
  const address = new Address(section.dataset.film);
  const launch = new Launch(data, section, address);
  const seconds = new Seconds(data, section);
  const flows = new Flows(data, section, (box) => graph.choose(box));
  const fillFolded = foldLong(data, section);
  const update = () => {
    updateComparison(data, section, filters.sides());
    updateRows(data, section);
    updateImpact(data, section);
    updateTraits(data, section);
    updateMixed(data, section);
    launch.update();
    seconds.update();
    graph.update();
    flows.update();
    panel.update();
    fillFolded();
    reachable(section);
  };
  for (const folded of section.querySelectorAll("details.same")) folded.open = false; // there is a chart now
  const filters = new Filters(data, section, address, update);
  offerCsv(data, section);
  update();
  addEventListener("resize", () => reachable(section));
  section.addEventListener("toggle", () => reachable(section), true); // what was folded away has a size now
}

for (const section of document.querySelectorAll("section[data-film]")) start(section);
followLinks();
document.documentElement.dataset.script = "on";
