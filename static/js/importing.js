// Importing files: each is sent by itself, first to be looked at, then, if its tick or choice says so, to be imported.
// The server's answers are rows of its own making, which escape all that a file says.

const form = document.getElementById("import");
const words = form.dataset;
const work = document.getElementById("import-work");
const list = work.querySelector(".import-files");
const bar = document.getElementById("import-bar");
const go = document.getElementById("import-go");
const status = document.getElementById("import-status");
const accepted = form.elements.file.accept.split(",");
const rows = new Map(); // list item → { file, name }
let stopped = false;

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

function say(text) {
  status.textContent = text;
}

function countTicks() {
  const count = [...rows.keys()].filter(isChosen).length;
  go.textContent = filled(words.go, { count });
  go.disabled = !count;
}

const isChosen = (row) => row.querySelector(".import-tick:checked, .import-choice:checked") !== null;

// Signing in again in another tab changes the token, so it is asked for afresh.
async function token() {
  const response = await fetch(words.session, { redirect: "error" });
  return (await response.json()).token;
}

// Send a file and return the row that the server makes of it. Whatever goes wrong becomes a sentence.
async function send({ file, name }, fields) {
  if (file.size > Number(words.limit)) throw new Error(words.tooLarge);
  const body = new FormData();
  for (const [key, value] of Object.entries({ file, name, row: "1", ...fields })) body.append(key, value);
  let response;
  try {
    const headers = { "X-CSRFToken": await token() };
    response = await fetch(form.action, { method: "POST", body, headers, redirect: "manual" });
  } catch {
    throw new Error(words.offline);
  }
  if (response.type === "opaqueredirect") throw new Error(words.signedOut);
  const kind = response.headers.get("Content-Type") ?? "";
  if (!response.ok) throw new Error(kind.startsWith("text/plain") ? await response.text() : words.failed);
  return response.text();
}

function showProblem(row, name, sentence) {
  const heading = document.createElement("h3");
  heading.textContent = name;
  const text = document.createElement("p");
  text.className = "import-warning";
  text.textContent = sentence;
  const shown = document.createElement("article");
  shown.className = "import-file refused";
  shown.append(heading, text);
  row.replaceChildren(shown);
}

// Do something with one row after the other, showing how far it is; return how many were done.
async function each(chosen, sentence, act) {
  stopped = false;
  go.hidden = true;
  form.inert = true;
  bar.parentElement.hidden = false;
  bar.max = chosen.length;
  let done = 0;
  for (const [index, row] of chosen.entries()) {
    if (stopped) break;
    const { name } = rows.get(row);
    bar.value = index;
    document.getElementById("import-place").textContent = filled(sentence, { place: index + 1, count: chosen.length, name });
    try {
      await act(row);
      done += 1;
    } catch (error) {
      showProblem(row, name, error.message);
    }
  }
  bar.parentElement.hidden = true;
  form.inert = false;
  return done;
}

async function look(found) {
  rows.clear();
  list.replaceChildren();
  work.hidden = false;
  const files = found.filter(({ name }) => accepted.some((suffix) => name.toLowerCase().endsWith(suffix)));
  files.sort((a, b) => (a.name < b.name ? -1 : 1));
  const others = found.length - files.length;
  const left = others ? ` ${filled(words.others, { count: others })}` : "";
  if (files.length > Number(words.most)) return say(words.tooMany);
  if (!files.length) return say(words.none + left);
  say("");
  for (const entry of files) rows.set(document.createElement("li"), entry);
  await each([...rows.keys()], words.looking, async (row) => {
    list.append(row);
    row.innerHTML = await send(rows.get(row), {});
    row.querySelectorAll(".import-choice").forEach((radio) => (radio.name = `choice-${list.children.length}`));
  });
  const isAny = list.querySelector(".import-tick, .import-choice") !== null;
  go.hidden = !isAny;
  countTicks();
  say((isAny ? words.looked : words.nothing) + left);
  status.focus();
  return undefined;
}

async function importChosen() {
  const before = list.querySelectorAll("[data-done=yes]").length;
  await each([...rows.keys()].filter(isChosen), words.importing, async (row) => {
    const seen = row.querySelector(".import-file").dataset.seen;
    const choice = row.querySelector(".import-choice:checked")?.value ?? "";
    row.innerHTML = await send(rows.get(row), { import: "1", seen, choice });
  });
  const isLeft = list.querySelector(".import-tick, .import-choice") !== null;
  go.hidden = !isLeft;
  countTicks();
  const count = list.querySelectorAll("[data-done=yes]").length - before;
  say(stopped ? words.stopped : filled(words.done, { count }));
  status.focus();
}

// Files of what was dropped, folders with all that is in them. What is hidden in a folder stays there.
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  return (await Promise.all(entries.map(inside))).flat();
}

async function inside(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ file, name: entry.fullPath.slice(1) }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // a hundred at a time
    if (!part.length) break;
    found.push(...part.filter(({ name }) => !name.startsWith(".")));
  }
  return (await Promise.all(found.map(inside))).flat();
}

const isHidden = (name) => name.split("/").some((part) => part.startsWith("."));

document.querySelectorAll(".needs-script").forEach((element) => (element.hidden = false));
document.querySelector(".without-script").hidden = true;
form.elements.file.multiple = true;

form.addEventListener("change", (event) => {
  const found = [...event.target.files].map((file) => ({ file, name: file.webkitRelativePath || file.name }));
  event.target.value = ""; // so that the same can be chosen again
  if (found.length) look(found.filter(({ name }) => !isHidden(name)));
});
form.addEventListener("submit", (event) => event.preventDefault());
for (const name of ["dragover", "drop", "dragleave"]) {
  document.addEventListener(name, async (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault(); // else the browser leaves the page for the file
    form.classList.toggle("over", name === "dragover");
    if (name === "drop" && !form.inert) look(await dropped(event.dataTransfer));
  });
}
list.addEventListener("change", countTicks);
go.addEventListener("click", importChosen);
document.getElementById("import-stop").addEventListener("click", () => (stopped = true));
