// What may be meant, while someone types in a search form: a combobox of names and headings. Enter without a
// choice searches as ever.

const WAIT = 150; // milliseconds without a key before the server is asked
const SHORTEST = 2;

function makeList(form, input) {
  const list = document.createElement("ul");
  list.className = "suggestions";
  list.id = `${input.id}-list`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.dataset.list);
  const status = document.createElement("span");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  form.append(list, status);
  const states = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id };
  for (const [name, value] of Object.entries(states)) input.setAttribute(name, value);
  return { list, status };
}

function addStyle(address) {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = address;
  document.head.append(style);
}

function makeOption({ label, of, url }, id) {
  const option = document.createElement("li");
  option.id = id;
  option.dataset.url = url;
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  const name = document.createElement("bdi");
  name.textContent = label;
  option.append(name);
  if (of) {
    const article = document.createElement("span");
    article.textContent = of;
    option.append(" ", article);
  }
  return option;
}

function suggest(form) {
  addStyle(form.dataset.style);
  const input = form.querySelector("input");
  const { list, status } = makeList(form, input);
  let timer, asking;

  const chosen = () => list.querySelector('[aria-selected="true"]');

  function choose(option) {
    chosen()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  function open(isOpen) {
    choose(null);
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
  }

  function close() {
    clearTimeout(timer);
    asking?.abort();
    open(false);
    status.textContent = "";
  }

  async function ask() {
    asking = new AbortController();
    try {
      const query = new URLSearchParams({ q: input.value.trim() });
      const response = await fetch(`${form.dataset.suggestions}?${query}`, { signal: asking.signal });
      const { suggestions } = await response.json();
      list.replaceChildren(...suggestions.map((row, number) => makeOption(row, `${list.id}-${number}`)));
      open(suggestions.length > 0);
      status.textContent = `${form.dataset.list}: ${suggestions.length}`;
    } catch {
      // Offline, or asked again meanwhile: the form works without.
    }
  }

  function step(by) {
    const options = [null, ...list.children];
    const place = options.indexOf(chosen());
    choose(options.at((place + by + options.length) % options.length));
  }

  input.addEventListener("input", (event) => {
    close();
    if (!event.isComposing && input.value.trim().length >= SHORTEST) timer = setTimeout(ask, WAIT);
  });
  input.addEventListener("compositionend", () => input.dispatchEvent(new Event("input")));
  input.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && chosen()) location.assign(chosen().dataset.url);
    else return;
    event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("li");
    if (option) location.assign(option.dataset.url);
  });
  form.addEventListener("focusout", close);
  form.addEventListener("submit", close);
}

for (const form of document.querySelectorAll("form.search")) suggest(form);
