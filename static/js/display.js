// Remember the reader's text size and colours on this device; _early.js puts them on each page before it is drawn.
// Without this script, the style sheet lets them hold for the page at hand.

const chosen = document.documentElement.dataset;
const display = document.querySelector(".display");
const inputs = [...display.querySelectorAll("input")];

function keep(input) {
  chosen[input.name] = input.value;
  try {
    localStorage.comfort = JSON.stringify({ theme: chosen.theme, size: chosen.size });
  } catch {
    display.classList.add("unkept"); // nothing can be stored, as in some private windows
  }
}

function show() {
  for (const name of ["theme", "size"]) {
    const group = inputs.filter((input) => input.name === name);
    (group.find((input) => input.value === chosen[name]) ?? group[0]).checked = true;
  }
}

function close(event) {
  if (!display.contains(event.target)) display.open = false;
}

const early = inputs.filter((input) => input.checked && !input.defaultChecked); // chosen while this was on its way
early.forEach(keep);
show();
display.addEventListener("change", (event) => keep(event.target));
display.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  display.open = false;
  display.querySelector("summary").focus();
});
document.addEventListener("pointerdown", close);
document.addEventListener("focusin", close);
addEventListener("pageshow", show); // back again, after another page may have chosen otherwise
