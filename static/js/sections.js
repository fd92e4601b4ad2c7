// Up and down buttons for an article's sections. The number in each section stays the truth that is
// saved; the buttons change it and the order on the screen together.

const group = document.querySelector("#sections-group");
const words = document.querySelector("#section-words")?.dataset;

const sections = () => [...group.querySelectorAll(".inline-related:not(.empty-form)")];
const positionOf = (section) => section.querySelector("[name$=-position]");
const isDeleted = (section) => section.querySelector("[name$=-DELETE]")?.checked ?? false;

function number() {
  sections()
    .filter((section) => !isDeleted(section))
    .forEach((section, index) => (positionOf(section).value = index + 1));
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

function move(button) {
  const section = button.closest(".inline-related");
  const all = sections().filter((other) => !isDeleted(other));
  const index = all.indexOf(section);
  const target = all[button.dataset.move === "up" ? index - 1 : index + 1];
  if (target) {
    if (button.dataset.move === "up") target.before(section);
    else target.after(section);
    number();
    button.focus(); // moving an element takes the focus away
    section.scrollIntoView({ block: "nearest" });
  }
  const place = sections().filter((other) => !isDeleted(other)).indexOf(section) + 1;
  document.querySelector("#section-status").textContent = words.moved
    .replace("{place}", place)
    .replace("{count}", all.length);
}

if (group && words) {
  sections().forEach(addButtons);
  group.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (button) move(button);
  });
  document.addEventListener("formset:added", (event) => {
    if (event.detail.formsetName !== "sections") return;
    addButtons(event.target);
    const numbers = sections().map((section) => Number(positionOf(section).value) || 0);
    positionOf(event.target).value = Math.max(0, ...numbers) + 1;
    event.target.querySelector("[name$=-heading]").focus();
  });
  // When a new section is taken away again, Django numbers the form's fields anew from top to bottom
  // and needs the saved sections first. They stand so for that moment, then as the editor put them.
  document.addEventListener("formset:removed", (event) => {
    if (event.detail.formsetName !== "sections") return;
    const asPlaced = sections();
    const marker = group.querySelector(".empty-form");
    const saved = asPlaced.filter((section) => section.classList.contains("has_original"));
    const index = (section) => Number(section.id.replace("sections-", ""));
    saved.sort((a, b) => index(a) - index(b));
    const added = asPlaced.filter((section) => !saved.includes(section));
    added.sort((a, b) => index(a) - index(b));
    marker.before(...saved, ...added);
    queueMicrotask(() => {
      marker.before(...asPlaced);
      number();
    });
  });
}
