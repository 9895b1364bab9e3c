/** The camera as a source of frames. Pictures stay in this document: only landmarks leave it. */

/** @import { State } from "./states.js" */
import { StateError } from "./states.js";

const WANTED = { video: { facingMode: "user", width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } } };
/** @type {Record<string, State>} */
const KINDS = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "no-camera",
  OverconstrainedError: "no-camera",
  NotReadableError: "camera-busy",
  AbortError: "camera-busy",
};
const ASKED_MS = 4000;
const QUIET_MS = 10_000; // without a picture

/**
 * What the page says of an error of the browser.
 * @param {Error} error
 */
function known({ name, message }) {
  if (name === "NotAllowedError" && /system/i.test(message)) return new StateError("refused-by-system");
  return name in KINDS ? new StateError(KINDS[name]) : new StateError("camera-failed", message || name);
}

export class Camera {
  /** @type {MediaStream | null} */
  #stream = null;
  #running = false;
  #busy = false;
  #stopped = false;
  #alarm = 0;

  /**
   * @param {HTMLVideoElement} video shows the picture.
   * @param {(video: HTMLVideoElement, milliseconds: number) => Promise<void>} onFrame is given the newest frame; frames
   *   that come while it works are dropped.
   * @param {(error: Error) => void} onEnd the camera was taken away or gives no picture, or a frame failed.
   * @param {(open: boolean) => void} onQuestion whether the browser's question is left unanswered for long.
   */
  constructor(video, onFrame, onEnd, onQuestion) {
    this.video = video;
    this.onFrame = onFrame;
    this.onEnd = onEnd;
    this.onQuestion = onQuestion;
  }

  get aspect() {
    return this.video.videoWidth / this.video.videoHeight;
  }

  /**
   * Ask for the camera and show it; nothing happens when it was stopped before the answer came.
   * @throws {StateError}
   */
  async open() {
    if (!navigator.mediaDevices?.getUserMedia) throw new StateError("insecure");
    const stream = (this.#stream = await this.#ask());
    if (this.#stopped) return this.stop();
    const [track] = stream.getVideoTracks();
    if (track.readyState === "ended") throw new StateError("camera-gone");
    track.onended = () => this.#end(new StateError("camera-gone"));
    this.video.srcObject = stream;
    this.#watch();
    try {
      await this.video.play();
    } catch (error) {
      throw error.name === "NotAllowedError" ? new StateError("no-play") : known(error);
    }
    return this.#next();
  }

  async #ask() {
    const waiting = setTimeout(() => this.#remind(), ASKED_MS);
    try {
      return await navigator.mediaDevices.getUserMedia(WANTED);
    } catch (error) {
      throw known(error);
    } finally {
      clearTimeout(waiting);
      if (!this.#stopped) this.onQuestion(false);
    }
  }

  /** No answer yet: the person's, or the camera's own when it is allowed already. */
  async #remind() {
    const asked = await navigator.permissions?.query({ name: "camera" }).catch(() => null); // not every browser tells
    if (this.#stopped || this.#stream) return;
    if (asked?.state === "granted") this.#watch();
    else this.onQuestion(true);
  }

  /** Hand out frames from here on. */
  run() {
    this.#running = true;
  }

  /** Let go of the camera: its light goes out. */
  stop() {
    this.#stopped = true;
    clearTimeout(this.#alarm);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    if (this.video.srcObject === this.#stream) this.video.srcObject = null; // not another's
    this.#stream = null;
  }

  /** Pictures must come. A page that is held up, by loading or by a frame, misses one look at the clock, not all. */
  #watch(looks = 3) {
    clearTimeout(this.#alarm);
    const look = () => (looks > 1 || this.#busy ? this.#watch(looks - 1) : this.#end(new StateError("no-picture")));
    this.#alarm = setTimeout(look, QUIET_MS / 3);
  }

  #next() {
    const { video } = this;
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback((now) => this.#tick(now));
    else requestAnimationFrame((now) => this.#tick(now));
  }

  /** @param {number} now */
  async #tick(now) {
    if (this.#stopped) return;
    this.#watch();
    this.#next();
    if (!this.#running || this.#busy) return;
    this.#busy = true;
    try {
      await this.onFrame(this.video, now);
    } catch (error) {
      this.#end(error);
    } finally {
      this.#busy = false;
    }
  }

  /** @param {Error} error */
  #end(error) {
    if (this.#stopped) return;
    this.stop();
    this.onEnd(error);
  }
}
