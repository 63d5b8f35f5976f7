// The flow between nodes as a Sankey diagram. Rare nodes are folded into one box for each step, so that whatever comes
// in goes out; an arrow that leads back ends in a stub that names its target; a long film is shown some steps at a
// time.
import { sankey, sankeyLinkHorizontal } from "d3-sankey";
import { el, svg } from "./dom.js";

const STEPS = 8; // shown at a time
const RARE = 0.02; // nodes with a smaller share of all viewings are folded
const MANY = 8; // nodes that one step shows unfolded, at most
const NARROWEST = 118,
  HEIGHT = 440,
  BAR = 14;

// Each node's step: the longest way to it from the start, leaving out arrows that lead back. Marks those as `back`.
function layers(n, edges) {
  const out = Array.from({ length: n }, () => []),
    incoming = new Array(n).fill(0),
    state = new Array(n).fill(0),
    order = [];
  for (const e of edges) out[e.from].push(e);
  for (const list of out) list.sort((a, b) => b.n - a.n);
  const walk = (start) => {
    const stack = [[start, 0]];
    state[start] = 1;
    while (stack.length) {
      const top = stack[stack.length - 1],
        e = out[top[0]][top[1]++];
      if (!e) {
        state[top[0]] = 2;
        order.push(top[0]);
        stack.pop();
      } else if (state[e.to] === 1) e.back = true;
      else if (state[e.to] === 0) {
        state[e.to] = 1;
        stack.push([e.to, 0]);
      }
    }
  };
  for (const e of edges) incoming[e.to]++;
  for (let i = 0; i < n; i++) if (!incoming[i] && !state[i]) walk(i);
  for (let i = 0; i < n; i++) if (!state[i]) walk(i);
  const layer = new Array(n).fill(0);
  for (const i of order.reverse())
    for (const e of out[i]) if (!e.back) layer[e.to] = Math.max(layer[e.to], layer[i] + 1);
  return layer;
}

// Boxes and links of STEPS steps from `first` on.
export function fold(data, first) {
  const { x, slot } = data,
    nodes = data.nodes.length,
    boxes = [...data.nodes, ...data.endings];
  const visits = boxes.map((b, i) => (i < nodes ? x[b.at + slot.visits] : x[b.at]));
  const edges = data.edges.filter((e) => e[0] >= 0 && x[e[2]] > 0).map((e) => ({ from: e[0], to: e[1], n: x[e[2]] }));
  const layer = layers(boxes.length, edges),
    last = Math.max(0, ...layer.filter((_, i) => visits[i] > 0));
  const end = first + STEPS,
    shown = new Map(),
    links = new Map(),
    floor = RARE * data.total(slot.viewings);
  const kept = new Set();
  for (let l = first; l < end; l++) {
    const here = boxes
      .map((_, i) => i)
      .filter((i) => layer[i] === l && visits[i] > 0)
      .sort((a, b) => visits[b] - visits[a]);
    const large = here.filter((i) => visits[i] >= floor).slice(0, MANY);
    // Folding a single node would save nothing.
    for (const i of here.length - large.length === 1 ? here : large) kept.add(i);
  }
  const box = (key, title, at, kind, i) => {
    if (!shown.has(key)) shown.set(key, { key, title, layer: at, kind, box: i, folded: new Set() });
    return shown.get(key);
  };
  const place = (i) => {
    if (layer[i] < first) return box("before", "from before", first - 1, "rest");
    if (layer[i] >= end) return box("after", "goes on", end, "rest");
    if (kept.has(i)) return box(`n${i}`, boxes[i].title, layer[i], i < nodes ? "node" : "ending", i);
    const rest = box(`r${layer[i]}`, "", layer[i], "rest");
    rest.folded.add(i);
    return rest;
  };
  const flow = (a, b, n) => {
    if (a === b) return;
    const key = `${a.key} ${b.key}`;
    if (!links.has(key)) links.set(key, { source: a.key, target: b.key, value: 0 });
    links.get(key).value += n;
  };
  const out = new Array(boxes.length).fill(0);
  for (const e of edges) {
    out[e.from] += e.n;
    if (layer[e.from] >= end || (layer[e.from] < first && (layer[e.to] < first || e.back))) continue;
    const a = place(e.from);
    if (!e.back) flow(a, place(e.to), e.n);
    else if (e.n >= floor && kept.has(e.from))
      flow(a, box(`b${layer[e.from]} ${e.to}`, `↩ ${boxes[e.to].title}`, layer[e.from] + 1, "back"), e.n);
    else flow(a, box(`b${layer[e.from]}`, "↩ back", layer[e.from] + 1, "back"), e.n);
  }
  for (let i = 0; i < nodes; i++)
    if (visits[i] > out[i] && layer[i] >= first && layer[i] < end)
      flow(place(i), box(`l${layer[i]}`, "left", layer[i] + 1, "left"), visits[i] - out[i]);
  for (const b of shown.values()) if (b.folded.size) b.title = `${b.folded.size} rarer`;
  return { boxes: [...shown.values()], links: [...links.values()], last };
}

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
    const column = Math.max(NARROWEST, Math.floor((this.frame.clientWidth - 26) / columns)),
      width = columns * column;
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
    const height = Math.max(1, d.y1 - d.y0),
      name = d.title.length > this.letters ? `${d.title.slice(0, this.letters - 1)}…` : d.title;
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
