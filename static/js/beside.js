// The page as readers would see it, beside the form: on a phone, a desktop or paper, in light or dark. It shows
// what the form says, saved or not. No script runs in it.

const panel = document.querySelector("#desk-preview");
const form = document.querySelector("#article_form");
const toggle = document.querySelector("#preview-toggle");
const PAUSE = 700; // milliseconds after the last key
const WIDTHS = { phone: 375, desktop: 1280, paper: 794 }; // CSS pixels; paper is A4 at 96 to the inch

const frame = panel?.querySelector("iframe");
const status = panel?.querySelector(".preview-status");
const chosen = (name) => panel.querySelector(`[name=${name}]:checked`).value;
let timer, request;

// The page's own style sheets say how it looks on paper; here they say so on the screen.
function asOnPaper(page, isPaper) {
  for (const sheet of page.styleSheets) {
    for (const rule of sheet.cssRules) {
      if (!(rule instanceof frame.contentWindow.CSSMediaRule)) continue;
      rule.asWritten ??= rule.media.mediaText;
      const onPaper = /\bprint\b/.test(rule.asWritten) ? "all" : rule.asWritten.replace(/\bscreen\b/, "not all");
      rule.media.mediaText = isPaper ? onPaper : rule.asWritten;
    }
  }
}

function dress() {
  const page = frame.contentDocument;
  if (!page?.documentElement) return;
  const on = chosen("preview_on");
  page.documentElement.dataset.theme = on === "paper" ? "light" : chosen("preview_colours");
  page.documentElement.style.padding = on === "paper" ? "12mm" : ""; // a printer's margins
  asOnPaper(page, on === "paper");
  const room = frame.parentElement;
  const scale = Math.min(1, room.clientWidth / WIDTHS[on]);
  Object.assign(frame.style, {
    width: `${WIDTHS[on]}px`,
    height: `${room.clientHeight / scale}px`,
    transform: `scale(${scale})`,
  });
  panel.dataset.on = on;
}

async function refresh() {
  request?.abort(); // an old answer must not overtake a new one
  request = new AbortController();
  try {
    const options = { method: "POST", body: new FormData(form), signal: request.signal, redirect: "error" };
    const response = await fetch(panel.dataset.address, options);
    const isSentence = response.headers.get("Content-Type")?.startsWith("text/plain");
    if (!response.ok) throw new Error(isSentence ? await response.text() : panel.dataset.failed);
    show(await response.text());
    status.textContent = "";
  } catch (error) {
    if (error.name !== "AbortError") status.textContent = error instanceof TypeError ? panel.dataset.failed : error.message;
  }
}

function show(html) {
  const top = frame.contentWindow?.scrollY ?? 0;
  frame.addEventListener("load", () => {
    dress();
    frame.contentWindow.scrollTo(0, top);
  }, { once: true });
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const script of page.querySelectorAll("script")) script.remove(); // none would run
  frame.srcdoc = `<!doctype html>${page.documentElement.outerHTML}`;
}

function later() {
  if (panel.hidden) return;
  clearTimeout(timer);
  timer = setTimeout(refresh, PAUSE);
}

function open(isOpen) {
  panel.hidden = !isOpen;
  document.documentElement.classList.toggle("with-preview", isOpen);
  toggle.setAttribute("aria-expanded", String(isOpen));
  if (isOpen) refresh();
  else toggle.focus();
}

// Show the section that is being written.
function follow(event) {
  const key = event.target.closest?.(".inline-related")?.querySelector("[name$=-row_key]")?.value;
  const section = key && !panel.hidden && frame.contentDocument?.getElementById(key);
  if (section) section.scrollIntoView({ block: "start" });
}

if (panel && form && toggle) {
  toggle.hidden = false;
  toggle.addEventListener("click", () => open(panel.hidden));
  panel.querySelector("[data-close]").addEventListener("click", () => open(false));
  panel.addEventListener("change", dress);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden && !document.querySelector("dialog[open]")) open(false);
  });
  for (const kind of ["input", "change", "formset:added", "formset:removed"]) document.addEventListener(kind, later);
  form.addEventListener("focusin", follow);
  new ResizeObserver(dress).observe(frame.parentElement);
}
