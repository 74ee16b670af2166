// What the question's page shows in each state.

export const at = (id) => document.getElementById(id);
export const place = at("question");
const PARTS = ["record", "clock", "meter", "pause", "stop", "review", "keep"];
const SHOWN = {
  idle: ["record"],
  recording: ["clock", "meter", "pause", "stop"],
  paused: ["clock", "pause", "stop"],
  review: ["review", "keep"],
  unusable: ["review"],
  keeping: [],
  done: [],
};

export const state = () => place.dataset.state;

export function show(next, words, focus) {
  place.dataset.state = next;
  for (const id of PARTS) at(id).hidden = !SHOWN[next].includes(id);
  at("pause").textContent = next === "paused" ? "Go on" : "Pause";
  say(words);
  if (focus) at(focus).focus();
}

export const say = (words) => { at("state").textContent = words; };
export const complain = (words) => { at("problem").textContent = words; };
export const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
export const length = (seconds) => (Math.round(seconds) === 1 ? "1 second" : `${Math.round(seconds)} seconds`);
