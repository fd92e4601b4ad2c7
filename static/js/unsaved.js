// Warn before a page with unsaved changes is left. What counts is whether the form differs from
// what it was, so a change that was undone gives no false alarm.

const form = document.querySelector("#article_form");

if (form) {
  const content = () => JSON.stringify([...new FormData(form)].filter(([, value]) => !(value instanceof File)));
  const failed = document.querySelector(".errornote") !== null; // shown again, so nothing was saved
  let before = null;
  let sent = false;
  window.addEventListener("load", () => setTimeout(() => (before = failed ? "" : content())));
  form.addEventListener("submit", () => (sent = true));
  window.addEventListener("pageshow", () => (sent = false)); // back after a post that failed
  window.addEventListener("beforeunload", (event) => {
    if (!sent && before !== null && content() !== before) event.preventDefault();
  });
}
