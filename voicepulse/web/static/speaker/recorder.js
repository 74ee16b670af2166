// One take of the microphone: chunks of a second, so that no more than that can be lost.

const KINDS = ["audio/webm;codecs=opus", "audio/mp4"]; // Chrome and Firefox; Safari
const SLICE = 1000, BITS = 64_000; // milliseconds; a second: ample for speech

export const DEVICE = "voicepulse microphone"; // which one the speaker chose, in localStorage

export function chosenDevice() {
  try { return localStorage.getItem(DEVICE); } catch { return null; }
}

export async function openMicrophone() {
  if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", "NotSupportedError");
  const device = chosenDevice();
  const audio = device ? { deviceId: { ideal: device } } : true;
  return navigator.mediaDevices.getUserMedia({ audio });
}

// Why there is no sound from a microphone, and what to do.
export function whyNot(error) {
  const typing = "You can type your answer instead.";
  if (error.name === "NotAllowedError") return `The browser was not allowed to use the microphone. Allow it in the address bar and try again. ${typing}`;
  if (error.name === "NotFoundError") return `No microphone was found. Connect one and try again. ${typing}`;
  if (error.name === "NotReadableError") return `The microphone is used by another program. Close that and try again. ${typing}`;
  return `This browser cannot use a microphone on this page. ${typing}`;
}

export class Recorder {
  // onChunk(bytes, seconds) comes in order; onStop() once, after the last chunk, whoever stopped it.
  constructor(stream, { onChunk, onStop }) {
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    this.stream = stream;
    this.media = new MediaRecorder(stream, { ...(mimeType && { mimeType }), audioBitsPerSecond: BITS });
    this.spoken = 0; // milliseconds before the present stretch
    this.since = null;
    let chunks = Promise.resolve();
    this.media.ondataavailable = ({ data }) => {
      const seconds = this.seconds;
      if (data.size) chunks = chunks.then(async () => onChunk(await data.arrayBuffer(), seconds));
    };
    this.media.onstop = () => { this.hold(); this.release(); chunks.then(onStop, onStop); };
    this.media.onerror = () => this.stop();
    stream.getAudioTracks().forEach((track) => { track.onended = () => this.stop(); }); // unplugged, or the lid was closed
    this.media.start(SLICE);
    this.since = performance.now();
  }

  get mime() { return this.media.mimeType; }
  get isPaused() { return this.media.state === "paused"; }
  get isOver() { return this.media.state === "inactive"; }
  get seconds() { return (this.spoken + (this.since === null ? 0 : performance.now() - this.since)) / 1000; }

  pause() {
    this.media.pause();
    this.hold();
  }

  resume() {
    this.media.resume();
    this.since = performance.now();
  }

  stop() {
    if (!this.isOver) this.media.stop();
  }

  // What is not in a chunk yet becomes one now: the page is about to be hidden.
  flush() {
    if (this.media.state === "recording") this.media.requestData();
  }

  hold() {
    if (this.since !== null) this.spoken += performance.now() - this.since;
    this.since = null;
  }

  release() {
    this.stream.getTracks().forEach((track) => track.stop());
  }
}
