/** Advice for the signer: too dark, too far, left and right the wrong way round, no hands, a slow device. */

import { context2d } from "./drawing.js";
import { LEFT_HAND, LEFT_SHOULDER, RIGHT_HAND, RIGHT_SHOULDER, seen } from "./skeleton.js";

const DARK = 45; // mean grey level, of 255
const FAR = 0.14; // shoulders' distance as a share of the picture's height
const SLOW = 8; // frames a second
const LONG = 15; // seconds that one waits without asking why
const LIGHT_EVERY_MS = 1000;
const SENTENCES = {
  dark: "It is too dark. Light should fall on you from the front.",
  nobody: "Nobody is seen. Sit so that head, shoulders and hands are in the picture.",
  far: "You are far away. Come closer, so that your upper body fills the picture.",
  sides: "Left and right are the wrong way round. Face the camera, and let nothing mirror its picture.",
  hands: "No hands are seen. Raise them into the picture to sign.",
  slow: "This device is slow at finding landmarks. Close other tabs, or sign slowly.",
};
const NAMES = /** @type {(keyof typeof SENTENCES)[]} */ (Object.keys(SENTENCES)); // what counts more comes first
const ACCELERATE = " Hardware acceleration, in the browser's settings, makes it faster.";
const PATIENCE_MS = { dark: 1500, nobody: 2500, far: 2500, sides: 2500, hands: 6000, slow: 6000 };

/**
 * What to say of a clip that takes long, or "".
 * @param {number} fps frames that are looked at in a second.
 * @param {number} frames still to look at.
 * @param {boolean} software graphics are computed by the processor.
 */
export function slowness(fps, frames, software) {
  const left = frames / fps;
  if (fps >= SLOW || left < LONG) return "";
  const time = left < 100 ? `${Math.ceil(left / 10) * 10} seconds` : `${Math.round(left / 60)} minutes`;
  return `This device is slow at finding landmarks: about ${time} to go.${software ? ACCELERATE : ""}`;
}

export class Advice {
  /** @type {{[name in keyof typeof SENTENCES]?: number}} */
  #since = {};
  #lit = -Infinity;
  #light = 255;
  #canvas = document.createElement("canvas");

  constructor() {
    [this.#canvas.width, this.#canvas.height] = [32, 24];
  }

  /**
   * Take one frame.
   * @param {Float32Array} points 180 × (x, y, z)
   * @param {number} now milliseconds
   * @param {{aspect: number, fps: number, picture?: HTMLVideoElement}} frame
   * @returns {string} a sentence, or "" when all is well
   */
  see(points, now, { aspect, fps, picture }) {
    if (picture && now - this.#lit > LIGHT_EVERY_MS) [this.#lit, this.#light] = [now, this.#brightness(picture)];
    const body = seen(points, LEFT_SHOULDER) && seen(points, RIGHT_SHOULDER);
    const found = {
      dark: this.#light < DARK,
      nobody: !body,
      far: body && this.#shoulders(points, aspect) < FAR,
      sides: body && points[LEFT_SHOULDER * 3] < points[RIGHT_SHOULDER * 3],
      hands: body && !seen(points, LEFT_HAND) && !seen(points, RIGHT_HAND),
      slow: fps > 0 && fps < SLOW,
    };
    const lasting = NAMES.find((name) => this.#lasts(name, found[name], now));
    return lasting ? SENTENCES[lasting] : "";
  }

  /**
   * @param {keyof typeof SENTENCES} name
   * @param {boolean} found
   * @param {number} now milliseconds.
   */
  #lasts(name, found, now) {
    const since = this.#since[name] ?? now;
    this.#since[name] = found ? since : undefined;
    return found && now - since >= PATIENCE_MS[name];
  }

  /**
   * @param {Float32Array} points
   * @param {number} aspect
   */
  #shoulders(points, aspect) {
    const across = (/** @type {number} */ i) => points[LEFT_SHOULDER * 3 + i] - points[RIGHT_SHOULDER * 3 + i];
    return Math.hypot(across(0) * aspect, across(1));
  }

  /** @param {HTMLVideoElement} picture */
  #brightness(picture) {
    const context = context2d(this.#canvas, { willReadFrequently: true });
    context.drawImage(picture, 0, 0, 32, 24);
    const { data } = context.getImageData(0, 0, 32, 24);
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) sum += 0.3 * data[i] + 0.59 * data[i + 1] + 0.11 * data[i + 2];
    return sum / (data.length / 4);
  }
}
