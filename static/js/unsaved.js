// Lose nothing that was typed: warn before a page with unsaved changes is left, and send a form only
// when the server will take it. A session may have ended, or the line be dead, since it was opened.

const form = document.querySelector(".change-form #content-main form");
const words = document.querySelector("#form-words")?.dataset;

// What counts is whether the form differs from what it was, so an undone change is no false alarm.
const content = () => JSON.stringify([...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken"));

// Return why a save would fail, or nothing. The answer brings the token of the present session.
async function reasonAgainstSaving() {
  try {
    const response = await fetch(words.session, { redirect: "error" });
    if (response.status === 403) return await response.text();
    if (response.ok) form.elements.csrfmiddlewaretoken.value = (await response.json()).token;
  } catch {
    return words.offline;
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
  const failed = document.querySelector(".errornote") !== null; // shown again, so nothing was saved
  let before = null;
  let checked = false;

  window.addEventListener("load", () => setTimeout(() => (before = failed ? "" : content())));
  window.addEventListener("pageshow", () => (checked = false)); // back after a post that failed
  window.addEventListener("beforeunload", (event) => {
    if (!checked && before !== null && content() !== before) event.preventDefault();
  });
  form.addEventListener("submit", async (event) => {
    if (checked) return;
    event.preventDefault();
    const button = event.submitter;
    const reason = await reasonAgainstSaving();
    if (reason) {
      tell(reason);
    } else {
      checked = true;
      form.requestSubmit(button);
    }
  });
}
