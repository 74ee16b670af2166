// The microphone check: a level, and in words whether one will be heard.
import { Meter, showLevel, verdict } from "./meter.js";
import { DEVICE, chosenDevice, openMicrophone, whyNot } from "./recorder.js";

const at = (id) => document.getElementById(id);
const place = at("microphone"), said = at("verdict"), device = at("device"), button = at("listen");
const tooQuiet = Number(place.dataset.tooQuiet), clipping = Number(place.dataset.clipping);
const LOOK = 2000; // milliseconds over which the loudest moment counts
const WORDS = {
  "no sound": "There is no sound. Is the right microphone chosen, and is it on?",
  "too quiet": "Too quiet. Come closer, or turn the microphone up.",
  clipping: "Too loud: it is clipping. Move back a little, or turn the microphone down.",
  good: "Good. You will be heard well.",
};

let meter = null, stream = null, peaks = [];

function say(words, kind = "") {
  if (said.textContent !== words) said.textContent = words;
  said.dataset.verdict = kind;
}

function onPeak(peak) {
  showLevel(at("level"), peak);
  const now = performance.now();
  peaks.push([now, peak]);
  if (peaks[0][0] > now - LOOK) return;
  peaks = peaks.filter(([when]) => when > now - LOOK);
  const found = verdict(Math.max(...peaks.map(([, loud]) => loud)), tooQuiet, clipping);
  say(WORDS[found], found);
  if (found === "good") { button.classList.remove("main"); at("on").classList.add("main"); }
}

function close() {
  meter?.close();
  stream?.getTracks().forEach((track) => track.stop());
  meter = stream = null;
}

async function listDevices() {
  const inputs = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === "audioinput");
  const current = stream.getAudioTracks()[0]?.getSettings().deviceId ?? chosenDevice();
  device.replaceChildren(...inputs.map((one, number) => new Option(one.label || `Microphone ${number + 1}`, one.deviceId, false, one.deviceId === current)));
  at("choose").hidden = inputs.length < 2;
}

async function listen() {
  close();
  peaks = [];
  say("Listening. Say a sentence.");
  try {
    stream = await openMicrophone();
    meter = new Meter(stream, onPeak);
    await listDevices();
    button.textContent = "Listen again";
  } catch (error) {
    say(whyNot(error), "problem");
  }
}

button.addEventListener("click", listen);
device.addEventListener("change", () => {
  try { localStorage.setItem(DEVICE, device.value); } catch { /* then it counts for this page only */ }
  listen();
});
addEventListener("pagehide", close);
button.disabled = false; // only now would a press be heard
