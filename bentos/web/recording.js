/** Landmarks that were recorded, as a source of frames: examples of glosses, and what stands in for a camera. */

import { VALUES } from "./skeleton.js";

const UNSEEN = -32768;
const HEADER = 16;
const MOST_BEHIND = 3; // frames that are handed out late rather than left out

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

  /** Read what GET /vocabulary/{gloss} gives. */
  static read(buffer) {
    const view = new DataView(buffer);
    const scale = view.getUint32(12, true);
    const values = Float32Array.from(new Int16Array(buffer, HEADER), (v) => (v === UNSEEN ? NaN : v / scale));
    return new Recording(values, view.getFloat32(0, true), view.getFloat32(4, true));
  }

  /** Seconds from the first to the last frame. */
  get duration() {
    return (this.frames - 1) / this.fps;
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
    const weight = position - before;
    const points = new Float32Array(VALUES);
    for (let i = 0; i < VALUES; i++) {
      const [a, b] = [this.values[before * VALUES + i], this.values[after * VALUES + i]];
      const between = a * (1 - weight) + b * weight;
      points[i] = Number.isNaN(between) ? (weight < 0.5 ? a : b) : between;
    }
    return points;
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
    Object.assign(this, { recording, rate, onFrame, onEnd });
  }

  get aspect() {
    return this.recording.aspect;
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

