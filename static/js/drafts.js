// Keep what was typed: this browser remembers what a form of the admin says as long as it isn't saved, and
// offers it after a crash. Nothing of that is sent by itself. Putting it back posts it as a save would, marked
// `_again`, and the server answers with the filled form, not saved (articles/signing_in.py); so whatever the
// form has, sections added or deleted, their order, what others saved meanwhile, comes out as after a save that
// failed. A kept text has a key: draft:<user>:<path>:<id>. The id goes with the form, and comes back in the name
// of a cookie when the form was saved.

const PAUSE = 500; // milliseconds after the last key before the text is kept
const DAYS = 30;
const OPEN = 60_000; // milliseconds for which a text is taken to be open elsewhere, where the browser can't tell
const NEXT_PAGE = 3_000; // milliseconds within which the page that follows a post takes its text over

const words = document.querySelector("#form-words")?.dataset ?? {};
const form = document.querySelector(".change-form #content-main .submit-row input[type=submit]")?.form;
const storage = (() => {
  try {
    return window.localStorage;
  } catch {
    return null; // forbidden
  }
})();

function read(key) {
  try {
    const draft = JSON.parse(storage.getItem(key));
    return Array.isArray(draft?.entries) && draft.time > Date.now() - DAYS * 86_400_000 ? draft : null;
  } catch {
    return null;
  }
}

const keys = () => Object.keys(storage ?? {}).filter((key) => key.startsWith("draft:"));

// Throw away what was saved since, and what is too old.
function tidy() {
  const saved = document.cookie.split("; ").filter((cookie) => cookie.startsWith("draft_"));
  for (const [name] of saved.map((cookie) => cookie.split("="))) {
    keys().filter((key) => key.endsWith(name.replace("draft_", ":"))).forEach((key) => storage.removeItem(key));
    document.cookie = `${name}=; Max-Age=0; Path=${words.desk}`;
  }
  keys().filter((key) => !read(key)).forEach((key) => storage.removeItem(key));
}

function hidden(name, value) {
  const input = document.createElement("input");
  Object.assign(input, { type: "hidden", name, value });
  return input;
}

// What a form says, without what isn't the editor's: token, id, files.
function entriesOf(element) {
  const ours = ["csrfmiddlewaretoken", "kept_draft"];
  return [...new FormData(element)].filter(([name, value]) => typeof value === "string" && !ours.includes(name));
}

const versionOf = (entries) => entries.find(([name]) => name === "version")?.[1];
const withVersion = (entries, version) => entries.map(([name, value]) => [name, name === "version" ? version : value]);
const textOf = (entries) => JSON.stringify(withVersion(entries, ""));

function entriesGiven() {
  const copy = form.cloneNode(true);
  copy.reset(); // the browser may have filled in what was typed before a reload
  return entriesOf(copy);
}

function start() {
  const isUnsaved = words.unsaved !== undefined; // an answer to a post, so it shows what isn't saved yet
  const id = /^[0-9a-f]{32}$/.test(words.unsaved) ? words.unsaved : randomId();
  const place = `draft:${words.user}:${location.pathname}:`;
  const key = place + id;
  const given = entriesGiven();
  const offered = new Map(); // key → kept text
  let timer, last, banner;

  function keep() {
    clearTimeout(timer);
    let entries = entriesOf(form);
    if (form.querySelector("[name^=decide-]")) {
      // Two texts wait for a decision. Until it is made, mine still starts from the version it started from.
      entries = withVersion(entries, versionOf(read(key)?.entries ?? entries));
    }
    const now = JSON.stringify(entries);
    if (now === last) return;
    last = now;
    try {
      if (isUnsaved || now !== JSON.stringify(given)) storage.setItem(key, `{"time":${Date.now()},"entries":${now}}`);
      else storage.removeItem(key);
    } catch {
      tellUnkept();
    }
  }

  function keepSoon() {
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE);
  }

  function tellUnkept() {
    if (form.querySelector(".unkept")) return;
    const note = document.createElement("p");
    note.className = "help unkept";
    note.setAttribute("role", "status");
    form.querySelector(".submit-row").before(note);
    note.textContent = words.unkept;
  }

  // Whoever has a form open holds its lock. A text is offered when its form is closed, not when it was sent.
  async function offerWhenClosed(kept) {
    if (!navigator.locks && Date.now() - read(kept).time < OPEN) return;
    const isFree = () => navigator.locks?.request(kept, { ifAvailable: true }, Boolean) ?? true;
    while (!(await isFree())) {
      await navigator.locks.request(kept, () => {});
      await new Promise((done) => setTimeout(done, NEXT_PAGE));
    }
    tidy();
    consider(kept);
  }

  // Offer a kept text, unless it was saved or thrown away meanwhile, or says what the form says.
  function consider(kept) {
    const draft = read(kept);
    if (!draft) return;
    if (textOf(draft.entries) === textOf(entriesOf(form))) {
      storage.removeItem(kept);
      keep();
    } else {
      offered.set(kept, draft);
      show();
    }
  }

  function show() {
    const [kept, draft] = [...offered].sort(([, a], [, b]) => b.time - a.time)[0];
    banner?.remove();
    banner = document.createElement("section");
    banner.className = "kept-draft";
    banner.setAttribute("aria-label", words.label);
    const text = document.createElement("p");
    text.setAttribute("role", "status");
    text.tabIndex = -1;
    banner.append(text, button(words.back, () => putBack(kept, draft)), button(words.away, () => throwAway(kept)));
    document.querySelector("#content-main").prepend(banner);
    const time = new Date(draft.time).toLocaleString(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
    const isOlder = versionOf(draft.entries) !== versionOf(given);
    text.textContent = words.kept.replace("{time}", time) + (isOlder ? ` ${words.older}` : "");
  }

  function button(label, act) {
    const element = document.createElement("button");
    Object.assign(element, { type: "button", className: "button", textContent: label });
    element.addEventListener("click", act);
    return element;
  }

  // What stands in the form now stays kept as well, under its own key.
  function putBack(kept, draft) {
    keep();
    const post = document.createElement("form");
    Object.assign(post, { method: "post", className: "put-back", hidden: true });
    const fields = Object.entries({
      csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value,
      kept_draft: kept.replace(place, ""),
      _again: "1",
    });
    post.append(...[...draft.entries, ...fields].map(([name, value]) => hidden(name, value)));
    document.body.append(post);
    post.requestSubmit();
  }

  function throwAway(kept) {
    storage.removeItem(kept);
    offered.delete(kept);
    if (offered.size) {
      show();
    } else {
      banner.querySelectorAll("button").forEach((element) => element.remove());
      banner.querySelector("p").textContent = words.gone;
    }
    banner.querySelector("p").focus();
  }

  form.append(hidden("kept_draft", id));
  navigator.locks?.request(key, () => new Promise(() => {}));
  for (const name of ["input", "change", "click"]) form.addEventListener(name, keepSoon);
  for (const name of ["formset:added", "formset:removed"]) document.addEventListener(name, keepSoon);
  form.addEventListener("submit", keep);
  window.addEventListener("pagehide", keep);
  if (isUnsaved) {
    keep();
    return;
  }
  keys().filter((kept) => kept.startsWith(place)).forEach(offerWhenClosed);
}

function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

tidy();
if (form && words.user && !form.querySelector("[type=password]")) start();
