// Up and down buttons for an article's sections and sources. The number in each stays the truth that is
// saved; the buttons change it and the order on the screen together.

const words = document.querySelector("#section-words")?.dataset;

const rowsOf = (group) => [...group.querySelectorAll(".inline-related:not(.empty-form)")];
const positionOf = (section) => section.querySelector("[name$=-position]");
const isDeleted = (section) => section.querySelector("[name$=-DELETE]")?.checked ?? false;

const keptOf = (group) => rowsOf(group).filter((row) => !isDeleted(row));

function number(group) {
  keptOf(group).forEach((row, index) => (positionOf(row).value = index + 1));
}

// After a save that failed the server sends saved rows first, whatever their numbers are.
function arrange(group) {
  const wanted = (row) => Number(positionOf(row)?.value) || Infinity;
  const rows = rowsOf(group);
  const placed = [...rows].sort((a, b) => (wanted(a) < wanted(b) ? -1 : wanted(a) > wanted(b) ? 1 : 0));
  if (placed.some((row, index) => row !== rows[index])) group.querySelector(".empty-form").before(...placed);
}

function addButtons(section) {
  if (section.querySelector(".section-moves")) return;
  const moves = document.createElement("span");
  moves.className = "section-moves";
  for (const [direction, arrow] of [["up", "↑"], ["down", "↓"]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.move = direction;
    button.textContent = `${arrow} ${words[direction]}`;
    moves.append(button);
  }
  section.querySelector("h3").append(moves);
}

function move(group, button) {
  const row = button.closest(".inline-related");
  const all = rowsOf(group).filter((other) => other === row || !isDeleted(other));
  const index = all.indexOf(row);
  const target = all[button.dataset.move === "up" ? index - 1 : index + 1];
  if (target) {
    if (button.dataset.move === "up") target.before(row);
    else target.after(row);
    number(group);
    button.focus(); // moving an element takes the focus away
    row.scrollIntoView({ block: "nearest" });
    row.dispatchEvent(new Event("change", { bubbles: true })); // so that the browser's own draft notices
  }
  document.querySelector("#section-status").textContent = words.moved
    .replace("{place}", keptOf(group).indexOf(row) + 1)
    .replace("{count}", keptOf(group).length);
}

// Django numbers the fields of a new row, but not what says which help belongs to them.
function describe(row, index) {
  for (const element of row.querySelectorAll("[aria-describedby*=__prefix__]")) {
    element.setAttribute("aria-describedby", element.getAttribute("aria-describedby").replace("__prefix__", index));
  }
}

function added(group, row) {
  addButtons(row);
  describe(row, positionOf(row).name.match(/\d+/)[0]);
  const numbers = rowsOf(group).map((other) => Number(positionOf(other).value) || 0);
  positionOf(row).value = Math.max(0, ...numbers) + 1;
  row.querySelector("input[type=text]").focus();
}

// When a new row is taken away again, Django numbers the form's fields anew from top to bottom and needs
// the saved rows first. They stand so for that moment, then as the editor put them.
function removed(group, prefix) {
  const asPlaced = rowsOf(group);
  const marker = group.querySelector(".empty-form");
  const index = (row) => Number(row.id.replace(`${prefix}-`, ""));
  const saved = asPlaced.filter((row) => row.classList.contains("has_original"));
  saved.sort((a, b) => index(a) - index(b));
  const others = asPlaced.filter((row) => !saved.includes(row));
  others.sort((a, b) => index(a) - index(b));
  marker.before(...saved, ...others);
  queueMicrotask(() => {
    marker.before(...asPlaced);
    number(group);
  });
}

for (const prefix of words ? ["sections", "sources"] : []) {
  const group = document.querySelector(`#${prefix}-group`);
  if (!group?.querySelector(".empty-form")) continue; // it can only be looked at
  rowsOf(group).forEach(addButtons);
  arrange(group);
  group.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (button) move(group, button);
  });
  document.addEventListener("formset:added", (event) => {
    if (event.detail.formsetName === prefix) added(group, event.target);
  });
  document.addEventListener("formset:removed", (event) => {
    if (event.detail.formsetName === prefix) removed(group, prefix);
  });
}

// What somebody else changed too stands at the section it is about, where it can be combined.
for (const conflict of document.querySelectorAll(".conflict[data-row]")) {
  const { list, row } = conflict.dataset;
  const key = document.querySelector(`#${list}-group input[name$="-row_key"][value="${CSS.escape(row)}"]`);
  key?.closest(".inline-related")?.querySelector("h3")?.after(conflict);
}
document.querySelector(".conflicts")?.focus();
