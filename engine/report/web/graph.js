// Graphviz drew the film's graph when the page was written. Here it becomes one that can be zoomed, searched and walked
// by keys, and a node opens its panel. Its numbers follow the filter.
import { select } from "d3-selection";
import { zoom, zoomIdentity } from "d3-zoom";
import "d3-transition";
import { calm, el, svg } from "./dom.js";

const WIDEST = 12;
const THINNEST = 0.6; // in points, as explore/traffic.c draws them

export class Graph {
  // `open(i)` shows the panel of the i-th box; nodes come first, then endings.
  constructor(data, section, open) {
    this.data = data;
    this.open = open;
    this.frame = section.querySelector(".graph");
    this.drawing = this.frame?.querySelector("svg");
    if (!this.drawing) return;
    this.boxes = [...data.nodes, ...data.endings];
    this.groups = this.boxes.map((_, i) => this.drawing.getElementById(`f${section.dataset.film}-node-${i}`));
    this.arrows = data.edges
      .filter((e) => e[0] >= 0)
      .map((e, i) => [e, this.drawing.getElementById(`f${section.dataset.film}-edge-${i}`)]);
    this.makeZoom();
    this.makeBoxes();
    this.makeTools();
  }

  makeZoom() {
    const inner = this.drawing.querySelector("g");
    const outer = svg("g", { class: "moved" });
    inner.replaceWith(outer);
    outer.append(inner);
    const box = this.drawing.viewBox.baseVal;
    this.frame.classList.add("live");
    this.frame.style.maxHeight = `${Math.max(320, Math.round(box.height * 1.5))}px`; // a small film is not magnified
    this.drawing.style.setProperty("--natural", `${box.width}pt`); // its width on paper
    this.drawing.removeAttribute("width");
    this.drawing.removeAttribute("height");
    this.frame.removeAttribute("tabindex");
    this.drawing.setAttribute("tabindex", 0);
    this.drawing.setAttribute(
      "aria-label",
      `${this.frame.getAttribute("aria-label")}; plus and minus zoom, arrows move, 0 shows all`,
    );
    this.frame.removeAttribute("aria-label");
    this.frame.removeAttribute("role");
    // The wheel alone scrolls the page, as it does everywhere; with Ctrl, or as a pinch, it zooms.
    this.zoom = zoom()
      .scaleExtent([1, Math.max(8, box.width / 150)])
      .on("zoom", (e) => outer.setAttribute("transform", e.transform))
      .translateExtent([
        [box.x, box.y],
        [box.x + box.width, box.y + box.height],
      ])
      .filter((e) => (e.type === "wheel" ? e.ctrlKey || e.metaKey : !e.button));
    this.root = select(this.drawing).call(this.zoom).on("dblclick.zoom", null);
    this.drawing.addEventListener("keydown", (e) => this.key(e));
    this.begin(box);
  }

  // A graph too large to be read as a whole opens at the film's start.
  begin(box) {
    const frame = this.drawing.getBoundingClientRect();
    const unit = Math.min(frame.width / box.width, frame.height / box.height);
    const first = this.groups[this.data.edges.find((e) => e[0] < 0)?.[1] ?? 0];
    if (unit > 0.5 || !first) return;
    const b = first.getBBox();
    const origin = first.parentNode.transform.baseVal.consolidate().matrix;
    const k = 0.9 / unit;
    const top = box.y + box.height / 2 - frame.height / unit / 2; // the drawing's y at the frame's upper edge
    this.root.call(
      this.zoom.transform,
      zoomIdentity
        .translate(box.x + box.width / 2, top)
        .scale(k)
        .translate(-b.x - b.width / 2 - origin.e, -b.y - origin.f + 12),
    );
  }

  smooth() {
    return calm() ? this.root : this.root.transition().duration(250);
  }

  by(factor) {
    this.smooth().call(this.zoom.scaleBy, factor);
  }

  all() {
    this.smooth().call(this.zoom.transform, zoomIdentity);
  }

  key(event) {
    const step = this.drawing.viewBox.baseVal.width / 10 / (this.drawing.__zoom?.k ?? 1);
    const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") this.by(1.5);
    else if (event.key === "-") this.by(1 / 1.5);
    else if (event.key === "0") this.all();
    else if (event.target === this.drawing && moves[event.key])
      this.smooth().call(this.zoom.translateBy, ...moves[event.key]);
    else return;
    event.preventDefault();
  }

  // Tab reaches one box; from there the arrow keys walk through all of them, in the order of the film.
  makeBoxes() {
    this.groups.forEach((g, i) => {
      if (!g) return;
      g.setAttribute("role", "button");
      g.setAttribute("tabindex", i === 0 ? 0 : -1);
      g.addEventListener("click", () => this.choose(i));
      g.addEventListener("keydown", (e) => {
        const to = {
          ArrowRight: i + 1,
          ArrowDown: i + 1,
          ArrowLeft: i - 1,
          ArrowUp: i - 1,
          Home: 0,
          End: this.groups.length - 1,
        }[e.key];
        if (e.key === "Enter" || e.key === " ") this.choose(i);
        else if (to !== undefined) this.focus(to);
        else return;
        e.preventDefault();
        e.stopPropagation();
      });
    });
  }

