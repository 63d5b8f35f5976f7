// What the diagram of flows shows of a film's graph. Nodes stand in steps. Rare ones are folded into one box for each step,
// so that whatever comes in goes out; an arrow that leads back ends in a stub that names its target.

export const STEPS = 8; // shown at a time
const RARE = 0.02; // nodes with a smaller share of all viewings are folded
const MANY = 8; // nodes that one step shows unfolded, at most

// Nodes in the order in which a walk leaves them for good, busiest arrows first; marks arrows that lead back as `back`.
function leaveOrder(n, edges) {
  const out = Array.from({ length: n }, () => []);
  const incoming = new Array(n).fill(0);
  const state = new Array(n).fill("new");
  const order = [];
  for (const e of edges) {
    out[e.from].push(e);
    incoming[e.to]++;
  }
  for (const list of out) list.sort((a, b) => b.n - a.n);
  const walk = (start) => {
    const stack = [[start, 0]];
    state[start] = "open";
    while (stack.length) {
      const top = stack.at(-1);
      const e = out[top[0]][top[1]++];
      if (!e) {
        state[top[0]] = "left";
        order.push(top[0]);
        stack.pop();
      } else if (state[e.to] === "open") e.back = true;
      else if (state[e.to] === "new") {
        state[e.to] = "open";
        stack.push([e.to, 0]);
      }
    }
  };
  for (let i = 0; i < n; i++) if (!incoming[i] && state[i] === "new") walk(i);
  for (let i = 0; i < n; i++) if (state[i] === "new") walk(i);
  return { order, out };
}

// Each node's step: the longest way to it from the start, leaving out arrows that lead back.
function stepsOf(n, edges) {
  const { order, out } = leaveOrder(n, edges);
  const step = new Array(n).fill(0);
  for (const i of order.reverse()) for (const e of out[i]) if (!e.back) step[e.to] = Math.max(step[e.to], step[i] + 1);
  return step;
}

// The nodes that are shown unfolded.
function kept(step, visits, first, floor) {
  const all = new Set();
  for (let s = first; s < first + STEPS; s++) {
    const here = step.map((_, i) => i).filter((i) => step[i] === s && visits[i] > 0);
    here.sort((a, b) => visits[b] - visits[a]);
    const large = here.filter((i) => visits[i] >= floor).slice(0, MANY);
    // Folding a single node would save nothing.
    for (const i of here.length - large.length === 1 ? here : large) all.add(i);
  }
  return all;
}

// Boxes and links, made when they are first asked for.
class Diagram {
  constructor() {
    this.boxes = new Map();
    this.links = new Map();
  }

  box(key, title, layer, kind, node) {
    if (!this.boxes.has(key)) this.boxes.set(key, { key, title, layer, kind, box: node, folded: new Set() });
    return this.boxes.get(key);
  }

  flow(from, to, n) {
    if (from === to) return;
    const key = `${from.key} ${to.key}`;
    if (!this.links.has(key)) this.links.set(key, { source: from.key, target: to.key, value: 0 });
    this.links.get(key).value += n;
  }
}

// Boxes and links of STEPS steps from `first` on, and the last step that anybody reached.
export function fold(data, first) {
  const { x, offset } = data;
  const nodes = data.nodes.length;
  const all = [...data.nodes, ...data.endings];
  const visits = all.map((b, i) => (i < nodes ? x[b.at + offset.visits] : x[b.at]));
  const edges = data.edges.filter((e) => e[0] >= 0 && x[e[2]] > 0).map((e) => ({ from: e[0], to: e[1], n: x[e[2]] }));
  const step = stepsOf(all.length, edges);
  const end = first + STEPS;
  const floor = RARE * data.total(offset.viewings);
  const large = kept(step, visits, first, floor);
  const diagram = new Diagram();
  const place = (i) => {
    if (step[i] < first) return diagram.box("before", "from before", first - 1, "rest");
    if (step[i] >= end) return diagram.box("after", "goes on", end, "rest");
    if (large.has(i)) return diagram.box(`n${i}`, all[i].title, step[i], i < nodes ? "node" : "ending", i);
    const rest = diagram.box(`r${step[i]}`, "", step[i], "rest");
    rest.folded.add(i);
    return rest;
  };
  // Where an arrow ends that leads back: a stub of its own, or one for all that are rare.
  const stub = (e) =>
    e.n >= floor && large.has(e.from)
      ? diagram.box(`b${step[e.from]} ${e.to}`, `↩ ${all[e.to].title}`, step[e.from] + 1, "back")
      : diagram.box(`b${step[e.from]}`, "↩ back", step[e.from] + 1, "back");
  const gone = [...visits];
  for (const e of edges) {
    gone[e.from] -= e.n;
    if (step[e.from] >= end || (step[e.from] < first && (step[e.to] < first || e.back))) continue;
    const from = place(e.from);
    diagram.flow(from, e.back ? stub(e) : place(e.to), e.n);
  }
  for (let i = 0; i < nodes; i++)
    if (gone[i] > 0 && step[i] >= first && step[i] < end)
      diagram.flow(place(i), diagram.box(`l${step[i]}`, "left", step[i] + 1, "left"), gone[i]);
  for (const b of diagram.boxes.values()) if (b.folded.size) b.title = `${b.folded.size} rarer`;
  const last = Math.max(0, ...step.filter((_, i) => visits[i] > 0));
  return { boxes: [...diagram.boxes.values()], links: [...diagram.links.values()], last };
}
