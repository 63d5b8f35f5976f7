// The flow between nodes as a Sankey diagram, some steps of a long film at a time; fold.js says what is shown.
import { sankey, sankeyLinkHorizontal } from "d3-sankey";
import { el, svg } from "./dom.js";
import { fold, STEPS } from "./fold.js";

const NARROWEST = 118;
const HEIGHT = 440;
const BAR = 14;

export class Flows {
  constructor(data, section, open) {
    this.data = data;
    this.open = open;
    this.first = 0;
    this.title = section.querySelector("h1").textContent;
    const heading = section.querySelector(`#paths-${section.dataset.film}`);
    this.select = el("select", {
      change: () => {
        this.first = Number(this.select.value);
        this.update();
      },
    });
    this.label = el("label", { class: "steps" }, "Steps ", this.select);
    this.frame = el("div", { class: "scroll flows", tabindex: 0, role: "group", "aria-label": "Flow between nodes" });
    this.note = el(
      "p",
      { class: "soft" },
      "Viewings flow from left to right, one step for each node. Rare nodes are folded into one box; " +
        "a way that leads back ends at ↩ and goes on at the node named there.",
    );
    heading.after(this.note, this.label, this.frame);
  }

  choices(last) {
    const n = Math.floor(last / STEPS) + 1;
    this.label.hidden = n < 2;
    if (this.select.length === n) return;
    this.select.replaceChildren(
      ...Array.from({ length: n }, (_, i) =>
        el("option", { value: i * STEPS }, `${i * STEPS + 1} to ${Math.min((i + 1) * STEPS, last + 1)}`),
      ),
    );
    this.select.value = this.first;
  }

  update() {
    let folded = fold(this.data, this.first);
    if (this.first > folded.last) folded = fold(this.data, (this.first = 0));
    this.choices(folded.last);
    if (!folded.links.length) {
      this.frame.replaceChildren(el("p", { class: "soft" }, "Nobody went this way."));
      return;
    }
    const least = Math.min(...folded.boxes.map((b) => b.layer));
    const columns = Math.max(...folded.boxes.map((b) => b.layer)) - least + 1;
    const column = Math.max(NARROWEST, Math.floor((this.frame.clientWidth - 26) / columns));
    const width = columns * column;
    this.letters = Math.floor((column - BAR) / 8);
    const layout = sankey()
      .nodeId((d) => d.key)
      .nodeAlign((d) => d.layer - least)
      .nodeWidth(BAR)
      .nodePadding(16)
      .extent([
        [1, 22],
        [width - column + BAR, HEIGHT - 12],
      ]);
    const { nodes, links } = layout({ nodes: folded.boxes, links: folded.links });
    this.frame.replaceChildren(
      svg(
        "svg",
        {
          viewBox: `0 0 ${width} ${HEIGHT}`,
          width,
          height: HEIGHT,
          role: "img",
          "aria-label": `Flow between the nodes of ${this.title}; the table under the graph has the same`,
        },
        svg(
          "g",
          { class: "links" },
          ...links.map((l) =>
            svg(
              "path",
              { class: l.target.kind, d: sankeyLinkHorizontal()(l), "stroke-width": Math.max(1, l.width).toFixed(1) },
              svg("title", {}, `${l.source.title} → ${l.target.title}: ${l.value}`),
            ),
          ),
        ),
        ...nodes.map((d) => this.box(d)),
      ),
    );
  }

  box(d) {
    const height = Math.max(1, d.y1 - d.y0);
    const name = d.title.length > this.letters ? `${d.title.slice(0, this.letters - 1)}…` : d.title;
    const label =
      height >= 7 || d.kind === "node" || d.kind === "ending"
        ? svg("text", { x: d.x1 + 5, y: (d.y0 + d.y1) / 2, dy: "0.35em" }, name, svg("tspan", { dx: 5 }, d.value))
        : null;
    const group = svg(
      "g",
      { class: `box ${d.kind}` },
      svg("rect", { x: d.x0, y: d.y0, width: d.x1 - d.x0, height, rx: 2 }),
      label,
      svg("title", {}, `${d.title}: ${d.value}`),
    );
    if (d.box !== undefined) group.addEventListener("click", () => this.open(d.box));
    return group;
  }
}
