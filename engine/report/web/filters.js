// The bar of filters. Each choice adds up the page's counts anew, fills everything that is shown, and stands in the page's
// address. A second side can be compared with the first one.
import { ALL } from "./data.js";
import { date } from "./days.js";
import { el } from "./dom.js";

const VIEWINGS = [
  [1, "first viewings", "first"],
  [2, "replays", "replay"],
  [0, "first or not: unknown", "unknown"],
  [ALL, "all viewings", "all"],
];
const mode = (time) =>
  time === ALL ? "any time mode" : time === 0 ? "no time limit" : time === 1 ? "author's time" : `${time} × the time`;

// A labelled list of [value, words]; `changed` gets the value as text.
export function choice(label, name, choices, value, changed) {
  const select = el(
    "select",
    { name, change: () => changed(select.value) },
    ...choices.map(([v, text]) => el("option", { value: v }, text)),
  );
  select.value = value;
  return el("label", {}, el("span", {}, label), select);
}

// What a kind of segment is called: "language", "arm=opening" or "took=door" is its name in the address.
const LABELS = { input: "Input", language: "Language", subtitles: "Subtitles", channel: "Channel" };
const labelOf = (name) => LABELS[name] ?? name.replace(/^arm=/, "Arm of ").replace(/^took=/, "Took at ");

// What can be chosen of each: [value, words, word in the address; none for what the page begins with].
function fieldsOf(data, start) {
  const days = (starts) =>
    data.days.map((d) => [d, data.period === "day" ? date(d) : `${starts ? "" : `${data.period} of `}${date(d)}`, date(d)]);
  const versions =
    data.versions.length > 1
      ? [[ALL, "all versions", "all"], ...data.versions.map((v, i) => [i, v.name || "–", v.name])]
      : [[ALL, data.versions[0]?.name || "–", "all"]];
  const times = [...data.modes.map((t) => [t, mode(t), String(t)]), [ALL, mode(ALL), "all"]];
  if (!times.some(([t]) => t === start.time)) times.unshift([start.time, mode(start.time), String(start.time)]);
  return [
    { name: "version", label: "Version", choices: versions },
    { name: "viewings", label: "Viewings", choices: VIEWINGS },
    { name: "time", label: "Time mode", choices: times },
    ...data.kinds.map((kind) => ({
      name: kind.name,
      segment: true,
      label: labelOf(kind.name),
      choices: [[ALL, "any"], ...kind.values.map((value, i) => [i, value, value])],
    })),
    { name: "from", label: `From (${data.timezone})`, choices: days(true), near: (text) => data.days.find((d) => date(d) >= text) },
    { name: "to", label: `To (${data.timezone})`, choices: days(false), near: (text) => data.days.findLast((d) => date(d) <= text) },
  ];
}

// One side: a filter, its lists, and its part of the address.
class Side {
  constructor(fields, start, address, prefix, changed) {
    Object.assign(this, { fields, start, address, prefix });
    this.filter = { ...start };
    this.unknown = fields.flatMap((f) => this.read(f));
    this.labels = fields.map((f) =>
      choice(f.label, prefix + f.name, f.choices, this.filter[f.name], (value) => {
        this.filter[f.name] = Number(value);
        changed();
      }),
    );
  }

  // The lists; those of segments are folded away while none of them is used.
  shown() {
    const of = (segment) => this.labels.filter((_, i) => !!this.fields[i].segment === segment);
    const used = this.fields.some((f) => f.segment && this.filter[f.name] !== ALL);
    const more = el("details", { class: "more" }, el("summary", {}, "More filters"), el("div", {}, ...of(true)));
    more.open = used;
    return [...of(false), ...(of(true).length ? [more] : [])];
  }

  // Takes what the address asks for; returns what this page does not have.
  read(f) {
    const text = this.address.get(this.prefix + f.name);
    if (text === null) return [];
    const value = f.choices.find((c) => c[2] === text)?.[0] ?? f.near?.(text);
    if (value === undefined) return [`${f.label.toLowerCase()} “${text}”`];
    this.filter[f.name] = value;
    return [];
  }

  write() {
    for (const f of this.fields) {
      const value = this.filter[f.name];
      const word = f.choices.find((c) => c[0] === value)[2];
      this.address.set(this.prefix + f.name, value === this.start[f.name] ? null : word);
    }
  }

  reset() {
    Object.assign(this.filter, this.start);
    this.labels.forEach((label, i) => (label.querySelector("select").value = this.start[this.fields[i].name]));
  }

  words() {
    return this.fields
      .filter((f) => !f.segment || this.filter[f.name] !== ALL)
      .map((f) => [f, f.choices.find((c) => c[0] === this.filter[f.name])[1]])
      .map(([f, chosen]) => (f.segment ? `${f.label}: ${chosen}` : chosen))
      .join(", ")
      .replace(/, ([^,]*)$/, " to $1");
  }
}

export class Filters {
  constructor(data, section, address, changed) {
    this.data = data;
    this.address = address;
    const start = { ...data.filter };
    const fields = fieldsOf(data, start);
    const update = () => {
      this.apply();
      changed();
    };
    this.first = new Side(fields, start, address, "", update);
    this.second = new Side(fields, start, address, "b-", update);
    data.filter = this.first.filter;
    this.status = el("p", { class: "soft", role: "status" });
    this.compares = el("input", { type: "checkbox", name: "compare", change: update });
    this.compares.checked = address.get("compare") !== null;
    this.others = el("div", { class: "others" }, el("strong", {}, "with"), ...this.second.shown());
    section
      .querySelector(".key")
      .before(
        el(
          "form",
          { class: "filters", "aria-label": "What is counted", submit: (e) => e.preventDefault() },
          ...this.first.shown(),
          el("button", { type: "button", click: () => this.reset(update) }, "Reset"),
          el("label", { class: "tick" }, this.compares, " Compare"),
          this.status,
          this.others,
        ),
      );
    this.apply();
  }

  reset(update) {
    this.first.reset();
    this.second.reset();
    this.compares.checked = false;
    this.first.unknown = this.second.unknown = [];
    update();
  }

  apply() {
    this.others.hidden = !this.compares.checked;
    this.data.sum();
    this.first.write();
    this.second.write();
    this.address.set("compare", this.compares.checked ? "" : null);
    this.say();
  }

  say() {
    const { wanted, all } = this.data.count();
    const against = this.compares.checked ? ` against ${this.data.count(this.second.filter).wanted}` : "";
    const unknown = [...this.first.unknown, ...(this.compares.checked ? this.second.unknown : [])];
    this.status.textContent =
      `${wanted}${against} of ${all} viewings` +
      (unknown.length ? `. The link asks for ${unknown.join(", ")}, which is not in this page.` : "");
  }

  // Both sides of the comparison, as compare.js wants them; null where nothing is compared.
  sides() {
    if (!this.compares.checked) return null;
    const side = ({ filter, words }, its) => ({
      x: this.data.slice(filter),
      of: (version) => (this.versions[its + version] ??= this.data.slice({ ...filter, version })),
      words,
      filter,
    });
    this.versions = {};
    return {
      first: side({ filter: this.first.filter, words: this.first.words() }, "a"),
      second: side({ filter: this.second.filter, words: this.second.words() }, "b"),
      stratified: this.first.filter.version === ALL && this.second.filter.version === ALL,
    };
  }
}
