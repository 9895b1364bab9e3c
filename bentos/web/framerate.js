/** How many frames a second are looked at. */

const FRAMES = 25; // the last ones count

export class FrameRate {
  /** @type {number[]} */
  #times = [];

  /** Count a frame; gives frames a second, 0 until there are some. */
  count() {
    this.#times = [...this.#times.slice(-FRAMES), performance.now()];
    const frames = this.#times.length - 1;
    return frames > 2 ? (frames * 1000) / (this.#times[frames] - this.#times[0]) : 0;
  }
}
