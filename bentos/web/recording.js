/** Landmarks that were recorded, as a source of frames: examples of glosses, and what stands in for a camera. */

import { VALUES } from "./skeleton.js";

const UNSEEN = -32768;
const HEADER = 16;
const STEPS = 8192; // of a coordinate from 0 to 1, as a recording is written
export const RATE = 25; // frames a second where a clip has no steady rate of its own, as the model has it
const SLOWEST = 5; // frames a second of a clip that counts as steady
const MOST_BEHIND = 3; // frames that are handed out late rather than left out

/**
 * A frame between two, by weight; where not both saw a point, the nearer one's.
 * @param {Float32Array} before
 * @param {Float32Array} after
 * @param {number} weight
 */
function between(before, after, weight) {
  const nearer = weight < 0.5 ? before : after;
  return before.map((a, i) => {
    const mixed = a * (1 - weight) + after[i] * weight;
    return Number.isNaN(mixed) ? nearer[i] : mixed;
  });
}

/**
 * Frames that have times of their own as frames at a steady rate; those that are steady already as they are.
 * @param {Float32Array[]} frames landmarks, at least one.
 * @param {number[]} times seconds, rising.
 * @returns {{frames: Float32Array[], fps: number}}
 */
export function steady(frames, times) {
  if (times.length < 2) return { frames, fps: RATE };
  const [first, last] = [times[0], times[times.length - 1]];
  const duration = last - first;
  const gap = duration / (times.length - 1);
  const even = times.every((time, i) => !i || Math.abs(time - times[i - 1] - gap) < gap / 4);
  if (even && gap <= 1 / SLOWEST) return { frames, fps: 1 / gap };
  let after = 1;
  const count = Math.floor(duration * RATE + 1e-6) + 1;
  const resampled = Array.from({ length: count }, (_, i) => {
    const time = Math.min(first + i / RATE, last);
    while (times[after] < time) after++;
    const weight = (time - times[after - 1]) / (times[after] - times[after - 1]);
    return between(frames[after - 1], frames[after], weight);
  });
  return { frames: resampled, fps: RATE };
}

export class Recording {
  /**
   * @param {Float32Array} values frames × 180 × (x, y, z), NaN = not seen.
   * @param {number} fps frames a second.
   * @param {number} aspect width / height of the picture.
   */
  constructor(values, fps, aspect) {
    this.values = values;
    this.fps = fps;
    this.aspect = aspect;
    this.frames = values.length / VALUES;
  }

  /**
   * Read what GET /vocabulary/{gloss} gives.
   * @param {ArrayBuffer} buffer
   */
  static read(buffer) {
    const view = new DataView(buffer);
    const scale = view.getUint32(12, true);
    const values = Float32Array.from(new Int16Array(buffer, HEADER), (v) => (v === UNSEEN ? NaN : v / scale));
    return new Recording(values, view.getFloat32(0, true), view.getFloat32(4, true));
  }

  /**
   * Write what `read` reads.
   * @returns {ArrayBuffer}
   */
  write() {
    const buffer = new ArrayBuffer(HEADER + this.values.length * 2);
    const view = new DataView(buffer);
    view.setFloat32(0, this.fps, true);
    view.setFloat32(4, this.aspect, true);
    view.setUint32(8, this.frames, true);
    view.setUint32(12, STEPS, true);
    const steps = (/** @type {number} */ v) => (Number.isNaN(v) ? UNSEEN : Math.max(-32767, Math.min(32767, Math.round(v * STEPS))));
    new Int16Array(buffer, HEADER).set(Int16Array.from(this.values, steps));
    return buffer;
  }

  /** Seconds from the first to the last frame. */
  get duration() {
    return (this.frames - 1) / this.fps;
  }

  /** The frames, each 180 × (x, y, z). */
  each() {
    return Array.from({ length: this.frames }, (_, i) => this.values.subarray(i * VALUES, (i + 1) * VALUES));
  }

  /**
   * The frame at a time, between its neighbours where both saw a point, else the nearer one's.
   * @param {number} seconds
   * @returns {Float32Array} 180 × (x, y, z)
   */
  at(seconds) {
    const position = Math.min(Math.max(seconds * this.fps, 0), this.frames - 1);
    const before = Math.floor(position);
    const after = Math.min(before + 1, this.frames - 1);
    const frame = (/** @type {number} */ index) => this.values.subarray(index * VALUES, (index + 1) * VALUES);
    return between(frame(before), frame(after), position - before);
  }

  /**
   * The same in a picture of another shape, nothing stretched.
   * @param {number} aspect width / height wanted.
   */
  reshaped(aspect) {
    const values = this.values.slice();
    for (let i = 0; i < values.length; i += 3) values[i] = 0.5 + ((values[i] - 0.5) * this.aspect) / aspect;
    return new Recording(values, this.fps, aspect);
  }
}

/**
 * Frames put together.
 * @param {Float32Array[]} frames
 * @param {number} fps
 * @param {number} aspect
 */
export function joined(frames, fps, aspect) {
  const values = new Float32Array(frames.length * VALUES);
  frames.forEach((points, i) => values.set(points, i * VALUES));
  return new Recording(values, fps, aspect);
}

/**
 * Recordings one after the other, hands out of the picture between them.
 * @param {Recording[]} recordings at least one.
 * @param {number} rest seconds between two.
 */
export function inARow(recordings, rest) {
  const [{ fps, aspect }] = recordings;
  const pause = Math.round(rest * fps);
  const parts = recordings.flatMap((recording) => {
    const { values } = recording.reshaped(aspect);
    const last = values.slice(-VALUES);
    last.fill(NaN, 0, 42 * 3);
    return [...Array(pause).fill(last), values, ...Array(pause).fill(last)];
  });
  const all = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return new Recording(all, fps, aspect);
}

/** Plays a recording at a steady rate in real time. */
export class Player {
  #timer = 0;
  #began = 0;
  #sent = 0;

  /**
   * @param {Recording} recording
   * @param {number} rate frames a second handed out, whatever the recording's own.
   * @param {(points: Float32Array, milliseconds: number) => void} onFrame
   * @param {() => void} onEnd
   */
  constructor(recording, rate, onFrame, onEnd) {
    this.recording = recording;
    this.rate = rate;
    this.onFrame = onFrame;
    this.onEnd = onEnd;
  }

  /** Begin. */
  run() {
    this.#began = performance.now();
    this.#timer = setInterval(() => this.#tick(), 1000 / this.rate / 2);
  }

  /** End early. */
  stop() {
    clearInterval(this.#timer);
  }

  #tick() {
    const passed = (performance.now() - this.#began) / 1000;
    const due = Math.floor(Math.min(passed, this.recording.duration) * this.rate);
    this.#sent = Math.max(this.#sent, due - MOST_BEHIND); // a page that was held up for long leaves frames out
    while (this.#sent <= due) {
      const seconds = this.#sent++ / this.rate;
      this.onFrame(this.recording.at(seconds), this.#began + seconds * 1000);
    }
    if (passed > this.recording.duration + 0.1) {
      this.stop();
      this.onEnd();
    }
  }
}

