// A served page asks its server every two seconds whether the store has changed, and loads itself anew when it has.
// What the reader chose stays: filters stand in the address, and how far the page was scrolled is kept here.
{
  const KEY = "frumious";
  const EVERY_MS = 2000;

  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (kept) scrollTo(0, Number(kept));

  const timer = setInterval(async () => {
    try {
      const tag = await (await fetch("/tag")).text();
      if (tag === document.documentElement.dataset.tag) return;
      sessionStorage.setItem(KEY, scrollY);
      clearInterval(timer);
      location.reload();
    } catch {
      clearInterval(timer);
      document.querySelector("footer p").append(" The program that served this page has ended.");
    }
  }, EVERY_MS);
}