  focus(i) {
    const g = this.groups[i];
    if (!g) return;
    for (const other of this.groups) other?.setAttribute("tabindex", -1);
    g.setAttribute("tabindex", 0);
    this.show(i);
    g.focus({ preventScroll: true });
  }

  // Moves a box into sight, large enough to be read.
  show(i) {
    const g = this.groups[i];
    if (!g) return;
    const to = g.getBoundingClientRect();
    const frame = this.drawing.getBoundingClientRect();
    const seen = to.left >= frame.left && to.right <= frame.right && to.top >= frame.top && to.bottom <= frame.bottom;
    if (seen && to.height > 32) return;
    const box = this.drawing.viewBox.baseVal;
    const b = g.getBBox();
    const origin = g.parentNode.transform.baseVal.consolidate().matrix;
    const x = b.x + b.width / 2 + origin.e;
    const y = b.y + b.height / 2 + origin.f;
    const unit = Math.min(frame.width / box.width, frame.height / box.height);
    const k = Math.min(Math.max(this.drawing.__zoom.k, 44 / (b.height * unit)), this.zoom.scaleExtent()[1]);
    const t = zoomIdentity
      .translate(box.x + box.width / 2, box.y + box.height / 2)
      .scale(k)
      .translate(-x, -y);
    this.smooth().call(this.zoom.transform, t);
  }

  choose(i) {
    this.mark(i);
    this.show(i);
    this.open(i);
  }

  mark(i) {
    this.groups.forEach((g, j) => g?.classList.toggle("chosen", i === j));
    for (const [edge, g] of this.arrows) g?.classList.toggle("chosen", edge[0] === i || edge[1] === i);
  }

  makeTools() {
    const id = `${this.drawing.id || this.groups[0]?.id || "g"}-titles`;
    const input = el("input", {
      type: "search",
      placeholder: "Find a node",
      "aria-label": "Find a node by its title",
      list: id,
      autocomplete: "off",
    });
    const said = el("span", { class: "soft", role: "status" });
    const button = (text, label, run) =>
      el("button", { type: "button", "aria-label": label, title: label, click: run }, text);
    const find = () => this.find(input.value.trim().toLocaleLowerCase());
    input.addEventListener("input", () => {
      const found = find();
      said.textContent = input.value.trim() ? (found.length === 1 ? "1 node" : `${found.length} nodes`) : "";
    });
    const tools = el(
      "form",
      {
        class: "tools",
        role: "search",
        submit: (e) => {
          e.preventDefault();
          const found = find();
          const same = found.find((i) => this.boxes[i].title === input.value.trim());
          if (input.value.trim() && found.length) this.choose(same ?? found[0]);
        },
      },
      input,
      el("datalist", { id }, ...[...new Set(this.boxes.map((b) => b.title))].map((value) => el("option", { value }))),
      said,
      el("span", { class: "grow" }),
      el("span", { class: "soft hint" }, "drag moves, Ctrl and wheel zoom"),
      button("−", "Smaller", () => this.by(1 / 1.5)),
      button("+", "Larger", () => this.by(1.5)),
      button("All", "The whole film", () => this.all()),
    );
    this.frame.closest(".stage").before(tools);
  }

  find(words) {
    const found = [];
    this.boxes.forEach((box, i) => {
      const hit = words !== "" && box.title.toLocaleLowerCase().includes(words);
      if (hit) found.push(i);
      this.groups[i]?.classList.toggle("dim", words !== "" && !hit);
      this.groups[i]?.classList.toggle("found", hit);
    });
    return found;
  }

  // Writes the filter's numbers into boxes and arrows.
  update() {
    if (!this.drawing) return;
    const { data } = this;
    const { x, offset } = data;
    const most = Math.max(1, ...this.arrows.map(([e]) => x[e[2]]));
    this.boxes.forEach((box, i) => {
      const g = this.groups[i];
      if (!g) return;
      const node = i < data.nodes.length;
      const n = x[node ? box.at + offset.came : box.at];
      const version = !node && data.versions.length > 1 ? `, version ${data.versions[box.version].name}` : "";
      const note = node ? `${n} of ${x[box.at + offset.of]}` : `${n}${version}`;
      const texts = g.querySelectorAll("text");
      texts[texts.length - 1].textContent = note;
      g.querySelector("title").textContent = `${box.title}: ${note}`;
      g.setAttribute("aria-label", `${box.title}: ${note}`);
      const gone = node ? data.absent.has(box.at) : data.filter.version !== -1 && box.version !== data.filter.version;
      g.classList.toggle("absent", gone);
      g.classList.toggle("unvisited", n === 0);
    });
    for (const [[from, to, at], g] of this.arrows) {
      if (!g) continue;
      const n = x[at];
      const width = THINNEST + (n / most) * (WIDEST - THINNEST);
      g.querySelector("title").textContent = `${this.boxes[from].title} → ${this.boxes[to].title}: ${n} time${n === 1 ? "" : "s"}`;
      g.classList.toggle("absent", n === 0);
      for (const part of g.querySelectorAll("path, polygon")) part.setAttribute("stroke-width", width.toFixed(2));
    }
  }
}
