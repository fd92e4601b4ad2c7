// Share the page's own address and nothing else: no title, no text, nothing of how the reader came here.
// Where the device has no way to share, copy it; where that is refused, show it.

async function share(button, said) {
  const url = button.value;
  const words = button.parentElement.dataset;
  try {
    if (navigator.share) return await navigator.share({ url });
    await navigator.clipboard.writeText(url);
    said.textContent = words.copied;
  } catch (error) {
    if (error.name !== "AbortError") said.textContent = `${words.refused} ${url}`; // else the reader thought better of it
  }
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest(".share button");
  if (button) share(button, button.parentElement.querySelector("[role=status]"));
});
