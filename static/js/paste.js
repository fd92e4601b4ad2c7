// What is copied from a web page or a word processor is pasted as Markdown, which the server makes of it. Code, plain
// text, and whatever is pasted with Ctrl+Shift+V stay as they are. While the answer is on its way the text can be
// changed anywhere; if none comes, the plain text is pasted, and a sentence says so.

const LONGEST = 500_000; // letters of HTML: articles/editor.py
const PATIENCE = 10_000; // milliseconds
const STRUCTURE = /<(?:h[1-6]|p|ul|ol|li|dl|table|a|b|strong|i|em|blockquote|hr)\b/i;
const OF_CODE = /^\s*<pre\b|white-space:\s*pre\b(?!-)|font-family:[^;"]*mono/i; // an editor's own first element
const BLOCK = /\n|^(?:#{1,6} |[-*+] |\d+[.)] |>|\|)/; // Markdown that can't stand within a line

const waiting = new Set(); // pastes whose Markdown is on its way
let isPlain = false; // the keys for plain text are down

function say(paste, text, isError = false) {
  const status = paste.editor.querySelector(".paste-status");
  status.textContent = text;
  status.classList.toggle("error", isError);
}

// Return what was chosen to be copied, without what a word processor writes above it.
const fragment = (html) => html.replace(/^.*?<!--StartFragment-->/is, "");

// Return whether HTML of the clipboard has a form worth keeping. Editors of code colour their words, no more.
function isRich(html, types) {
  const copied = fragment(html).replace(/^(?:\s*<(?:!doctype|meta|html|head|body)\b[^>]*>)+/i, "");
  const first = copied.match(/^\s*<[^>]*>/)?.[0] ?? "";
  return !types.includes("vscode-editor-data") && STRUCTURE.test(copied) && !OF_CODE.test(first);
}

async function ask({ editor, html: all, request }) {
  const { paste: path, tooMuch, offline, failed } = editor.dataset;
  const html = all.length > LONGEST ? fragment(all) : all;
  if (html.length > LONGEST) throw new Error(tooMuch);
  const body = new FormData();
  body.append("html", html);
  const headers = { "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value };
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(PATIENCE)]);
  let response;
  try {
    response = await fetch(path, { method: "POST", body, headers, signal, redirect: "error" });
  } catch {
    throw new Error(offline);
  }
  const isSentence = response.headers.get("Content-Type")?.startsWith("text/plain");
  if (!response.ok) throw new Error(isSentence ? await response.text() : failed);
  return (await response.json()).markdown;
}

// Replace a part of the text as typing would, so that one undo takes it back; elsewhere the focus stays where it is.
function replace(area, start, end, text) {
  const { selectionStart, selectionEnd } = area;
  const isHere = document.activeElement === area;
  area.setSelectionRange(start, end);
  if (!isHere || !document.execCommand("insertText", false, text)) {
    area.setRangeText(text, start, end, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const grown = text.length - (end - start);
  if (selectionStart > end || (selectionStart === selectionEnd && selectionStart > start)) {
    area.setSelectionRange(selectionStart + grown, selectionEnd + grown);
  }
}

// Put the text where it was pasted. What was typed there meanwhile stays behind it; if the text around it is another
// now, it goes where the cursor is.
function finish(paste, text) {
  if (!waiting.delete(paste)) return;
  const { area, before, selected, after } = paste;
  const { value } = area;
  const isThere = value.length >= before.length + after.length && value.startsWith(before) && value.endsWith(after);
  const between = isThere ? value.slice(before.length, value.length - after.length) : "";
  const start = isThere ? before.length : area.selectionStart;
  const end = isThere && between === selected ? start + selected.length : start;
  replace(area, start, end, BLOCK.test(text) ? apart(text, value.slice(0, start), value.slice(end)) : text);
}

// Return blocks with the empty lines that they need before and after them.
function apart(text, before, after) {
  const gap = (there, pattern) => (there.trim() ? "\n\n".slice(there.match(pattern)[0].length) : "");
  return gap(before, /\n{0,2}$/) + text + gap(after, /^\n{0,2}/);
}

document.addEventListener("keydown", (event) => {
  isPlain = event.shiftKey && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "v";
});
document.addEventListener("keyup", () => (isPlain = false));

document.addEventListener("paste", async (event) => {
  const area = event.target;
  const transfer = event.clipboardData;
  if (!area.matches?.(".markdown-editor textarea") || area.readOnly || !transfer?.types.includes("text/plain")) return;
  const html = transfer.getData("text/html");
  if (isPlain || !isRich(html, transfer.types)) return;
  event.preventDefault();
  const { value, selectionStart, selectionEnd } = area;
  const paste = {
    area,
    html,
    editor: area.closest(".markdown-editor"),
    plain: transfer.getData("text/plain").replace(/\r\n?/g, "\n"),
    before: value.slice(0, selectionStart),
    selected: value.slice(selectionStart, selectionEnd),
    after: value.slice(selectionEnd),
    request: new AbortController(),
  };
  waiting.add(paste);
  say(paste, paste.editor.dataset.pasting);
  try {
    const markdown = await ask(paste);
    finish(paste, markdown || paste.plain);
    say(paste, paste.editor.dataset.pasted);
  } catch (error) {
    finish(paste, paste.plain);
    say(paste, `${paste.editor.dataset.pastedPlain} ${error.message}`, true);
  }
});

// A form that is sent takes the plain text with it rather than nothing.
document.addEventListener(
  "submit",
  () => {
    for (const paste of [...waiting]) {
      finish(paste, paste.plain);
      paste.request.abort();
    }
  },
  { capture: true },
);
