// The comfort of a long form: sections fold to their title and first words, and what editors do most has keys.

const words = document.querySelector("#desk-words")?.dataset;
const group = document.querySelector("#sections-group");
const FOLDED_FROM = 4; // sections; fewer all fit on the screen
const OPEN = `cramps:open:${location.pathname}`; // what was open stays so when the form comes back from a save

const rows = () => [...group.querySelectorAll(".inline-related:not(.empty-form)")];
const field = (row, name) => row.querySelector(`[name$="-${name}"]`);
const keyOf = (row) => field(row, "row_key")?.value;
const toggleOf = (row) => row.querySelector(".fold");
const isFolded = (row) => row.classList.contains("folded");

function fold(row, folded) {
  row.classList.toggle("folded", folded);
  toggleOf(row).setAttribute("aria-expanded", String(!folded));
  for (const part of row.querySelectorAll(":scope > fieldset, :scope > .flex-container")) {
    if (folded) part.setAttribute("hidden", "until-found"); // so that the browser's own search looks there, too
    else part.removeAttribute("hidden");
  }
  if (folded) tell(row);
}

// A new section has a key only after it is saved; until then its heading tells it.
function remember() {
  const names = rows().filter((row) => !isFolded(row)).map((row) => keyOf(row) || field(row, "heading").value);
  try {
    sessionStorage[OPEN] = JSON.stringify(names);
  } catch {
    // A browser that keeps nothing folds them anew.
  }
}

function remembered() {
  try {
    return JSON.parse(sessionStorage[OPEN] ?? "[]");
  } catch {
    return [];
  }
}

// Say in the title what a folded section is: its kind, its heading, how many readers named it, and how it begins.
function tell(row) {
  const kind = field(row, "kind");
  const said = [...row.querySelectorAll("textarea")].map((area) => area.value.trim()).find(Boolean) ?? "";
  row.querySelector(".fold-heading").textContent = field(row, "heading").value.trim() || words.untitled;
  row.querySelector(".fold-kind").textContent = kind.value === "text" ? "" : kind.selectedOptions[0]?.text ?? "";
  row.querySelector(".fold-readers").textContent = row.querySelector(".section-said")?.dataset.short ?? "";
  const plain = said.replace(/\[\^[^\]]*\]|\*\*?|^\s*(?:[-#>]+|\d+\.)\s/gm, "").replace(/\s+/g, " ");
  row.querySelector(".fold-words").textContent = plain.slice(0, 160);
}

function addToggle(row) {
  if (toggleOf(row)) return;
  const toggle = document.createElement("button");
  toggle.type = "button";
  toggle.className = "fold";
  toggle.setAttribute("aria-expanded", "true");
  for (const part of ["heading", "kind", "readers", "words"]) {
    const span = document.createElement("span");
    span.className = `fold-${part}`;
    toggle.append(span, " ");
  }
  const title = row.querySelector("h3");
  title.querySelector(".inline_label").classList.add("visually-hidden"); // the button says it
  title.prepend(toggle);
  tell(row);
}

const needsLook = (row) => row.querySelector(".errorlist, .errors, .conflict") !== null;

function foldAll(folded) {
  for (const row of rows()) fold(row, folded && !needsLook(row));
}

function start() {
  const bar = document.createElement("p");
  bar.className = "fold-all";
  for (const [label, folded] of [[words.foldAll, true], [words.openAll, false]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => foldAll(folded));
    bar.append(button);
  }
  group.querySelector(".empty-form").parentElement.querySelector("h2")?.after(bar);
  const open = remembered();
  const all = rows();
  all.forEach(addToggle);
  if (all.length < FOLDED_FROM) return;
  for (const row of all) {
    const isOpen = open.includes(keyOf(row)) || open.includes(field(row, "heading").value);
    if (keyOf(row) && !needsLook(row) && !isOpen) fold(row, true);
  }
}

// Open what is led to: a link to a field, a place that the browser's search found, or a focus by script.
function reveal(element) {
  const row = element?.closest?.("#sections-group .inline-related.folded");
  if (row) fold(row, false);
}

function revealTarget() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (!target) return;
  reveal(target);
  target.scrollIntoView();
}

if (group?.querySelector(".empty-form") && words) {
  start();
  group.addEventListener("click", (event) => {
    const toggle = event.target.closest(".fold");
    if (toggle) fold(toggle.closest(".inline-related"), !isFolded(toggle.closest(".inline-related")));
  });
  group.addEventListener("input", (event) => {
    const row = event.target.closest(".inline-related");
    if (row) tell(row);
  });
  group.addEventListener("beforematch", (event) => reveal(event.target));
  group.addEventListener("focusin", (event) => {
    if (!event.target.closest("h3")) reveal(event.target);
  });
  document.addEventListener("formset:added", (event) => {
    if (event.detail.formsetName === "sections") addToggle(event.target);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link) reveal(document.getElementById(decodeURIComponent(link.hash.slice(1))));
  });
  window.addEventListener("hashchange", revealTarget);
  window.addEventListener("pagehide", remember);
  revealTarget();
}

// Keys. `code` is the key's place, so that a letter is where it stands on other keyboards, too.

const press = (selector) => document.querySelector(selector)?.click();

function moveRow(direction) {
  const row = document.activeElement.closest?.(".inline-related");
  const active = document.activeElement;
  row?.querySelector(`[data-move="${direction}"]`)?.click();
  active.focus({ preventScroll: true }); // the button took it
}

const help = () => document.querySelector("#markdown-help")?.togglePopover();
const CONTROL = {
  KeyS: () => press(".desk-buttons [name=_continue]"),
  Enter: () => press(".desk-buttons [name=_preview]"),
};
const CONTROL_SHIFT = {
  Enter: () => press(".desk-buttons [name=_publish]") ?? press(".desk-buttons [name=_submit]"),
};
const ALT_SHIFT = {
  KeyN: () => press("#sections-group .add-row a"),
  KeyF: () => foldAll(rows().some((row) => !isFolded(row) && !needsLook(row))),
  KeyP: () => press("#preview-toggle"),
  ArrowUp: () => moveRow("up"),
  ArrowDown: () => moveRow("down"),
};

function actionOf({ code, key, ctrlKey, metaKey, altKey, shiftKey }) {
  const control = ctrlKey || metaKey;
  if (key === "F1") return help;
  if (control && !altKey) return (shiftKey ? CONTROL_SHIFT : CONTROL)[code];
  return altKey && shiftKey && !control ? ALT_SHIFT[code] : undefined;
}

if (words) {
  document.addEventListener("keydown", (event) => {
    const action = event.isComposing ? undefined : actionOf(event);
    if (!action) return;
    event.preventDefault();
    if (!event.repeat || event.code.startsWith("Arrow")) action();
  });
}
