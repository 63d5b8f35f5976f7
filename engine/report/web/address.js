// What the reader chose stands in the page's address, behind the part that is shown: #endings-0?version=1.0&viewings=replay. A
// link then shows to others what its sender saw. A page with several films has a film's number before each name: 1.version.

const [, part, given] = location.hash.match(/^#([^?]*)\??(.*)$/) ?? [null, "", ""];
let anchor = decodeURIComponent(part);
const all = new URLSearchParams(given);

function write(how) {
  const words = all.toString();
  const hash = anchor || words ? `#${encodeURIComponent(anchor)}${words && `?${words}`}` : "";
  history[how](null, "", hash || location.pathname + location.search);
}

function show() {
  const target = anchor && document.getElementById(anchor);
  if (!target) return;
  target.scrollIntoView();
  if (!target.matches("a, button, input, select, summary")) target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

// What one film's section has in the address.
export class Address {
  constructor(film) {
    this.prefix = film === "0" ? "" : `${film}.`;
  }

  get(name) {
    return all.get(this.prefix + name);
  }

  // null: what the page begins with, which no address needs to say.
  set(name, value) {
    if (value === null) all.delete(this.prefix + name);
    else all.set(this.prefix + name, value);
    write("replaceState");
  }
}

// Links within the page move it and leave the rest of the address as it is.
export function followLinks() {
  document.addEventListener("click", (event) => {
    const href = event.target.closest?.("a")?.getAttribute("href") ?? "";
    if (!/^#./.test(href) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    anchor = decodeURIComponent(href.slice(1));
    write("pushState");
    show();
  });
  // Somebody typed another address, or went back.
  addEventListener("hashchange", () => location.reload());
  if (anchor) show();
}
