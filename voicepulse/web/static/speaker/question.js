// One question: record, pause, hear again, record again, keep. What was spoken stays in the browser until the server confirmed it.
import { keepDraft } from "./draft.js";
import { Held, newTake } from "./held.js";
import { Meter, showLevel } from "./meter.js";
import { at, complain, place, say, show, state } from "./question_view.js";
import { Recorder, openMicrophone, whyNot } from "./recorder.js";
import { openStore } from "./store.js";
import { clock, length } from "./words.js";

const { shelf, question, takes, after } = place.dataset;
const limit = Number(place.dataset.limit), clipping = Number(place.dataset.clipping), tooQuiet = Number(place.dataset.tooQuiet);
const server = { takes, csrf: document.querySelector('meta[name="csrf-token"]').content };
const LAST = 30, CLOSE = 60; // seconds before the limit: said once; from then on it is shown
const SHORTEST = 1, SILENCE = 5; // seconds: less is no answer; so long without a sound is told
const SENDING = "Your answer is being sent. Stay on this page for a moment.";
const OFFLINE = "No network. Your answer is safe in this browser and goes out by itself when you are back. Leave this page open, or come back to it.";
const OFFLINE_HERE = "No network. Leave this page open: your answer goes out by itself when you are back.";
const UNHEARD = "We heard nothing in it. Check your microphone, then record again.";
let held = null, older = [], recorder = null, meter = null, timer = null, lock = null, whyEnded = "";
let isOffline = false, isSilent = false, heardAt = 0;

const complainOfTyped = (words) => { at("unsent").textContent = words; };
if (keepDraft({ form: at("typed"), text: at("text"), shelf, question, after, complain: complainOfTyped })) at("typing").open = true;
const store = await openStore();

// What the way to the server tells of one take; a take that was replaced has nothing to say any more.
function toldOf(mine) {
  const ifCurrent = (tell) => (...told) => (held === mine() ? tell(...told) : undefined);
  return {
    progress: ifCurrent((confirmed, size) => { at("saved").textContent = confirmed >= size ? "Saved up to here." : `Saved: ${Math.floor((100 * confirmed) / size)} %`; }),
    waiting: ifCurrent(tellWaiting),
    kept: ifCurrent(leave),
    unusable: ifCurrent((why) => { held.mark("refused", { why: held.record.loudest < tooQuiet ? UNHEARD : why }); tellRefused(); }),
    refused: ifCurrent((why) => { complain(why); recorder?.stop(); if (state() === "keeping") show("unusable", "Your answer was not sent. It stays in this browser.", "again"); }),
    unstored: ifCurrent(() => { store.isDurable = false; at("keeps").hidden = false; }),
  };
}

function tellWaiting(isWaiting) {
  isOffline = isWaiting;
  if (state() === "keeping") tellSending();
  else if (isWaiting) at("saved").textContent = store.isDurable ? "Waiting for the network; your browser keeps it." : "Waiting for the network. Keep this page open.";
}

function tellSending() {
  say(!isOffline ? SENDING : store.isDurable ? OFFLINE : OFFLINE_HERE);
  if (isOffline) at("saved").textContent = "";
}

function tellRefused() {
  const { why } = held.record;
  if (why === UNHEARD) return show("unheard", UNHEARD, "again");
  complain(why);
  return show("unusable", "This recording cannot be used.", "again");
}

async function leave() {
  show("done", "Your answer is kept.");
  await held.drop();
  for (const old of older) await old.discard();
  location.assign(after);
}

async function record() {
  complain("");
  at("record").disabled = at("again").disabled = true;
  try {
    begin(await openMicrophone());
  } catch (error) {
    complain(whyNot(error));
    at("typing").open = true;
  }
  at("record").disabled = at("again").disabled = false;
}

function begin(stream) {
  const take = newTake(shelf, question);
  const next = new Held(store, take, server, toldOf(() => next));
  recorder = new Recorder(stream, {
    onChunk: async (bytes, seconds) => {
      await next.add(bytes, seconds);
      for (const old of older.splice(0)) await old.discard(); // only now is there something newer
    },
    onStop: ended,
  });
  take.mime = recorder.mime;
  if (held) older.push(held);
  held = next;
  held.send();
  whyEnded = "The recording ended by itself. ";
  at("saved").textContent = "";
  heardAt = performance.now();
  isSilent = false;
  meter = new Meter(stream, (peak) => hear(peak, take));
  navigator.wakeLock?.request("screen").then((got) => { lock = got; }, () => {});
  timer = setInterval(tick, 200);
  show("recording", "Recording. Speak now.", "stop");
  tick();
}

