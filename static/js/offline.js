// A page that the service worker took from what is saved says so, and since when it has not heard of the site. The
// words stand in the page of what is saved, which the worker holds, so that no other page carries them.

const { offlinePage } = document.body.dataset;
const article = document.querySelector("article");
const language = document.documentElement.lang;
let saved; // when this copy was saved; null where the page came from the site
let banner, timer;
let pause = 2_000; // milliseconds until the site is asked again

function ask(what) {
  return new Promise((answer) => {
    const worker = navigator.serviceWorker.controller;
    if (!worker) return answer(null);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => answer(data);
    worker.postMessage(what, [port2]);
  });
}

const words = (moment, style) => new Date(moment).toLocaleString(language, style);

const today = () => {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
};
const isExpired = () => Date.parse(article?.dataset.expires) <= Date.now();

// The worker answers. Of text, a page may make no document (the policy: require-trusted-types-for).
function parts() {
  return new Promise((found, failed) => {
    const request = new XMLHttpRequest();
    request.open("GET", offlinePage);
    const onload = () => found(request.response.querySelector("#_saved-copy").content);
    Object.assign(request, { responseType: "document", onload, onerror: failed });
    request.send();
  });
}

async function show() {
  const content = document.importNode(await parts(), true);
  banner?.remove();
  if (isExpired()) {
    document.querySelector("#_main").replaceChildren(content.querySelector("[data-expired]"));
    return;
  }
  banner = content.querySelector("[data-banner]");
  banner.querySelector("[data-saved]").textContent = words(saved, { dateStyle: "long", timeStyle: "short" });
  const due = article?.dataset.reviewDue;
  if (due < today()) {
    banner.querySelector("[data-due]").textContent = words(`${due}T00:00`, { dateStyle: "long" });
    banner.querySelector("[data-late]").hidden = false;
  }
  banner.querySelector("button").addEventListener("click", () => location.reload());
  document.querySelector("#_main").before(banner);
}

// Hear what the site says now: a page that is gone goes, and a copy that is right needs no banner.
async function check() {
  const outcome = await ask("check");
  if (outcome === "gone") location.reload();
  if (!saved) return;
  if (outcome === "unreached") again();
  if (outcome === "changed") banner.querySelector("[data-changed]").hidden = false;
  if (outcome === "same") {
    saved = null;
    banner.remove();
  }
}

function again() {
  clearTimeout(timer);
  timer = setTimeout(() => navigator.onLine && check(), pause);
  pause = Math.min(2 * pause, 60_000);
}

async function look() {
  if (saved) await show();
  if (navigator.onLine && (!saved || banner?.isConnected)) await check();
}

const returns = (event) => event.persisted && look();
const wakes = () => document.visibilityState === "visible" && (saved || isExpired()) && look();

saved = await ask("saved");
if (saved) look();
addEventListener("pageshow", returns);
addEventListener("online", () => saved && look());
document.addEventListener("visibilitychange", wakes);
