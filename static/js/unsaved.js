// Lose nothing that was typed: warn before a page with unsaved changes is left, and send a form only when the
// server can be reached. Whoever was signed out meanwhile is asked to sign in there, and then has the form again.

const form = document.querySelector(".change-form #content-main .submit-row input[type=submit]")?.form;
const words = document.querySelector("#form-words")?.dataset;
const PATIENCE = 15_000; // milliseconds for a short answer

// What counts is whether the form differs from what it was, so an undone change is no false alarm.
const content = () => JSON.stringify([...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken"));

// Return whether the server answers. It gives the token of the present session, which signing in elsewhere changed.
async function isReachable() {
  try {
    const response = await fetch(words.session, { redirect: "error", signal: AbortSignal.timeout(PATIENCE) });
    if (response.ok) form.elements.csrfmiddlewaretoken.value = (await response.json()).token;
    return response.status < 500;
  } catch {
    return false;
  }
}

function tell(reason) {
  let note = form.querySelector(".not-saved");
  if (!note) {
    note = document.createElement("p");
    note.className = "errornote not-saved";
    note.setAttribute("role", "alert");
    form.querySelector(".submit-row").prepend(note);
  }
  note.textContent = reason;
}

if (form && words) {
  const isUnsaved = words.unsaved !== undefined; // an answer to a post, so it shows what isn't saved yet
  let before = null;
  let isAsking = false;
  let mayLeave = false;

  window.addEventListener("load", () => setTimeout(() => (before = isUnsaved ? "" : content())));
  window.addEventListener("pageshow", () => (mayLeave = false)); // back after a post that failed
  window.addEventListener("beforeunload", (event) => {
    if (!mayLeave && before !== null && content() !== before) event.preventDefault();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches(".put-back")) mayLeave = true; // drafts.js has kept what stands in the form
  });
  form.addEventListener("submit", async (event) => {
    if (mayLeave) return;
    event.preventDefault();
    if (isAsking) return;
    isAsking = true;
    const button = event.submitter;
    if (await isReachable()) {
      mayLeave = true;
      form.requestSubmit(button);
    } else {
      tell(words.offline);
    }
    isAsking = false;
  });
}
