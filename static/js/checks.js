// The checks beside the article's form: made anew while someone writes, led to by a click, marked in the previews.
// At most one request is under way, and the slower the answer, the longer the next one waits.

const panel = document.querySelector("#checks");
const list = document.querySelector("#checks-list");
const status = document.querySelector("#checks-status");
const form = document.querySelector("#article_form");
const PAUSE = 1200; // milliseconds after the last key
const KINDS = ["long_sentence", "long_paragraph"]; // marked more softly, since they are long

let timer, isAsking, isStale, isHeld, lasted = 0, marking;

const isAnswering = () => list.contains(document.activeElement) && document.activeElement.matches("input");

function later() {
  clearTimeout(timer);
  timer = setTimeout(ask, Math.max(PAUSE, 3 * lasted));
}

async function ask() {
  if (isAsking) return void (isStale = true);
  isAsking = true;
  const began = performance.now();
  try {
    const options = { method: "POST", body: new FormData(form), redirect: "error" };
    const response = await fetch(panel.dataset.live, options);
    if (!response.ok) throw new Error();
    show(await response.text());
  } catch {
    status.textContent = panel.dataset.failed;
  }
  lasted = performance.now() - began;
  isAsking = false;
  if (isStale) later();
  isStale = false;
}

// Put a new list in the old one's place. What was open stays open, and nobody is disturbed while answering.
function show(html) {
  isHeld = isAnswering() ? html : null;
  if (isHeld) return;
  const was = new Map([...list.querySelectorAll("details[id]")].map((part) => [part.id, part.open]));
  const focused = list.contains(document.activeElement) ? document.activeElement.closest("details[id]")?.id : null;
  const before = counts();
  list.innerHTML = html; // the server's own template, which escapes every word
  for (const part of list.querySelectorAll("details[id]")) {
    if (was.has(part.id) && !part.matches(".keep")) part.open = was.get(part.id);
  }
  if (focused) (document.getElementById(focused)?.querySelector("summary") ?? panel).focus({ preventScroll: true });
  if (counts() !== before) status.textContent = counts();
  mark();
}

const counts = () => (list.querySelector(".checks-counts")?.textContent ?? "").replace(/\s+/g, " ").trim();

// Lead to the field of a finding, and choose the words there.
function lead(link) {
  const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!target) return;
  const fold = target.closest("details");
  if (fold) fold.open = true;
  target.focus({ preventScroll: true });
  const spot = link.dataset.spots?.trim().split(" ")[0]?.split("-").map(Number);
  if (spot && target.setSelectionRange) target.setSelectionRange(...spot);
  if (target.tabIndex < 0 || !target.matches("input, textarea, select")) target.querySelector("input, a, button")?.focus();
  target.scrollIntoView({ block: "center" });
}

// Marks in the previews, by the browser's own highlights: they change no page and no text.
const plain = (text) => text.replace(/[‘’]/g, "'").replace(/[“”]/g, '"').replace(/\s/g, " ");

function mark() {
  if (!window.CSS?.highlights) return;
  const ranges = { soft: [], sharp: [] };
  for (const link of list.querySelectorAll(".check:not(.kept) .finding[data-spots]")) {
    const area = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    const preview = area?.closest(".markdown-editor")?.querySelector(".markdown-preview");
    if (preview) ranges[KINDS.includes(link.dataset.check) ? "soft" : "sharp"].push(...places(preview, link.dataset.said));
  }
  for (const [name, found] of Object.entries(ranges)) CSS.highlights.set(`check-${name}`, new Highlight(...found));
}

function places(preview, said) {
  const nodes = document.createTreeWalker(preview, NodeFilter.SHOW_TEXT);
  const parts = [];
  let text = "";
  while (nodes.nextNode()) {
    if (nodes.currentNode.parentElement.closest(".visually-hidden, .meaning, sup")) continue;
    parts.push([text.length, nodes.currentNode]);
    text += plain(nodes.currentNode.data);
  }
  const words = plain(said).trim();
  const found = [];
  const at = (place) => {
    const [start, node] = parts.findLast(([begin]) => begin <= place);
    return [node, Math.min(place - start, node.length)];
  };
  for (let start = text.indexOf(words); words && start >= 0; start = text.indexOf(words, start + words.length)) {
    const isWord = !/[\p{L}\p{N}]/u.test(text[start - 1] ?? "") && !/[\p{L}\p{N}]/u.test(text[start + words.length] ?? "");
    if (!isWord) continue;
    const range = new Range();
    range.setStart(...at(start));
    const [node, end] = at(start + words.length - 1);
    range.setEnd(node, Math.min(end + 1, node.length));
    found.push(range);
  }
  return found;
}

async function answer(sent) {
  const token = form.elements.csrfmiddlewaretoken.value;
  const options = { method: "POST", body: new FormData(sent), redirect: "error", headers: { Accept: "text/plain", "X-CSRFToken": token } };
  try {
    const response = await fetch(sent.action, options);
    if (!response.ok) throw new Error(response.status === 400 ? await response.text() : panel.dataset.failed);
    document.activeElement.blur();
    panel.focus({ preventScroll: true });
    await ask();
  } catch (error) {
    status.textContent = error instanceof TypeError ? panel.dataset.failed : error.message;
    let said = sent.querySelector(".errornote");
    if (!said) sent.prepend((said = Object.assign(document.createElement("p"), { className: "errornote" })));
    said.textContent = status.textContent;
  }
}

if (panel && form) {
  for (const name of ["input", "change"]) form.addEventListener(name, later);
  for (const name of ["formset:added", "formset:removed"]) document.addEventListener(name, later);
  panel.addEventListener("click", (event) => {
    const link = event.target.closest(".finding");
    if (!link) return;
    event.preventDefault();
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    target?.closest(".inline-related.folded")?.querySelector(".fold")?.click();
    lead(link);
  });
  panel.addEventListener("submit", (event) => {
    event.preventDefault();
    answer(event.target);
  });
  panel.addEventListener("focusout", () => setTimeout(() => isHeld && !isAnswering() && show(isHeld)));
  new MutationObserver(() => {
    cancelAnimationFrame(marking);
    marking = requestAnimationFrame(mark);
  }).observe(form, { childList: true, subtree: true });
  mark();
}
