// The Markdown editor of the admin: buttons, pictures by button, drop or paste, and a live preview.
// Everything listens on the document, so that sections added later work like the others. Tab stays
// the browser's, and nothing is asked of the server until somebody types.

const PAUSE = 400; // milliseconds after the last key before the preview is asked for
const pending = new WeakMap(); // textarea → { timer, request } of its preview

document.documentElement.classList.add("has-editor");

const editorOf = (element) => element.closest?.(".markdown-editor");
const areaOf = (editor) => editor.querySelector("textarea");

function say(editor, text, isError = false) {
  const status = editor.querySelector(".markdown-status");
  status.textContent = text;
  status.classList.toggle("error", isError);
}

// Post fields to one of the editor's two addresses. A refusal becomes an Error that carries the
// server's sentence; a page made for people (a sign-in form, say) never gets into the text.
async function post(editor, path, fields, signal) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  let response;
  try {
    response = await fetch(path, { method: "POST", body, signal, redirect: "error", headers: { "X-CSRFToken": token } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(editor.dataset.offline);
  }
  if (response.ok) return response;
  const isSentence = response.headers.get("Content-Type")?.startsWith("text/plain");
  throw new Error(isSentence ? await response.text() : editor.dataset.failed);
}

function preview(area) {
  const editor = editorOf(area);
  const before = pending.get(area);
  clearTimeout(before?.timer);
  before?.request.abort(); // an old answer must not overtake a new one
  const request = new AbortController();
  const timer = setTimeout(async () => {
    try {
      const fields = { content: area.value, prefix: area.name };
      const response = await post(editor, area.dataset.markdownxUrlsPath, fields, request.signal);
      const html = await response.text();
      editor.querySelector(".markdown-preview").innerHTML = html; // sanitised by the page's own renderer
      say(editor, "");
    } catch (error) {
      if (error.name !== "AbortError") say(editor, error.message, true);
    }
  }, PAUSE);
  pending.set(area, { timer, request });
}

// Replace the selection as typing would, so that the browser's undo takes it back.
function type(area, text) {
  area.focus();
  if (!document.execCommand("insertText", false, text)) {
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function around(area, before, words, after) {
  const start = area.selectionStart + before.length;
  const inside = area.value.slice(area.selectionStart, area.selectionEnd) || words;
  type(area, before + inside + after);
  area.setSelectionRange(start, start + inside.length);
}

function lines(area, mark, example) {
  const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
  area.setSelectionRange(start, area.selectionEnd);
  const chosen = area.value.slice(start, area.selectionEnd) || example;
  const numbered = mark === "1. ";
  const marked = chosen.split("\n").map((line, index) => (numbered ? `${index + 1}. ` : mark) + line);
  const gap = start > 0 && area.value.slice(0, start).endsWith("\n\n") === false ? "\n" : "";
  type(area, gap + marked.join("\n"));
}

async function upload(editor, files) {
  const area = areaOf(editor);
  for (const image of files) {
    say(editor, editor.dataset.uploading);
    try {
      const response = await post(editor, area.dataset.markdownxUploadUrlsPath, { image });
      const { image_code: code } = await response.json();
      const start = area.selectionStart;
      type(area, code);
      // Select the request for a description, so that the next key replaces it.
      area.setSelectionRange(start + 2, start + code.indexOf("]"));
      say(editor, editor.dataset.uploaded);
    } catch (error) {
      say(editor, error.message, true);
      return;
    }
  }
}

const filesIn = (transfer) => [...(transfer?.files ?? [])];

document.addEventListener("input", (event) => {
  if (event.target.matches(".markdown-editor textarea")) preview(event.target);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest(".markdown-tools button");
  if (!button) return;
  const editor = editorOf(button);
  const area = areaOf(editor);
  const { around: mark, line, link, picture, example } = button.dataset;
  if (mark) around(area, mark, example, mark);
  if (line) lines(area, line, example);
  if (link !== undefined) around(area, "[", example, "](https://)");
  if (picture !== undefined) editor.querySelector("input[type=file]").click();
});

document.addEventListener("change", (event) => {
  const input = event.target;
  if (!input.matches(".markdown-tools input[type=file]")) return;
  upload(editorOf(input), [...input.files]);
  input.value = ""; // so that the same file can be chosen again
});

document.addEventListener("paste", (event) => {
  const files = filesIn(event.clipboardData);
  const isText = event.clipboardData?.types.includes("text/plain"); // a word processor adds a picture of its text
  if (!event.target.matches(".markdown-editor textarea") || !files.length || isText) return;
  event.preventDefault();
  upload(editorOf(event.target), files);
});

for (const name of ["dragover", "drop"]) {
  document.addEventListener(name, (event) => {
    const editor = editorOf(event.target);
    if (!editor || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault(); // else the browser leaves the page for the file
    if (name === "drop") upload(editor, filesIn(event.dataTransfer));
  });
}
