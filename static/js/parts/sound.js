// Says a verdict in tones: rising for yes, one low and long for no, two low ones for what was not found, two level ones
// for a coupon that was left unredeemed.

const TONES = {
  ok: [[660, 70], [880, 70]],
  again: [[660, 70], [880, 70]],
  stop: [[220, 300]],
  bad: [[220, 120], [165, 180]],
  left: [[440, 90], [440, 90]],
};
let audio; // browsers give it after the shift's first touch or key

for (const kind of ["pointerdown", "keydown"]) {
  document.addEventListener(kind, () => { audio ??= new AudioContext(); }, { once: true, capture: true });
}

export function play(...verdicts) {
  let at = audio?.currentTime ?? 0;
  for (const [pitch, ms] of audio ? verdicts.flatMap((verdict) => TONES[verdict] ?? []) : []) {
    const tone = new OscillatorNode(audio, { frequency: pitch });
    tone.connect(new GainNode(audio, { gain: 0.25 })).connect(audio.destination);
    tone.start(at);
    tone.stop(at += ms / 1000);
  }
}
