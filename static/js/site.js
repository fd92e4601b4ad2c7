// A part of a page names the script that can do more with it in data-script. It is loaded when the reader
// first touches that part, so that a first visit stays small; with data-script-soon, when the page has come; with
// data-script-if, then too if the browser keeps something under a name that begins so.

const pressed = new Map(); // by part: the button pressed before the script was there, to be pressed once more

async function load(part) {
  const address = part.dataset.script;
  if (!address) return;
  delete part.dataset.script;
  delete part.dataset.scriptFailed;
  part.dataset.scriptComing = "";
  try {
    await import(address);
    pressed.get(part)?.click();
  } catch {
    part.dataset.script = address; // offline perhaps: the next touch tries again
    part.dataset.scriptFailed = "";
  }
  pressed.delete(part);
  delete part.dataset.scriptComing;
}

function touched(event) {
  for (let part = event.target; part instanceof Element; part = part.parentElement) load(part);
}

for (const type of ["pointerover", "pointerdown", "focusin"]) document.addEventListener(type, touched, { passive: true });

document.addEventListener("click", ({ target }) => {
  const part = target.closest("[data-script-coming]");
  const button = target.closest("button[type=button]:not([popovertarget])");
  if (part && button) pressed.set(part, button);
});

function isKept(beginning) {
  try {
    return Object.keys(localStorage).some((name) => name.startsWith(beginning));
  } catch {
    return false;
  }
}

addEventListener("load", () => {
  document.querySelectorAll("[data-script][data-script-soon]").forEach(load);
  for (const part of document.querySelectorAll("[data-script-if]")) if (isKept(part.dataset.scriptIf)) load(part);
});

// What was read can be read again without a connection. On a first visit nothing comes with that but the worker.
function keepForLater() {
  const { worker, offline } = document.body.dataset;
  const workers = navigator.serviceWorker; // none where the connection isn't secure
  if (!worker || !workers) return;
  if (workers.controller) import(offline).catch(() => {});
  const trusted = globalThis.trustedTypes?.createPolicy("worker", { createScriptURL: () => worker });
  workers.register(trusted?.createScriptURL("") ?? worker).catch(() => {});
}

addEventListener("load", keepForLater);

// The contents are folded, but where the style sheet puts them beside the text there is room for all of them.
const contents = document.querySelector(".contents");
if (contents && getComputedStyle(contents).float !== "none") contents.querySelector("details").open = true;
