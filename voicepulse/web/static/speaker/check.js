// While answers are worked on: how far each has come, and its words as soon as they are there.

const place = document.getElementById("answers");
const OFTEN = 1000, FOR_EACH_AHEAD = 250, SELDOM = 5000; // milliseconds: whoever waits long asks less often

const pending = () => [...place.querySelectorAll('article[data-pending="yes"]')];

async function look() {
  const states = await (await fetch(place.dataset.states, { headers: { Accept: "application/json" } })).json();
  const done = [];
  let ahead = 0;
  for (const article of pending()) {
    const state = states.find((one) => one.question === article.dataset.question);
    if (!state) continue;
    ahead = Math.max(ahead, state.ahead);
    if (state.pending) tell(article, state.progress);
    else done.push(article.id);
  }
  if (done.length) await bring(done);
  return Math.min(OFTEN + FOR_EACH_AHEAD * ahead, SELDOM);
}

function tell(article, words) {
  const told = article.querySelector(".progress");
  if (told.textContent !== words) told.textContent = words;
}

// The parts of the page that are new, as the server renders them; the rest stays, for somebody may be writing in it.
async function bring(ids) {
  const page = new DOMParser().parseFromString(await (await fetch(place.dataset.page)).text(), "text/html");
  for (const id of ids) {
    const fresh = page.getElementById(id);
    if (!fresh) continue;
    const old = document.getElementById(id), isFocused = old.contains(document.activeElement);
    old.replaceWith(fresh);
    if (isFocused) fresh.focus();
    document.getElementById("told").textContent = `${fresh.querySelector("h2").textContent} is written down.`;
  }
}

async function watch() {
  if (!pending().length) return;
  setTimeout(watch, await look().catch(() => SELDOM)); // no network for a moment: look again
}

watch();
