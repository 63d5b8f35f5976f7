// A long story's page folds: of many decisions and traits all but the first few are a line each, and long tables are closed;
// on a phone more so. Paper and readers without a script have everything open.
import { el } from "./dom.js";
import { percent } from "./shares.js";

const PHONE = matchMedia("(max-width: 40rem)").matches;
const OPEN = PHONE ? 1 : 3; // decisions that stay open
const MANY = 6; // decisions of which the others fold
const TRAITS = 2; // traits of which the others fold
const ROWS = 12; // of a table that stays open
const LONG = ["reach", "drop-off", "dwell", "groups", "consequence", ...(PHONE ? ["paths", "props-against"] : [])];

// What a closed decision says: its commonest answer.
function gistOf(data, d) {
  const { x, offset, floor } = data;
  const all = d.options.map((title, o) => ({
    title,
    k: x[data.option(d, o) + offset.picks],
    n: x[data.option(d, o) + offset.available],
  }));
  const told = all.filter((o, i) => o.n >= floor && !d.forgets.includes(i)).sort((a, b) => b.k / b.n - a.k / a.n)[0];
  const asked = x[d.at + offset.exposures];
  if (asked === 0) return "nobody was asked";
  return told ? `${told.title}: ${percent(told.k / told.n)} % of ${told.n}` : `${asked} were asked`;
}

// The article becomes a line, which says what `words` tells.
function foldArticle(article, words) {
  const heading = article.querySelector("h3");
  const gist = el("span", { class: "gist" });
  const rest = [...article.childNodes].filter((node) => node !== heading);
  article.append(el("details", { class: "fold" }, el("summary", {}, heading, gist), ...rest));
  return () => (gist.textContent = words(article));
}

function foldDecisions(data, section) {
  const all = data.decisions
    .map((d, i) => [d, section.querySelector(`#decision-${section.dataset.film}-${i}`)])
    .filter(([, article]) => article);
  return all.length > MANY ? all.slice(OPEN).map(([d, article]) => foldArticle(article, () => gistOf(data, d))) : [];
}

function foldTraits(section) {
  const all = [...section.querySelectorAll("article:has(figure.spread)")];
  const lean = (article) => article.querySelector("figcaption").textContent;
  return all.length > TRAITS ? all.slice(1).map((article) => foldArticle(article, lean)) : [];
}

function foldTables(section) {
  for (const name of LONG)
    for (const table of section.querySelectorAll(`table[data-csv="${name}"]`)) {
      if (table.closest("details") || (table.tBodies[0].rows.length <= ROWS && name !== "paths")) continue;
      const box = table.closest(".scroll");
      const fold = el("details", { class: "fold" }, el("summary", {}, table.caption.firstChild.data));
      box.before(fold);
      fold.append(box);
    }
}

// Folds once; returns what fills the closed lines anew.
export function foldLong(data, section) {
  const gists = [...foldDecisions(data, section), ...foldTraits(section)];
  foldTables(section);
  return () => gists.forEach((fill) => fill());
}
