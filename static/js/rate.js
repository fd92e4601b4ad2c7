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

// Of text, a page may make no document (the policy: require-trusted-types-for); of an answer, the browser itself does.
function post(address, body) {
  return new Promise((answered, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    Object.assign(request, { responseType: "document", onload: () => answered(request), onerror: failed });
    request.send(body);
  });
}

async function send(form, button) {
  const section = form.closest(".rating");
  const data = new FormData(form, button);
  section.setAttribute("aria-busy", "true");
  try {
    const { response: page, status } = await post(form.action, new URLSearchParams(data));
    const answer = page.querySelector(".rating");
    if (answer) {
      section.replaceWith(answer);
      answer.querySelector("[data-result]").focus();
    } else {
      fail(section, status === 503 ? page.querySelector("main p")?.textContent : undefined);
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
