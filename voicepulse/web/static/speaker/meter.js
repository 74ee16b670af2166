// How loud a microphone is, from the peaks of its samples, with the thresholds of the desk.

export class Meter {
  // onPeak(peak) is told some twenty times a second; peak is 0 to 1.
  constructor(stream, onPeak) {
    this.context = new AudioContext();
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 4096; // at 48 kHz 85 ms, so that no sample between two looks is missed
    this.context.createMediaStreamSource(stream).connect(this.analyser);
    const samples = new Float32Array(this.analyser.fftSize);
    this.timer = setInterval(() => {
      this.analyser.getFloatTimeDomainData(samples);
      onPeak(samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0));
    }, 50);
    this.context.resume();
  }

  close() {
    clearInterval(this.timer);
    this.context.close();
  }
}

export function verdict(peak, tooQuiet, clipping) {
  if (peak === 0) return "no sound";
  if (peak < tooQuiet) return "too quiet";
  return peak >= clipping ? "clipping" : "good";
}

// A peak as the share of a bar: -60 dB is empty, 0 dB full, for ears hear so.
export function share(peak) {
  return peak > 0 ? Math.min(1, Math.max(0, 1 + Math.log10(peak) / 3)) : 0;
}

export function showLevel(bar, peak) {
  bar.style.transform = `scaleX(${share(peak)})`;
}
