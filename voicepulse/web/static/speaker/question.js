// One question: record, pause, hear again, record again, keep. What was spoken stays in the browser until the server confirmed it.
import { Held, newTake } from "./held.js";
import { Meter, showLevel } from "./meter.js";
import { at, clock, complain, length, place, say, show, state } from "./question_view.js";
import { Recorder, openMicrophone, whyNot } from "./recorder.js";
import { openStore } from "./store.js";

const { invite, question, takes, after } = place.dataset;
const limit = Number(place.dataset.limit), clipping = Number(place.dataset.clipping);
const server = { takes, csrf: document.querySelector('meta[name="csrf-token"]').content };
const LAST = 30; // seconds before the limit, said once
let held = null, older = [], recorder = null, meter = null, timer = null, lock = null, whyEnded = "";
const store = await openStore();

// What the way to the server tells of one take; a take that was replaced has nothing to say any more.
function toldOf(mine) {
  const ifCurrent = (tell) => (...told) => (held === mine() ? tell(...told) : undefined);
  return {
    progress: ifCurrent((confirmed, size) => { at("saved").textContent = confirmed >= size ? "Saved up to here." : `Saved: ${Math.floor((100 * confirmed) / size)} %`; }),
    waiting: ifCurrent((isWaiting) => { if (isWaiting) at("saved").textContent = store.isDurable ? "Waiting for the network; your browser keeps it." : "Waiting for the network. Keep this page open."; }),
    kept: ifCurrent(leave),
    unusable: ifCurrent((why) => { held.mark("open"); complain(why); show("unusable", "This answer cannot be used.", "again"); }),
    refused: ifCurrent((why) => { complain(why); recorder?.stop(); if (state() === "keeping") show("unusable", "Your answer was not sent. It stays in this browser.", "again"); }),
    unstored: ifCurrent(() => { store.isDurable = false; at("keeps").hidden = false; }),
  };
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
  const take = newTake(invite, question);
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
  meter = new Meter(stream, (peak) => { showLevel(at("level"), peak); at("level").dataset.loud = String(peak >= clipping); });
  navigator.wakeLock?.request("screen").then((got) => { lock = got; }, () => {});
  timer = setInterval(tick, 200);
  show("recording", "Recording. Speak now.", "stop");
  tick();
}

function tick() {
  const seconds = recorder.seconds;
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
  show("review", words, "keep");
}

async function keep() {
  if (held.uploader.ended) return show("unusable", "Your answer was not sent. It stays in this browser.", "again");
  complain("");
  at("replay").pause();
  show("keeping", "Your answer is being sent. Stay on this page for a moment.");
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
  const left = (await store.takes(invite).catch(() => [])).filter((take) => take.question === question);
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
  held.send();
  if (held.record.state === "keep") return keep();
  return review(`${length(held.seconds)} of your answer were rescued. Hear it, keep it, or record again.`);
}

at("record").addEventListener("click", record);
at("again").addEventListener("click", record);
at("pause").addEventListener("click", pause);
at("stop").addEventListener("click", () => stop(""));
at("keep").addEventListener("click", keep);
at("delete").addEventListener("click", discard);
addEventListener("beforeunload", (event) => { if (!["idle", "done", "unusable"].includes(state())) event.preventDefault(); });
addEventListener("visibilitychange", () => { if (document.hidden) recorder?.flush(); });

at("recorder").hidden = false;
at("keeps").hidden = store.isDurable;
if (window.MediaRecorder) await rescue();
else { show("keeping", ""); complain(whyNot({})); at("typing").open = true; }
