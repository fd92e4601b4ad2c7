// Which article a translation is of: while someone types, those that are found by it, each with its title.
// Without this script the address is typed.

const WAIT = 200; // milliseconds without a key before the server is asked
const SHORTEST = 2;

function offer(input) {
  const list = input.list;
  let timer, asking;

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    try {
      const query = new URLSearchParams({ q: input.value.trim() });
      const response = await fetch(`${input.dataset.offers}?${query}`, { signal: asking.signal });
      const { originals } = await response.json();
      list.replaceChildren(...originals.map(({ slug, title }) => new Option(title, slug)));
    } catch {
      // Offline, signed out, or asked again meanwhile: an address can still be typed.
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (input.value.trim().length >= SHORTEST) timer = setTimeout(ask, WAIT);
  });
}

for (const input of document.querySelectorAll("input[data-offers]")) offer(input);
