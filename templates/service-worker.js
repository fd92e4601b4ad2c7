// Keeps what a reader has opened, so that it can be read without a connection (docs/decisions/0011-offline.md). The
// site writes BUILD above this: articles/offline.py. Pages come from the network; their saved copy is for when the
// site can't be reached, or is slow. What the site takes back is deleted at the next contact.

const FILES = `cramps-files-${BUILD.version}`; // what pages are made of, of this version of the site
const PAGES = "cramps-pages"; // what was read, the same bytes, with these headers:
const SAVED = "X-Saved-At";
const EXPIRES = "X-Expires-At";
const PICTURES = "cramps-pictures";
const PATIENCE = 3_000; // milliseconds for the network where there is a saved copy
const DAY = 86_400_000;

const page = new RegExp(BUILD.page);
// What a link adds to an article's address (?utm_source=…) changes nothing of it; that of a list may choose a part.
const hasParts = (url) => url.search && !/\/articles\/[^/]/.test(url.pathname);
const isPage = (url) => url.origin === location.origin && page.test(url.pathname) && !hasParts(url);
const plain = (address) => new URL(address, location).pathname.replace(/\.[0-9a-f]{12}(?=\.\w+$)/, "");
const names = new Set(BUILD.files.map(plain));
const served = new Map(); // the copies that are shown: id of the window → time of saving
let isChecking = false;
let isForgotten = false;

addEventListener("install", (event) => {
  event.waitUntil(caches.open(FILES).then((files) => files.addAll(BUILD.files)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => event.waitUntil(start()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (!BUILD.private.some((path) => url.pathname.startsWith(path))) event.respondWith(answer(event, url));
  } else if (names.has(plain(url)) || url.pathname.startsWith("/media/images/")) {
    event.respondWith(file(request));
  }
});

addEventListener("message", (event) => event.waitUntil(reply(event)));

// Delete what other versions left, and keep what is open: it came before there was a worker.
async function start() {
  const ours = (await caches.keys()).filter((name) => name.startsWith("cramps-"));
  await Promise.all(ours.filter((name) => ![FILES, PAGES, PICTURES].includes(name)).map((name) => caches.delete(name)));
  await clients.claim();
  const windows = await clients.matchAll({ type: "window" });
  await Promise.all(windows.map(({ url }) => check(new URL(url))));
}

async function answer(event, url) {
  const copy = isPage(url) && (await match(PAGES, url));
  const response = fetch(event.request);
  event.waitUntil(response.then((fresh) => learn(url, fresh.clone()).then(checkOld)).catch(() => {}));
  try {
    const fresh = await (copy ? Promise.race([response, late()]) : response);
    if (!copy || fresh.status < 500) return fresh;
  } catch {
    // It can't be reached, or is slow.
  }
  return standIn(event, url, copy);
}

const late = () => new Promise((_, give_up) => setTimeout(give_up, PATIENCE));
// A browser whose store is broken has no copies, but must not keep the reader from the site.
const match = (name, url) =>
  caches.open(name).then((cache) => cache.match(url.pathname, { ignoreVary: true })).catch(() => undefined);
const isExpired = (copy) => Date.parse(copy.headers.get(EXPIRES)) <= Date.now();

// Return the saved copy, unless its time is over, or else the page that leads to what is saved.
async function standIn(event, url, copy) {
  if (copy && !isExpired(copy)) {
    served.set(event.resultingClientId, copy.headers.get(SAVED));
    return copy;
  }
  const [prefix] = Object.keys(BUILD.offline).filter((start) => url.pathname.startsWith(start)).slice(-1);
  return (await match(FILES, new URL(BUILD.offline[prefix], location))) ?? Response.error();
}

// What the site answers for a page decides what becomes of its copy.
async function learn(url, response) {
  if (!isPage(url) || isForgotten) return;
  if ([404, 410].includes(response.status) || response.redirected) await (await caches.open(PAGES)).delete(url.pathname);
  const now = response.redirected ? new URL(response.url) : url;
  const isPublic = response.headers.get("Cache-Control")?.includes("public");
  const isHtml = response.headers.get("Content-Type")?.startsWith("text/html");
  if (response.status === 200 && isPublic && isHtml && isPage(now)) await keep(now, response);
}

async function keep(url, response) {
  const html = await response.text();
  const headers = new Headers(response.headers);
  headers.set(SAVED, new Date().toISOString());
  const [, expires] = html.match(/<article[^>]* data-expires="([^"]+)"/) ?? [];
  if (expires) headers.set(EXPIRES, expires);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name); // the text is unpacked
  await (await caches.open(PAGES)).put(url.pathname, new Response(html, { headers }));
  await bound(PAGES, BUILD.most);
  await Promise.all([...new Set(picturesOf(html))].map(keepPicture));
  await bound(PICTURES, 2 * BUILD.most);
}