function hear(peak, take) {
  showLevel(at("level"), peak);
  at("level").dataset.loud = String(peak >= clipping);
  take.loudest = Math.max(take.loudest, peak);
  if (peak >= tooQuiet || recorder.isPaused) heardAt = performance.now();
}

function tellSilence() {
  const was = isSilent;
  isSilent = performance.now() - heardAt > 1000 * SILENCE;
  if (isSilent !== was) say(isSilent ? "We hear nothing. Is the microphone on?" : "Recording. We hear you.");
}

function tick() {
  const seconds = recorder.seconds;
  at("most").hidden = limit - seconds > CLOSE;
  if (state() === "recording") tellSilence();
  at("time").textContent = clock(Math.min(seconds, limit));
  if (state() === "recording" && limit > 1.5 * LAST && limit - seconds <= LAST && limit - seconds > LAST - 1) say(`Recording. ${LAST} seconds are left.`);
  if (seconds >= limit) stop("That is as long as an answer may be. ");
}

function pause() {
  if (recorder.isPaused) recorder.resume();
  else recorder.pause();
  show(recorder.isPaused ? "paused" : "recording", recorder.isPaused ? "Paused. Nothing is recorded." : "Recording again.");
}

function stop(why) {
  whyEnded = why;
  recorder.stop();
}

function ended() {
  clearInterval(timer);
  meter?.close();
  lock?.release();
  lock = null;
  if (!held.size) {
    held.drop();
    held = older.pop() ?? null;
    complain("Nothing was recorded. Try again.");
  }
  if (held) review(`${whyEnded}${length(held.seconds)} recorded. Hear it, keep it, or record again.`);
  else show("idle", "Press Record and speak.", "record");
}

function review(words) {
  URL.revokeObjectURL(at("replay").src);
  at("replay").src = URL.createObjectURL(held.sound);
  if (held.seconds < SHORTEST) show("unusable", "That was less than a second. Record it again.", "again");
  else show("review", words, "keep");
}

async function keep() {
  if (held.uploader.ended) return show("unusable", "Your answer was not sent. It stays in this browser.", "again");
  complain("");
  at("replay").pause();
  show("keeping", "");
  tellSending();
  return held.keep();
}

async function discard() {
  at("replay").pause();
  const all = [...older.splice(0), held];
  held = null;
  at("saved").textContent = "";
  complain("");
  show("idle", "Deleted. Press Record and speak, or type.", "record");
  for (const one of all) await one.discard();
}

// What an earlier visit left: sent where "keep" was pressed, else offered.
async function rescue() {
  const left = (await store.takes(shelf).catch(() => [])).filter((take) => take.question === question);
  left.sort((a, b) => a.begun - b.begun);
  const found = [];
  for (const take of left) {
    const one = await Held.restored(store, take, server, toldOf(() => one));
    if (one.size) found.push(one);
    else await one.drop();
  }
  held = found.pop() ?? null;
  older = found;
  if (!held) return show("idle", "Press Record and speak. You can hear it before you keep it.");
  if (held.record.state === "refused") {
    at("replay").src = URL.createObjectURL(held.sound);
    return tellRefused();
  }
  held.send();
  if (held.record.state === "keep") return keep();
  return review(`Rescued: ${length(held.seconds)} of your answer. Hear it, keep it, or record again.`);
}

at("record").addEventListener("click", record);
at("again").addEventListener("click", record);
at("pause").addEventListener("click", pause);
at("stop").addEventListener("click", () => stop(""));
at("keep").addEventListener("click", keep);
at("delete").addEventListener("click", discard);
addEventListener("beforeunload", (event) => { if (!["idle", "done", "unusable", "unheard", "typing"].includes(state())) event.preventDefault(); });
addEventListener("visibilitychange", () => { if (document.hidden) recorder?.flush(); });

at("recorder").hidden = false;
at("keeps").hidden = store.isDurable;
if (window.MediaRecorder) await rescue();
else { show("typing", ""); complain(whyNot({})); at("typing").open = true; }
