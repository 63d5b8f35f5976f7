// A served page asks its server every two seconds whether the store has changed, and loads itself anew when it has.
// What the reader chose stays: the filters that were changed, and how far the page was scrolled.
{
  const KEY = "frumious";
  const EVERY_MS = 2000;
  const filters = [...document.querySelectorAll(".filters select")];
  const opened = filters.map((select) => select.value);
  const label = (select) => select.options[select.selectedIndex].text;

  const kept = JSON.parse(sessionStorage.getItem(KEY) || "null");
  sessionStorage.removeItem(KEY);
  if (kept) {
    filters.forEach((select, i) => {
      const option = [...select.options].find((o) => o.text === kept.filters[i]);
      if (!option) return;
      select.value = option.value;
      select.dispatchEvent(new Event("change"));
    });
    scrollTo(0, kept.y);
  }

  const timer = setInterval(async () => {
    try {
      const tag = await (await fetch("/tag")).text();
      if (tag === document.documentElement.dataset.tag) return;
      const changed = filters.map((select, i) => (select.value === opened[i] ? null : label(select)));
      sessionStorage.setItem(KEY, JSON.stringify({ y: scrollY, filters: changed }));
      clearInterval(timer);
      location.reload();
    } catch {
      clearInterval(timer);
      document.querySelector("footer p").append(" The program that served this page has ended.");
    }
  }, EVERY_MS);
}