// Of each picture one file: large enough for any phone, where there are several.
function picturesOf(html) {
  const found = html.matchAll(/<img src="(\/media\/images\/[0-9a-f]{32}-\d+x\d+w?\.webp)"(?: srcset="([^"]*)")?/g);
  return [...found].map(([, whole, choice]) => choice?.match(/\S+w800\.webp/)?.[0] ?? whole);
}

// Return what is kept of a picture in any width.
async function anyWidth(request) {
  const whole = (url) => url.replace(/w\d+(?=\.webp$)/, "w");
  const pictures = await caches.open(PICTURES);
  const kept = (await pictures.keys()).find(({ url }) => whole(url) === whole(request.url));
  return kept && pictures.match(kept);
}

// A picture never changes at its address.
async function keepPicture(address) {
  const pictures = await caches.open(PICTURES);
  if (!(await pictures.match(address))) await pictures.add(address).catch(() => {});
}

// The oldest go first.
async function bound(name, most) {
  const cache = await caches.open(name);
  await Promise.all((await cache.keys()).slice(0, -most).map((request) => cache.delete(request)));
}

// Ask the site for a page, and return what came of it: "gone", "changed", "same" or "unreached".
async function check(url) {
  if (!isPage(url)) return "unreached";
  const before = await match(PAGES, url);
  let response;
  try {
    response = await fetch(url.pathname, { cache: "no-cache", credentials: "omit" });
    if (response.status >= 500) return "unreached";
    await learn(url, response.clone());
  } catch {
    return "unreached";
  }
  if (response.status !== 200) return "gone";
  return (await response.text()) === (await before?.text()) ? "same" : "changed";
}

// Once a day at most for each, when the site can be reached.
async function checkOld() {
  if (isChecking) return;
  isChecking = true;
  try {
    const pages = await caches.open(PAGES);
    for (const request of await pages.keys()) {
      const copy = await pages.match(request, { ignoreVary: true });
      const age = Date.now() - Date.parse(copy?.headers.get(SAVED));
      if (age > DAY && (await check(new URL(request.url))) === "unreached") return;
    }
  } finally {
    isChecking = false;
  }
}

// A saved copy that is older than this version of the site names its files otherwise.
async function file(request) {
  const kept = await caches.match(request, { ignoreVary: true }).catch(() => undefined);
  if (kept) return kept;
  const response = await fetch(request).catch(() => null);
  if (response?.ok) return response;
  const name = plain(request.url);
  if (name.startsWith("/media/images/")) return (await anyWidth(request).catch(() => undefined)) ?? response ?? Response.error();
  const same = BUILD.files.find((address) => plain(address) === name);
  return (same && (await match(FILES, new URL(same, location)))) || response || Response.error();
}

// What a page asks (static/js/offline.js, static/js/forget.js).
async function reply({ data, source, ports: [port] }) {
  if (data === "saved") port.postMessage(served.get(source.id) ?? null);
  if (data === "check") port.postMessage(await check(new URL(source.url)));
  if (data === "forget") port.postMessage((isForgotten = true));
}
