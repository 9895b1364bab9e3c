/**
 * A video file as a source of frames: each of them once, with its own time, however slow the work. The file itself
 * says which frames there are; the browser decodes them one after the other (WebCodecs), or, where it has no such
 * decoder, a video element is sent to the time of each.
 */

/** @import { Track } from "./container.js" */
import { ClipError, codecOf, decoded, open, timesOf } from "./container.js";
import { answered, element, sought } from "./seeking.js";
import { StateError } from "./states.js";

const IPHONE = " An iPhone films in H.264 when Settings, Camera, Formats is “Most Compatible”.";

/**
 * Leave a generator; not waited for, as what hangs must not hold up the rest.
 * @param {AsyncGenerator} generator
 */
const leave = (generator) => void generator.return(undefined).catch(() => {});

export class Clip {
  /** @type {number[]} */
  times = []; // of the frames that are looked at, in seconds
  limit = ""; // what to say of the rest
  #file;
  #canvas;
  /** @type {{dispose: () => void} | undefined} */
  #input;
  /** @type {Track} */
  #track = /** @type {any} */ (undefined); // until it is open
  /** @type {HTMLVideoElement | null} */
  #video = null; // where the browser has no decoder that gives frame by frame

  /**
   * @param {File} file
   * @param {HTMLCanvasElement} canvas
   */
  constructor(file, canvas) {
    this.#file = file;
    this.#canvas = canvas;
  }

  /**
   * Open a file and draw its first frame.
   * @param {File} file
   * @param {HTMLCanvasElement} canvas gets the upright picture, unmirrored.
   * @returns {Promise<Clip>}
   * @throws {ClipError}
   */
  static async open(file, canvas) {
    const clip = new Clip(file, canvas);
    try {
      await clip.#prepare();
      return clip;
    } catch (error) {
      clip.close();
      if (error instanceof StateError) throw error;
      throw new ClipError(`${file.name} cannot be read: ${error.message}`);
    }
  }

  async #prepare() {
    const { input, track } = await open(this.#file);
    [this.#input, this.#track] = [input, track];
    ({ times: this.times, limit: this.limit } = await timesOf(track));
    if (!this.times.length) throw new ClipError("The file holds no picture, or is cut off.");
    [this.#canvas.width, this.#canvas.height] = [await track.getDisplayWidth(), await track.getDisplayHeight()];
    const decodes = await track.canDecode();
    if (decodes && (await this.#first())) return;
    this.#video = await element(this.#file);
    if (this.#video && (await this.#first())) return;
    if (decodes) throw new ClipError("Not even the first picture can be decoded: the file is damaged, or cut off.");
    const codec = await codecOf(track);
    const advice = "Convert it to H.264, for example with HandBrake or `ffmpeg -i clip.mov -c:v libx264 clip.mp4`.";
    throw new ClipError(`This browser cannot decode ${codec} video. ${advice}${codec === "HEVC" ? IPHONE : ""}`);
  }

  /** Whether a first frame can be had, and is drawn. */
  async #first() {
    const shown = this.#drawn([this.times[0]]);
    try {
      return (await answered(shown.next())).value !== undefined;
    } catch {
      return false;
    } finally {
      leave(shown);
    }
  }

  /** Width / height of the picture. */
  get aspect() {
    return this.#canvas.width / this.#canvas.height;
  }

  /**
   * The frames, in order; the canvas shows the frame while its time is handed out. Fewer than `times` has when the
   * file is damaged after them.
   * @param {AbortSignal} signal ends it.
   * @yields {number} seconds from the first frame.
   * @throws {ClipError} not even one can be decoded.
   */
  async *frames(signal) {
    const drawn = this.#drawn(this.times);
    let found = 0;
    try {
      for (let next; !signal.aborted && !(next = await answered(drawn.next())).done; found++) yield next.value - this.times[0];
    } catch (error) {
      if (!found) throw error instanceof ClipError ? error : new ClipError(`The video cannot be decoded: ${error.message}`);
    } finally {
      leave(drawn);
    }
  }

  /** @param {number[]} times */
  #drawn(times) {
    return this.#video ? sought(this.#video, times, this.#canvas) : decoded(this.#track, times, this.#canvas);
  }

  /** Forget the file. */
  close() {
    if (this.#video) {
      URL.revokeObjectURL(this.#video.src);
      this.#video.removeAttribute("src");
      this.#video.load();
    }
    this.#input?.dispose();
  }
}
