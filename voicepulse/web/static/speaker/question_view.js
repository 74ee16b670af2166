// What the question's page shows in each state.

export const at = (id) => document.getElementById(id);
export const place = at("question");
const PARTS = ["hint", "record", "clock", "meter", "pause", "stop", "review", "keep", "check", "saved", "typing", "later"];
const SHOWN = {
  idle: ["hint", "record", "typing", "later"],
  recording: ["clock", "meter", "pause", "stop", "saved"],
  paused: ["clock", "pause", "stop", "saved"],
  review: ["review", "keep", "saved", "typing", "later"],
  unusable: ["review", "typing", "later"],
  unheard: ["review", "check", "typing", "later"],
  keeping: ["saved", "later"],
  done: [],
  typing: ["typing", "later"], // this browser cannot record
};

export const state = () => place.dataset.state;

export function show(next, words, focus) {
  place.dataset.state = next;
  for (const id of PARTS) at(id).hidden = !SHOWN[next].includes(id);
  at("pause").textContent = next === "paused" ? "Go on" : "Pause";
  say(words);
  if (focus) at(focus).focus();
}

export const say = (words) => { if (at("state").textContent !== words) at("state").textContent = words; };
export const complain = (words) => { at("problem").textContent = words; };
