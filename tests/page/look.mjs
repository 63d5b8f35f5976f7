// Looks at report pages in Chromium: reads a job from standard input, writes what was seen as JSON.
// tests/e2e/browser.py says what to look for and judges; this file only clicks, and asks the page.
//
// Job: {modules, chromium, pages: [{name, file, steps: [[step, argument]…], options}]}; or `url` for `file`; see
// `steps` below.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";

const PATIENCE = 120e3; // ms until what must come counts as not coming: the machine may have much else to do
const job = JSON.parse(readFileSync(0, "utf8"));
const require = createRequire(`${job.modules}/`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

// All that can be read: tables, captions and drawings of charts, key figures.
function read() {
  const shown = (e) => !e.closest("[hidden]");
  const text = (e) => e.textContent.trim();
  const tables = [...document.querySelectorAll("table[data-csv]")].filter(shown).map((t) => ({
    name: t.dataset.csv,
    caption: t.caption.firstChild.data.trim(),
    rows: [...t.tBodies[0].rows]
      .filter((r) => !r.hidden)
      .map((r) => [...r.cells].filter((c) => !c.matches(".b")).map(text)),
    bars: [...t.tBodies[0].rows]
      .filter((r) => !r.hidden)
      .map((r) =>
        [...r.querySelectorAll("rect")].map((b) => [b.getAttribute("x"), b.getAttribute("width")].join()).join(" "),
      ),
  }));
  const curves = [...document.querySelectorAll("article figure.curve:not(.spread)")].filter(shown).map((f) => ({
    title: text(f.closest("article").querySelector("h3")),
    caption: text(f.querySelector("figcaption")),
    line: f.querySelector("path.line")?.getAttribute("d") ?? "",
    band: f.querySelector("path.band")?.getAttribute("d") ?? "",
    ticks: [...f.querySelectorAll(".axis .tick")].map(text),
    csv: f.nextElementSibling.querySelector("table").dataset.csv,
  }));
  const spreads = [...document.querySelectorAll("figure.spread figcaption")].filter(shown).map(text);
  const bins = [...document.querySelectorAll("figure.spread")]
    .filter(shown)
    .map((f) => [...f.querySelectorAll(".bin")].map((b) => Number(b.getAttribute("height"))));
  const dots = [...document.querySelectorAll("figure.impact .dot")].map((d) => ({
    place: d
      .getAttribute("transform")
      .match(/[\d.]+/g)
      .map(Number),
    look: d.getAttribute("class"),
    words: [...d.querySelectorAll("title, text")].map(text),
  }));
  const keys = [...document.querySelectorAll("[data-key]")].map(text);
  const graph = [...document.querySelectorAll(".graph .node")].map((g) =>
    [...g.querySelectorAll("text")].map(text).join("|"),
  );
  const widths = [...document.querySelectorAll(".graph .edge path")].map((p) => p.getAttribute("stroke-width") ?? "1");
  const flow = [...document.querySelectorAll(".links path")].map((p) => text(p.querySelector("title")));
  const boxes = [...document.querySelectorAll(".flows .box")].map((p) => [
    p.getAttribute("class"),
    text(p.querySelector("title")),
  ]);
  return { tables, curves, spreads, bins, dots, keys, graph, widths, flow, boxes };
}

const steps = {
  read: (page) => page.evaluate(read),
  text: (page, selector) => page.locator(selector).first().textContent(),
  texts: (page, selector) => page.locator(selector).allTextContents(),
  count: (page, selector) => page.locator(selector).count(),
  attribute: (page, [selector, name]) => page.locator(selector).first().getAttribute(name),
  shown: (page, selector) => page.locator(selector).first().isVisible(),
  focused: (page) =>
    page.evaluate(
      () => document.activeElement.closest("[id]")?.id + " " + document.activeElement.textContent.trim().slice(0, 60),
    ),
  fill: (page, [selector, value]) => page.locator(selector).first().fill(value),
  select: async (page, filters) => {
    await page.locator(".filters button").click(); // reset
    for (const [name, label] of Object.entries(filters))
      await page.locator(`.filters [name=${name}]`).selectOption({ label });
  },
  run: (page, [command, ...args]) => execFileSync(command, args).toString(),
  becomes: async (page, [selector, text]) => {
    await page.locator(selector).first().filter({ hasText: text }).waitFor();
    return page.locator(selector).first().textContent();
  },
  pick: (page, [selector, label]) => page.locator(selector).first().selectOption({ label }),
  size: (page) => page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]),
  address: (page) => page.evaluate(() => location.hash),
  value: (page, selector) => page.locator(selector).first().inputValue(),
  scrolled: (page, y) =>
    page.evaluate((to) => {
      if (to) scrollTo(0, to);
      return scrollY;
    }, y),
  click: (page, selector) => page.locator(selector).first().click(),
  tap: (page, selector) => page.locator(selector).first().tap(),
  hover: (page, selector) => page.locator(selector).first().hover(),
  focus: (page, selector) => page.locator(selector).first().focus(),
  press: (page, key) => page.keyboard.press(key),
  settle: (page) => page.waitForTimeout(400), // a zoom's movement
  drag: async (page, [selector, dx, dy]) => {
    const box = await page.locator(selector).first().boundingBox();
    await page.mouse.move(box.x + 5, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + 5 + dx, box.y + box.height / 2 + dy, { steps: 4 });
    await page.mouse.up();
  },
  wheel: async (page, [selector, dy, key]) => {
    await page.locator(selector).first().scrollIntoViewIfNeeded();
    const box = await page.locator(selector).first().boundingBox();
    const view = page.viewportSize();
    await page.mouse.move(box.x + box.width / 2, Math.min(box.y + box.height, view.height) - 40);
    if (key) await page.keyboard.down(key);
    await page.mouse.wheel(0, dy);
    if (key) await page.keyboard.up(key);
    await page.waitForTimeout(100);
  },
  csv: async (page, selector) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator(selector).first().click()]);
    return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
  },
  axe: async (page) => {
    await page.evaluate(axe);
    const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations", "incomplete"] }));
    return {
      passes: result.passes.length,
      violations: result.violations.map((v) => ({
        id: v.id,
        help: v.help,
        nodes: v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 160)} ${n.failureSummary.slice(0, 300)}`),
      })),
    };
  },
  shot: (page, path) => page.screenshot({ path, fullPage: true }).then(() => path),
  media: (page, options) => page.emulateMedia(options),
};

async function look(browser, { name, file, url, hash, options, steps: todo }) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, bypassCSP: false, ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const seen = { name, errors: [], requests: [], results: [], took: 0 };
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && seen.errors.push(`${m.type()}: ${m.text()}`));
  page.on("pageerror", (e) => seen.errors.push(String(e.stack)));
  page.on("dialog", (d) => {
    seen.errors.push(`a dialog: ${d.message()}`);
    d.dismiss();
  });
  const address = url ?? `file://${file}`;
  page.on("request", (r) => r.url() !== address && !r.url().startsWith("blob:") && seen.requests.push(r.url()));
  const begin = Date.now();
  await page.goto(address + (hash ?? ""));
  seen.took = Date.now() - begin;
  for (const [step, argument] of todo) {
    try {
      seen.results.push((await steps[step](page, argument)) ?? null);
    } catch (error) {
      seen.results.push(null);
      seen.errors.push(`${step} ${JSON.stringify(argument)}: ${String(error).slice(0, 400)}`);
    }
  }
  await context.close();
  return seen;
}

const browser = await chromium.launch({
  executablePath: job.chromium,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const all = [];
const todo = [...job.pages.entries()];
const worker = async () => {
  for (let next; (next = todo.shift());) all[next[0]] = await look(browser, next[1]);
};
await Promise.all(Array.from({ length: availableParallelism() }, worker));
await browser.close();
process.stdout.write(JSON.stringify(all));
