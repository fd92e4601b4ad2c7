// The ticks of an exercise, for today and on this device alone.

const today = () => new Date().toLocaleDateString("sv"); // 2026-11-23, where the reader is
const boxesOf = (part) => [...part.querySelectorAll("input")];

// Return which boxes were ticked today; what was ticked before is forgotten.
function read(key) {
  const text = localStorage.getItem(key);
  try {
    const { day, ticks } = JSON.parse(text);
    if (day === today()) return ticks;
  } catch {} // nothing, or nothing of ours
  localStorage.removeItem(key);
  return [];
}

function write(key, ticks) {
  if (ticks.includes(true)) localStorage.setItem(key, JSON.stringify({ day: today(), ticks }));
  else localStorage.removeItem(key);
}

// Do something with what the browser keeps, or say that it keeps nothing.
function attempt(part, act) {
  try {
    act(part.dataset.keep);
  } catch {
    part.querySelector(".kept").hidden = true;
    part.querySelector(".not-kept").hidden = false;
  }
}

function showClear(part) {
  part.querySelector("button").hidden = !boxesOf(part).some((box) => box.checked);
}

// Show what is kept, besides what was ticked before this script came.
function restore(part) {
  attempt(part, (key) => {
    const ticks = read(key);
    const isFirst = !part.dataset.day;
    boxesOf(part).forEach((box, number) => (box.checked = ticks[number] === true || (isFirst && box.checked)));
  });
  part.dataset.day = today();
  showClear(part);
}

function keep(part) {
  attempt(part, (key) => write(key, boxesOf(part).map((box) => box.checked)));
  part.dataset.day = today();
  showClear(part);
}

function tick(part, ticked) {
  if (part.dataset.day !== today()) for (const box of boxesOf(part)) box.checked &&= box === ticked;
  keep(part);
}

function clear(part) {
  for (const box of boxesOf(part)) box.checked = false;
  keep(part);
  boxesOf(part)[0].focus();
}

for (const part of document.querySelectorAll(".ticks")) {
  restore(part);
  keep(part);
  part.addEventListener("change", ({ target }) => tick(part, target));
  part.querySelector("button").addEventListener("click", () => clear(part));
}

// A new day begins with empty boxes, also in a page left open; and another tab may have ticked some.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) document.querySelectorAll(".ticks").forEach(restore);
});
