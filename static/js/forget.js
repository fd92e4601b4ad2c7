// Forget this site on this device: what the service worker saved, the ticks and the settings. The cookies, which no
// script sees, go with the server's answer. What an editor typed and did not save stays (static/js/drafts.js).

const ours = (key) => key.startsWith("cramps:") || key === "comfort";

function tell(worker) {
  return new Promise((answer) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = answer;
    setTimeout(answer, 1_000); // a worker that doesn't answer keeps nothing either
    worker.postMessage("forget", [port2]);
  });
}

async function forgetPages() {
  const workers = navigator.serviceWorker;
  if (workers?.controller) await tell(workers.controller);
  for (const registration of (await workers?.getRegistrations()) ?? []) await registration.unregister();
  if (!globalThis.caches) return 0;
  const names = (await caches.keys()).filter((name) => name.startsWith("cramps-"));
  const pages = names.includes("cramps-pages") ? (await (await caches.open("cramps-pages")).keys()).length : 0;
  await Promise.all(names.map((name) => caches.delete(name)));
  return pages;
}

function forgetKeys() {
  const keys = Object.keys(localStorage).filter(ours);
  keys.forEach((key) => localStorage.removeItem(key));
  for (const name of ["theme", "size"]) delete document.documentElement.dataset[name];
  return keys.length;
}

// What a browser does not let us see holds nothing of ours; all else is forgotten nevertheless.
async function attempt(forget) {
  try {
    return await forget();
  } catch {
    return 0;
  }
}

async function forgetAll(section) {
  const pages = await attempt(forgetPages);
  const keys = await attempt(forgetKeys);
  const hasAnswer = section.dataset.forgotten !== undefined || (await askServer(section.querySelector("form")));
  const count = (name, number) => (section.querySelector(`[data-count=${name}]`).textContent = number);
  count("pages", pages);
  count("keys", keys);
  section.querySelector(hasAnswer ? "[data-cookies]" : "[data-no-cookies]").hidden = false;
  const result = section.querySelector("[data-result]");
  result.hidden = false;
  result.focus();
}

async function askServer(form) {
  const response = await fetch(form.action, { method: "POST" }).catch(() => null);
  return Boolean(response?.ok);
}

for (const section of document.querySelectorAll("[data-forget]")) {
  if (section.dataset.forgotten !== undefined) forgetAll(section);
  section.querySelector("form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    forgetAll(section);
  });
}
