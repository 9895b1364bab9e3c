/** Landmarks as the service wants them: float16 where the browser can make it, else float32. */

const Half = globalThis.Float16Array;
const Numbers = Half ?? Float32Array;
const HEADER = 16;

export const MEDIA_TYPE = `application/vnd.islr.landmarks.${Half ? "f16" : "f32"}`;

/**
 * A frame for the live socket.
 * @param {number} milliseconds time of the frame.
 * @param {Float32Array} points 180 × (x, y, z), NaN = not seen.
 */
export function encodeFrame(milliseconds, points) {
  const buffer = new ArrayBuffer(HEADER + points.length * Numbers.BYTES_PER_ELEMENT);
  const view = new DataView(buffer);
  view.setUint8(0, Half ? 1 : 2);
  view.setFloat64(8, milliseconds, true);
  new Numbers(buffer, HEADER).set(points);
  return buffer;
}

/**
 * A whole clip for /predict.
 * @param {Float32Array[]} frames
 */
export function encodeClip(frames) {
  const numbers = new Numbers(frames.reduce((n, frame) => n + frame.length, 0));
  frames.reduce((at, frame) => (numbers.set(frame, at), at + frame.length), 0);
  return numbers.buffer;
}

/**
 * The same as nested lists, for JSON, which writes NaN as null: frames × 180 × [x, y, z].
 * @param {Float32Array[]} frames
 */
export const listClip = (frames) =>
  frames.map((frame) => Array.from({ length: frame.length / 3 }, (_, i) => [...frame.subarray(i * 3, i * 3 + 3)].map(rounded)));

/** @param {number} value */
const rounded = (value) => Math.round(value * 1e5) / 1e5; // finer than any camera, and half the length
