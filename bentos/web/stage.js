/** The picture: camera, clip or figure with the points drawn over it, and what is said in it. */

import { $, say } from "./dom.js";
import { colours, context2d, draw, fit, place } from "./drawing.js";

/** @typedef {"none"|"camera"|"clip"|"sample"} Source */

const MB = 1e6;

export class Stage {
  constructor() {
    this.picture = $("picture");
    this.video = $("video", HTMLVideoElement);
    this.frame = $("frame", HTMLCanvasElement); // of a clip
    this.overlay = $("overlay", HTMLCanvasElement);
    this.aspect = 4 / 3;
    this.drawn = 0;
    this.withPoints = true;
    /** @type {Source} */
    this.source = "none";
    /** @type {import("./drawing.js").Colours | null} */
    this.colour = null;
    matchMedia("(prefers-color-scheme: dark)").onchange = () => (this.colour = null);
  }

  /**
   * What the picture shows.
   * @param {Source} source
   * @param {number} [aspect] width / height
   */
  show(source, aspect = 4 / 3) {
    this.source = source;
    this.aspect = aspect;
    this.picture.dataset.source = source;
    this.picture.style.setProperty("--aspect", String(Math.min(Math.max(aspect, 0.75), 16 / 9)));
    $("welcome").hidden = source !== "none";
    $("stop").hidden = source === "none";
    say($("stop"), source === "clip" ? "Close clip" : "Stop");
    if (source === "none") {
      this.hint("");
      this.pace("");
    }
    this.wipe();
  }

  /**
   * Draw a frame's points.
   * @param {Float32Array} points 180 × (x, y, z)
   */
  points(points) {
    this.drawn++;
    if (!this.withPoints && this.source !== "sample") return;
    fit(this.overlay);
    this.colour ??= colours(this.overlay);
    draw(this.overlay, points, place(this.overlay, this.aspect), this.colour);
  }

  /** Take the points away. */
  wipe() {
    context2d(this.overlay).clearRect(0, 0, this.overlay.width, this.overlay.height);
  }

  /**
   * A sentence of advice in the picture, none when empty.
   * @param {string} text
   */
  hint(text) {
    say($("hint"), text);
    $("hint").hidden = !text;
  }

  /**
   * How it goes, below the picture.
   * @param {string} text
   */
  pace(text) {
    say($("pace"), text);
  }

  /**
   * How much of the models has come.
   * @param {number} loaded bytes.
   * @param {number} total bytes.
   */
  loading(loaded, total) {
    this.progress(`Loading what finds your hands: ${Math.round(loaded / MB)} of ${Math.round(total / MB)} MB`, loaded / total);
  }

  /**
   * Show how far something is; null = no longer.
   * @param {string | null} text
   * @param {number} [share] from 0 to 1; unknown without.
   */
  progress(text, share) {
    $("progress").hidden = text === null;
    if (text === null) return;
    say($("progress-text"), text);
    if (share === undefined) $("progress-bar").removeAttribute("value");
    else $("progress-bar", HTMLProgressElement).value = share;
  }
}
