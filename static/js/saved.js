// The page of what is saved: it lists the articles that this device holds, and says why it stands in for another page.

const part = document.querySelector("[data-saved-list]");
const { pages } = part.dataset; // the cache that the service worker keeps them in
const language = document.documentElement.lang;
const isHere = location.pathname === part.dataset.here;
const style = { dateStyle: "long", timeStyle: "short" };
const reveal = (name) => (part.querySelector(`[data-${name}]`).hidden = false);
// Here alone a page makes documents of text: of pages of the site, from which words are taken and nothing else.
const parser = globalThis.trustedTypes?.createPolicy("saved", { createHTML: (page) => page });
let pause = 2_000; // milliseconds until the site is asked again
const isExpired = (copy) => Date.parse(copy.headers.get("X-Expires-At")) <= Date.now();

async function entry(cache, request) {
  const copy = await cache.match(request, { ignoreVary: true });
  const text = await copy.clone().text();
  const page = new DOMParser().parseFromString(parser?.createHTML(text) ?? text, "text/html");
  const { pathname } = new URL(request.url);
  const title = page.querySelector("article:not(.sheet) h1")?.textContent;
  return { pathname, title, copy, lang: page.documentElement.lang, dir: page.documentElement.dir };
}

function item({ pathname, title, copy, lang, dir }) {
  const element = part.querySelector("template").content.firstElementChild.cloneNode(true);
  const link = element.querySelector("a");
  Object.assign(link, { href: pathname, textContent: title, lang, dir });
  const time = new Date(copy.headers.get("X-Saved-At"));
  element.querySelector("[data-time]").textContent = time.toLocaleString(language, style);
  return element;
}

async function list() {
  const cache = globalThis.caches && (await caches.has(pages)) ? await caches.open(pages) : null;
  const own = isHere ? null : await cache?.match(location.pathname, { ignoreVary: true });
  if (!isHere) reveal(own && isExpired(own) ? "expired" : "missing");
  const kept = cache ? await Promise.all((await cache.keys()).map((request) => entry(cache, request))) : [];
  const items = kept.filter(({ title, copy }) => title && !isExpired(copy)).reverse().map(item);
  part.querySelector("ul").replaceChildren(...items);
  reveal(items.length ? "some" : "none");
}

// Where it stands in for a page, that page comes as soon as the site can be reached.
async function retry() {
  const answer = await fetch(location.pathname + location.search, { method: "HEAD" }).catch(() => null);
  if (answer && answer.status < 500) return location.reload();
  setTimeout(() => navigator.onLine && retry(), pause);
  pause = Math.min(2 * pause, 60_000);
}

list().catch(() => reveal("none")); // a browser that keeps nothing
if (!isHere) {
  addEventListener("online", retry);
  if (navigator.onLine) retry();
}
