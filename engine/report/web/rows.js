// The tables that the program wrote: each cell's counts are found by the places in its data-… attributes, and the cell
// is filled anew. Shares get their bars here.
import { ALL } from "./data.js";
import { el } from "./dom.js";
import { fillCurve, fillCurveTable } from "./curve.js";
import { boundsText, fillAll, fillDifference, fillRow, fillShare, shareRow, shareTexts, tookText } from "./shares.js";
import { fixed } from "./stats.js";

const PATHS_SHOWN = 10;
const all = (section, selector) => section.querySelectorAll(selector);

function updatePaths(data, block) {
  const v = data.versions[Number(block.dataset.version)];
  const { x, offset } = data;
  const viewings = x[v.at + offset.viewings];
  const seen = v.paths.filter((p) => x[p[0]] > 0).sort((a, b) => x[b[0]] - x[a[0]]);
  const shown = seen.slice(0, PATHS_SHOWN);
  const title = (p) =>
    p
      .slice(1)
      .map((w) => data.words[w])
      .join(" › ");
  const rest = shown.reduce((n, p) => n - x[p[0]], x[v.at + offset.whole]);
  block.querySelector("caption").firstChild.data =
    `Version ${v.name || "–"}: ${seen.length}${v.all_paths ? "" : " or more"} different paths`;
  block
    .querySelector("tbody")
    .replaceChildren(
      ...shown.map((p) => shareRow(data, title(p), x[p[0]], viewings)),
      shareRow(data, "all other whole paths", Math.max(rest, 0), viewings),
      shareRow(data, "no whole path", viewings - x[v.at + offset.whole], viewings),
    );
}

function updateKeys(data, section) {
  for (const dd of all(section, "[data-key]")) {
    const k = data.total(Number(dd.dataset.key));
    const n = data.total(Number(dd.dataset.of));
    const t = dd.dataset.of ? shareTexts(data, k, n) : null;
    const b = t ? boundsText(k, n, data.erased([...data.versions.keys()])) : "";
    const small = t && (t.enough ? `${t.interval} %, ${t.counted}` : t.counted) + (b && `; with the erased ${b} %`);
    dd.replaceChildren(t ? t.share : String(k), ...(t ? [el("small", {}, small)] : []));
  }
  for (const dd of all(section, "[data-erased]")) {
    const versions = [...data.versions.keys()];
    const aged = data.erased(versions, "aged");
    dd.replaceChildren(`${data.erased(versions)} `, el("small", {}, `by choice, ${aged} by age`));
  }
}

function updateGroups(data, section) {
  for (const row of all(section, "tr[data-group]")) {
    const [version, machine, nth, time] = row.dataset.group.split(",").map(Number);
    const f = data.filter;
    let n = 0;
    for (const g of data.groups)
      if (g[0] === version && g[5] === machine && g[1] === nth && g[2] === time && data.within(g[3], f) && (machine || data.hasPart(g[4])))
        n += g[6];
    const is = (want, has) => want === ALL || want === has;
    const counted = !machine && is(f.version, version) && is(f.viewings, nth) && is(f.time, time);
    row.cells[4].textContent = n;
    row.cells[5].textContent = counted ? "yes" : "no";
  }
}

// A closed table of viewers says its first row.
function updateViewers(data, section) {
  for (const gist of all(section, ".viewers .gist")) {
    const row = gist.closest("details").querySelector("tbody tr");
    const [k, n] = [row.dataset.k, row.dataset.n].map((place) => data.x[Number(place)]);
    if (row.dataset.k) gist.textContent = `${row.cells[0].firstChild.data.trim()}: ${shareTexts(data, k, n).share}`;
  }
}

// Nodes that nobody reached have no rows; their names stand apart.
function updateUnvisited(data, section) {
  const { x, offset } = data;
  const names = data.nodes.filter((n) => !data.absent.has(n.at) && x[n.at + offset.came] === 0).map((n) => n.title);
  const line = section.querySelector("[data-unvisited]");
  line.hidden = names.length === 0;
  line.querySelector("span").textContent = names.length;
  line.querySelector("q").textContent = names.join(", ");
}

export function updateRows(data, section) {
  const { x } = data;
  const gone = [...data.nodes].filter((n) => data.absent.has(n.at)).map((n) => n.at);
  const absent = (place) => gone.some((at) => place >= at && place < at + data.offset.plannedVisits + 1);
  updateKeys(data, section);
  updateGroups(data, section);
  for (const row of all(section, "tr[data-k]")) {
    const k = Number(row.dataset.k);
    fillRow(data, row, k, Number(row.dataset.n));
    row.hidden = absent(k) || ("rare" in row.dataset && x[k] === 0);
  }
  for (const row of all(section, "tr[data-fixed]")) fillShare(data, row, ...row.dataset.fixed.split(" ").map(Number));
  for (const row of all(section, "tr[data-all]")) fillAll(data, row, Number(row.dataset.all));
  for (const row of all(section, "tr[data-a]")) fillDifference(data, row, Number(row.dataset.a), Number(row.dataset.b));
  for (const cell of all(section, "[data-c]")) {
    cell.textContent = x[Number(cell.dataset.c)];
    if ("visits" in cell.dataset) cell.parentNode.hidden = absent(Number(cell.dataset.c)) || x[Number(cell.dataset.c)] === 0;
  }
  updateViewers(data, section);
  updateUnvisited(data, section);
  for (const cell of all(section, "[data-sum]")) {
    const n = x[Number(cell.dataset.of)];
    cell.textContent = n > 0 ? `${fixed(x[Number(cell.dataset.sum)] / 1e6 / n, 1)} s` : "";
  }
  for (const cell of all(section, "[data-took]")) cell.textContent = tookText(data, Number(cell.dataset.took));
  for (const block of all(section, "[data-version]")) {
    block.hidden = x[data.versions[Number(block.dataset.version)].at + data.offset.viewings] === 0;
    if ("paths" in block.dataset) updatePaths(data, block);
  }
  for (const box of all(section, "[data-menu]")) box.hidden = x[Number(box.dataset.menu)] === 0;
  for (const block of all(section, "[data-menus]"))
    block.hidden = [...all(block, "[data-menu]")].filter((box) => !box.hidden).length < 2;
  data.decisions.forEach((d, i) => {
    const article = section.querySelector(`#decision-${section.dataset.film}-${i}`);
    if (!article) return;
    article.hidden = data.absent.has(d.at);
    article.classList.toggle("unasked", x[d.at + data.offset.exposures] === 0);
    const figure = article.querySelector("figure.curve");
    fillCurveTable(figure.nextElementSibling, fillCurve(data, figure, d.title, d.at));
  });
}
