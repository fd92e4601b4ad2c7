// Send a rating without leaving the page. The server answers with the voting page, as it does
// without this script; its rating section takes the place of the one that was sent.

function fail(section, sentence) {
  let result = section.querySelector("[data-result]");
  if (!result) {
    result = document.createElement("p");
    result.tabIndex = -1;
    result.dataset.result = "";
    section.querySelector("h2").after(result);
  }
  result.className = "result error";
  result.setAttribute("role", "alert");
  result.textContent = sentence ?? (navigator.onLine ? section.dataset.failed : section.dataset.offline);
  result.focus();
}

async function send(form, button) {
  const section = form.closest(".rating");
  const data = new FormData(form, button);
  section.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.action, { method: "POST", body: new URLSearchParams(data) });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const answer = page.querySelector(".rating");
    if (answer) {
      section.replaceWith(answer);
      answer.querySelector("[data-result]").focus();
    } else {
      fail(section, response.status === 503 ? page.querySelector("main p")?.textContent : undefined);
    }
  } catch {
    fail(section);
  } finally {
    section.removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.closest(".rating")) return;
  event.preventDefault();
  const busy = form.closest(".rating").getAttribute("aria-busy");
  if (!busy) send(form, event.submitter);
});
