// Ticks for all places at once, and how many there are. Without this, each is ticked by itself.

const boxes = [...document.querySelectorAll(".hit input")];
const tools = document.querySelector(".tick-all");
const status = document.querySelector("[data-counted]");

function count() {
  const ticked = boxes.filter((box) => box.checked).length;
  status.textContent = status.dataset.counted.replace("{count}", ticked).replace("{all}", boxes.length);
}

function addButton(words, checked) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = words;
  button.addEventListener("click", () => {
    for (const box of boxes) box.checked = checked;
    count();
  });
  tools.append(button, " ");
}

if (boxes.length) {
  addButton(tools.dataset.all, true);
  addButton(tools.dataset.none, false);
  for (const box of boxes) box.addEventListener("change", count);
  count();
}
document.getElementById("replaced")?.focus();
