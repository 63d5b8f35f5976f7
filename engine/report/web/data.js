// The cube of counts that the page carries: cells by version, first viewing or replay, time mode, period and part (what a
// viewing has of each kind of segment). A filter is a slice of it; x holds the slice's sums, by place, as count_layout.h
// names them.

export const ALL = -1;

export class Data {
  constructor(json) {
    Object.assign(this, json);
    this.days = [...new Set([...this.cells, ...this.groups].map((c) => c[3]))]
      .filter((day) => day !== this.noDay)
      .sort((a, b) => a - b);
    this.filter = {
      version: ALL,
      viewings: this.chosen.viewings,
      time: this.chosen.time,
      from: this.days[0],
      to: this.days.at(-1),
      ...Object.fromEntries(this.kinds.map((kind) => [kind.name, ALL])),
    };
    this.modes = [...new Set(this.cells.map((c) => c[2]))].filter((mode) => mode !== ALL).sort((a, b) => (a || 99) - (b || 99));
    this.absent = new Set(); // first places of nodes and decisions that the chosen version lacks
    this.sum();
  }

  // Whether a filter wants what begins with [version, nth, time, day, part].
  wants([version, nth, time, day, part], f = this.filter) {
    const is = (want, has) => want === ALL || has === ALL || want === has;
    return is(f.version, version) && is(f.viewings, nth) && is(f.time, time) && this.within(day, f) && this.hasPart(part, f);
  }

  hasPart(part, f = this.filter) {
    return this.kinds.every((kind, k) => f[kind.name] === ALL || f[kind.name] === this.parts[part][k]);
  }

  // Whether a filter's days hold this one. Viewings that are on no day count where all days do.
  within(day, f) {
    if (day === this.noDay) return f.from === this.days[0] && f.to === this.days.at(-1);
    return day >= f.from && day <= f.to;
  }

  // All counts of what a filter wants: its cells added up, and what follows from others (count_layout_complete()).
  slice(filter) {
    const { offset } = this;
    const x = new Float64Array(this.n);
    for (const cell of this.cells) {
      if (!this.wants(cell, filter)) continue;
      const counts = cell[5];
      for (let i = 0, at = 0; i < counts.length; i += 2) x[(at += counts[i])] += counts[i + 1];
    }
    for (const node of this.nodes)
      for (const v of node.versions) x[node.at + offset.of] += x[this.versions[v].at + offset.viewings];
    for (const d of this.decisions)
      for (let o = 0; o < d.options.length; o++)
        for (let c = 0, took = this.option(d, o) + offset.took; c < offset.classes; c++)
          x[d.at + offset.pickedAt + c] += x[took + c];
    for (const t of this.traits) {
      for (let level = 0; level < 3; level++) x[t.at + offset.profiles] += x[t.at + offset.sure + level];
      x[t.at + offset.asked] += x[t.at + offset.profiles];
    }
    return x;
  }

  sum() {
    this.x = this.slice(this.filter);
    this.absent.clear();
    const has = (thing) => this.filter.version === ALL || thing.versions.includes(this.filter.version);
    for (const thing of [...this.nodes, ...this.decisions]) if (!has(thing)) this.absent.add(thing.at);
  }

  // The counts at these places by period: [its first day, as first() tells it, Map of place and count], in order.
  overTime(places, first) {
    const periods = new Map();
    for (const cell of this.cells) {
      const [, , , day, , counts] = cell;
      if (day === this.noDay || !this.wants(cell)) continue;
      const key = first(day);
      if (!periods.has(key)) periods.set(key, new Map());
      const sums = periods.get(key);
      for (let i = 0, at = 0; i < counts.length; i += 2)
        if (places.has((at += counts[i]))) sums.set(at, (sums.get(at) ?? 0) + counts[i + 1]);
    }
    return [...periods].sort((a, b) => a[0] - b[0]);
  }

  // Viewings that were erased (by choice, or "aged"), of these versions that the filter wants.
  erased(versions, which = "erased") {
    const f = this.filter.version;
    return versions.filter((v) => f === ALL || f === v).reduce((n, v) => n + this.versions[v][which], 0);
  }

  // The versions of the version, node or decision whose counts hold this place; null for anything else.
  versionsAt(place) {
    const last = (things) => things.filter((t) => t.at <= place).pop();
    if (place < (this.nodes[0] ?? this.decisions[0] ?? this.endings[0])?.at)
      return [this.versions.indexOf(last(this.versions))];
    const end = this.endings[0]?.at ?? this.n;
    return place < end ? (last([...this.nodes, ...this.decisions])?.versions ?? null) : null;
  }

  // The place of the k of a row of viewers; its n and µs follow.
  viewerAt(row) {
    return this.n - 3 * (this.viewers.length - row);
  }

  option(decision, o) {
    return decision.at + this.offset.options + o * this.offset.ofOption;
  }

  // A version's count, of all versions together.
  total(offset) {
    return this.versions.reduce((n, v) => n + this.x[v.at + offset], 0);
  }

  // How many of all people's viewings a filter wants.
  count(filter = this.filter) {
    let wanted = 0;
    let all = 0;
    for (const group of this.groups) {
      const [, , , , , machine, n] = group;
      if (machine) continue;
      all += n;
      wanted += this.wants(group, filter) ? n : 0;
    }
    return { wanted, all };
  }
}
