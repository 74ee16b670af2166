"use strict";
// One answer: its words light up as they are spoken, and single keys do what the buttons do.
const byId = (id) => document.getElementById(id);
const answer = byId("answer");
const sound = byId("sound");
const form = byId("reading");
const note = byId("note");
const words = [...document.querySelectorAll("#said span[data-from]")];
const timed = words.filter((word) => word.dataset.start !== undefined)
  .map((word) => ({ word, start: Number(word.dataset.start), end: Number(word.dataset.end) }));
const say = (text) => { note.textContent = text; };

// -- sound

let lit = [];
const wordsAt = (at) => { // the spans of the last word that has begun, for a word may be cut by evidence
  let [low, high] = [0, timed.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timed[middle].start <= at) low = middle + 1; else high = middle;
  }
  const last = timed[low - 1];
  if (!last || at >= last.end) return [];
  let first = low - 1;
  while (first > 0 && timed[first - 1].start === last.start) first -= 1;
  return timed.slice(first, low).map(({ word }) => word);
};
const light = () => {
  const now = wordsAt(sound.currentTime);
  if (now[0] === lit[0]) return;
  for (const word of lit) word.classList.remove("lit");
  for (const word of now) word.classList.add("lit");
  lit = now;
  if (now.length === 0) return;
  const box = byId("said"); // a long answer scrolls in its own box, never the page
  const top = now[0].offsetTop;
  if (top < box.scrollTop || top > box.scrollTop + box.clientHeight - 40) box.scrollTop = top - box.clientHeight / 2;
};
const follow = () => {
  light();
  if (!sound.paused) requestAnimationFrame(follow);
};
const play = () => {
  if (!sound) return;
  if (sound.paused) sound.play().catch(() => say("This answer cannot be played.")); else sound.pause();
};
const move = (seconds) => { if (sound) sound.currentTime = Math.max(0, sound.currentTime + seconds); };
if (sound) {
  sound.addEventListener("play", () => { byId("play").setAttribute("aria-pressed", "true"); follow(); });
  sound.addEventListener("pause", () => { byId("play").setAttribute("aria-pressed", "false"); light(); });
  sound.addEventListener("seeked", light);
  sound.addEventListener("error", () => say("This answer cannot be played."));
  byId("play").addEventListener("click", play);
  byId("earlier").addEventListener("click", () => move(-2));
  byId("later").addEventListener("click", () => move(2));
  byId("said").addEventListener("click", (event) => {
    const word = event.target.closest("span[data-start]");
    if (!word || !getSelection().isCollapsed) return;
    sound.currentTime = Number(word.dataset.start);
    if (sound.paused) play();
  });
}

// -- the reading

const changed = (group) => {
  const other = [...group.querySelectorAll("input")].some((input) => input.checked !== input.defaultChecked);
  group.querySelector(".yours").hidden = !other;
};
const pick = (input) => {
  input.checked = true;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  say(`${input.closest("label").lastChild.textContent.trim()}.`);
};
const cycle = (group) => {
  const inputs = [...group.querySelectorAll("input")];
  pick(inputs[(inputs.findIndex((input) => input.checked) + 1) % inputs.length]);
};
const send = (button) => { if (form && !form.dataset.sent) form.requestSubmit(button); };
const takeReason = () => {
  const field = byId("reason");
  if (!field) return;
  const selection = getSelection();
  const inside = selection.isCollapsed ? [] : words.filter((word) => selection.getRangeAt(0).intersectsNode(word));
  if (inside.length === 0) {
    field.focus();
    return;
  }
  const text = [...byId("said").textContent]; // characters as the server counts them
  field.value = text.slice(Number(inside[0].dataset.from), Number(inside.at(-1).dataset.until)).join("");
  say(`Reason: ${field.value}`);
};
if (form) {
  form.addEventListener("change", (event) => {
    const group = event.target.closest("fieldset");
    if (group) changed(group);
  });
  form.addEventListener("submit", () => { form.dataset.sent = "yes"; });
  addEventListener("pageshow", () => { delete form.dataset.sent; form.querySelectorAll("fieldset").forEach(changed); });
  byId("reason")?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault(); // the field is left; a sends
    event.target.blur();
  });
}
byId("take-reason")?.addEventListener("mousedown", (event) => event.preventDefault()); // the selection stays
byId("take-reason")?.addEventListener("click", takeReason);

// -- the transcript

const edit = byId("edit");
const openEdit = () => {
  if (!edit) return;
  edit.open = true;
  byId("text").focus();
};
byId("text")?.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    edit.open = false;
    edit.querySelector("summary").focus();
  } else if (event.ctrlKey && event.key === "Enter") {
    event.preventDefault();
    event.target.form.requestSubmit();
  } else if (event.ctrlKey && event.code === "Space") {
    event.preventDefault();
    play();
  }
});

// -- keys

const help = byId("keys");
const keysOn = byId("keys-on");
try { keysOn.checked = localStorage.getItem("voicepulse-keys") !== "off"; } catch { /* no storage: they stay on */ }
keysOn.addEventListener("change", () => {
  try { localStorage.setItem("voicepulse-keys", keysOn.checked ? "on" : "off"); } catch { /* until the page is left */ }
});
byId("ask").addEventListener("click", () => help.showModal());
const actions = {
  p: play,
  a: () => send(byId("accept")),
  k: () => send(byId("skip")),
  r: takeReason,
  t: openEdit,
  "?": () => help.showModal(),
  ArrowLeft: () => move(-2),
  ArrowRight: () => move(2),
  " ": play,
};
const writes = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";
const ownKeys = "button, a, summary, input, audio"; // space and arrows are theirs
addEventListener("keydown", (event) => {
  if (event.repeat && !event.key.startsWith("Arrow")) return; // a key that is held accepts one answer, not all
  const at = event.target instanceof Element ? event.target : document.body;
  if (event.ctrlKey || event.metaKey || event.altKey || help.open || !keysOn.checked) return;
  if (at.matches(writes) || (event.key.length > 1 || event.key === " ") && at.matches(ownKeys)) return;
  const choice = form?.querySelector(`input[data-key="${CSS.escape(event.key)}"]`);
  const group = form?.querySelector(`fieldset[data-key="${CSS.escape(event.key)}"]`);
  const act = choice ? () => pick(choice) : group ? () => cycle(group) : actions[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// -- what comes next, and what is waited for

if (answer.dataset.after) { // of one that was spoken: the server has its sound ready by then; nothing of it is kept in this browser
  const early = () => fetch(`/desk/audio/${answer.dataset.after}`, { headers: { Range: "bytes=0-0" } }).catch(() => {});
  setTimeout(early, 300);
}
const told = { waiting: "It waits to be read", transcribing: "It is being transcribed", reading: "It is being read", kept: "It waits to be read" };
const wait = async () => {
  try {
    const response = await fetch(`/desk/answers/${answer.dataset.answer}/standing`);
    const state = response.ok ? await response.json() : null;
    if (response.status === 404 || (state && !(state.state in told))) {
      location.reload();
      return;
    }
    if (state) byId("standing").textContent = `${"saved" in answer.dataset ? "Saved. " : ""}${told[state.state]}${state.ahead ? `, ${state.ahead} before it` : ""}.`;
  } catch { /* the server is away for a moment */ }
  setTimeout(wait, 1000);
};
if ("waiting" in answer.dataset) setTimeout(wait, 500);
