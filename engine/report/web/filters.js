// The bar of filters. Each choice adds up the page's counts anew and fills everything that is shown.
import { ALL } from "./data.js";
import { date } from "./days.js";
import { el } from "./dom.js";

const VIEWINGS = [
  [1, "first viewings"],
  [2, "replays"],
  [0, "first or not: unknown"],
  [ALL, "all viewings"],
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

export function makeFilters(data, section, changed) {
  const start = { ...data.filter };
  const status = el("p", { class: "soft", role: "status" });
  const set = (name) => (value) => {
    data.filter[name] = Number(value);
    data.sum();
    say();
    changed();
  };
  const say = () => {
    const { wanted, all } = data.count();
    status.textContent = `${wanted} of ${all} viewings`;
  };
  const days = (starts) =>
    data.days.map((d) => [d, data.period === "day" ? date(d) : `${starts ? "" : `${data.period} of `}${date(d)}`]);
  const versions =
    data.versions.length > 1
      ? [[ALL, "all versions"], ...data.versions.map((v, i) => [i, v.name])]
      : [[ALL, data.versions[0]?.name || "–"]];
  const times = [...data.modes.map((t) => [t, mode(t)]), [ALL, mode(ALL)]];
  if (!times.some(([t]) => t === data.filter.time)) times.unshift([data.filter.time, mode(data.filter.time)]);
  const form = el(
    "form",
    { class: "filters", "aria-label": "What is counted", submit: (e) => e.preventDefault() },
    choice("Version", "version", versions, start.version, set("version")),
    choice("Viewings", "viewings", VIEWINGS, start.viewings, set("viewings")),
    choice("Time mode", "time", times, start.time, set("time")),
    choice("From", "from", days(true), start.from, set("from")),
    choice("To", "to", days(false), start.to, set("to")),
    el(
      "button",
      {
        type: "button",
        click: () => {
          Object.assign(data.filter, start);
          for (const select of form.querySelectorAll("select")) select.value = start[select.name];
          set("version")(start.version);
        },
      },
      "Reset",
    ),
    status,
  );
  say();
  section.querySelector(".key").before(form);
}
