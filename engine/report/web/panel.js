// The panel beside the graph: everything that is known of one node or ending.
import { el } from "./dom.js";
import { newCurve } from "./curve.js";
import { percent, seconds, shareRow, shareTexts, tookText } from "./shares.js";

const heads = (...names) =>
  el(
    "thead",
    {},
    el(
      "tr",
      {},
      ...names.map((n, i) =>
        n === null ? el("td", { class: "b" }) : el("th", { scope: "col", class: i ? "n" : false }, n),
      ),
    ),
  );

const shareTable = (top, rows) =>
  el("div", { class: "scroll" }, el("table", { class: "shares" }, top, el("tbody", {}, ...rows)));

// What a decision changes, as the page's data has it: [decision, shift, illusion, shift as measured or null].
function impactText([, shift, illusion, measured]) {
  if (illusion) return "Whatever is picked, the film goes on the same.";
  const asMeasured = measured === null ? "" : `; as measured, by ${percent(measured)} %`;
  return `The pick shifts the odds of the endings by ${percent(shift)} %${asMeasured}.`;
}

export class Panel {
  constructor(data, section, back) {
    this.data = data;
    this.back = back; // called with the box when the panel is closed
    this.film = section.dataset.film;
    this.box = -1;
    this.element = el("section", {
      class: "panel",
      "aria-label": "One node",
      hidden: true,
      keydown: (e) => e.key === "Escape" && this.close(),
    });
    const frame = section.querySelector(".graph");
    const stage = el("div", { class: "stage" });
    frame.replaceWith(stage);
    stage.append(frame, this.element);
  }

  close() {
    const box = this.box;
    this.element.hidden = true;
    this.box = -1;
    this.back(box);
  }

  open(box) {
    this.box = box;
    this.element.hidden = false;
    this.update();
    this.element.querySelector("h3").focus({ preventScroll: true });
    this.element.scrollTop = 0;
  }

  update() {
    const { data, box } = this;
    const nodes = data.nodes.length;
    if (box < 0) return;
    const thing = box < nodes ? data.nodes[box] : data.endings[box - nodes];
    this.element.replaceChildren(
      el("button", { type: "button", class: "close", "aria-label": "Close", click: () => this.close() }, "×"),
      el(
        "p",
        { class: "kicker" },
        box < nodes ? (this.asked(thing).length ? "Node with a decision" : "Node") : "Ending",
      ),
      el("h3", { tabindex: -1 }, thing.title),
      ...(box < nodes ? this.node(thing) : this.ending(thing)),
      ...this.ways("Came from", (e) => e[1] === box, 0),
      ...this.ways("Went on to", (e) => e[0] === box, 1),
    );
  }

  asked(node) {
    return this.data.decisions.filter(
      (d) => d.node === node.id && d.versions.some((v) => node.versions.includes(v)) && !this.data.absent.has(d.at),
    );
  }

  facts(...pairs) {
    return el(
      "dl",
      { class: "facts" },
      ...pairs.flatMap(([name, value, note]) => [
        el("dt", {}, name),
        el("dd", {}, value, note ? el("small", {}, note) : null),
      ]),
    );
  }

  share(name, k, n) {
    const t = shareTexts(this.data, k, n);
    return [name, t.share, t.enough ? `${t.interval} %, ${t.counted}` : t.counted];
  }

  node(node) {
    const { x, offset } = this.data;
    const at = (name) => x[node.at + offset[name]];
    const mean = (name, of) => (at(of) > 0 ? seconds(at(name) / 1000 / at(of)) : "–");
    return [
      this.facts(
        this.share("Reach", at("came"), at("of")),
        this.share("Left here", at("quits"), at("came")),
        ["Visits", `${at("visits")}`],
        [
          "Playing, each visit",
          mean("playing", "visits"),
          at("plannedVisits") > 0 ? `of ${mean("planned", "plannedVisits")} planned` : "",
        ],
        ["Paused, each visit", mean("paused", "visits")],
      ),
      ...this.asked(node).flatMap((d) => this.decision(d)),
    ];
  }

  ending(ending) {
    const { data } = this;
    const version = data.versions[ending.version];
    return [
      this.facts(this.share("Viewings that reached it", data.x[ending.at], data.x[version.at + data.offset.viewings])),
    ];
  }

  decision(d) {
    const { data } = this;
    const { x, offset } = data;
    const rows = d.options.map((title, o) => {
      const at = data.option(d, o);
      const row = shareRow(data, title, x[at + offset.picks], x[at + offset.available]);
      row.append(el("td", { class: "n" }, tookText(data, at + offset.took)));
      return row;
    });
    const late = shareRow(data, "Nobody chose in time", x[d.at + offset.timeout], x[d.at + offset.exposures]);
    late.className = "other";
    late.append(el("td"));
    const impact = data.impact.find((w) => data.decisions[w[0]] === d);
    return [
      el("h4", {}, d.title),
      shareTable(heads("Option", null, "Share", "95 % interval", "Counted", "Half within"), [...rows, late]),
      newCurve(data, d.title, d.at),
      impact && impact[1] !== null ? el("p", { class: "soft" }, impactText(impact)) : null,
      el("p", {}, el("a", { href: `#decision-${this.film}-${data.decisions.indexOf(d)}` }, "All about this decision")),
    ].filter(Boolean);
  }

  ways(caption, wants, side) {
    const { data } = this;
    const { x } = data;
    const edges = data.edges.filter((e) => wants(e) && x[e[2]] > 0).sort((a, b) => x[b[2]] - x[a[2]]);
    const all = edges.reduce((n, e) => n + x[e[2]], 0);
    const title = (i) => (i < 0 ? "the beginning" : [...data.nodes, ...data.endings][i].title);
    if (!edges.length) return [];
    const rows = edges.map((e) => shareRow(data, title(e[side]), x[e[2]], all));
    return [shareTable(el("caption", {}, caption), rows)];
  }
}
