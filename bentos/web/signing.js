/** From a camera, a clip or a recording to landmarks, and from landmarks to the service. */

import { Advice } from "./advice.js";
import { Camera } from "./camera.js";
import { Clip } from "./clip.js";
import { FrameRate } from "./framerate.js";
import { Holistic } from "./holistic.js";
import { landmarks } from "./reading.js";
import { Player, RATE, joined } from "./recording.js";
import { sample, surest } from "./sample.js";
import { Refused, predict } from "./service.js";
import { LEFT_HAND, RIGHT_HAND, seen } from "./skeleton.js";
import { StateError } from "./states.js";

const LIVE_SECONDS = 6; // a longer clip holds several signs: it is played to the live session

/**
 * What signing needs of the page.
 * @typedef {object} App
 * @property {() => {topN: number, vocabulary: string[] | null, ownSigns: import("./protocol.js").OwnSigns | null, live: import("./live.js").Settings}} settings
 * @property {(error: Error) => void} fail
 * @property {(open: boolean) => void} question whether the browser's question for the camera is open.
 * @property {(candidates: import("./protocol.js").Candidate[]) => void} result of a clip.
 */

export class Signing {
  /** @type {Camera | Player | null} */
  #running = null;
  /** @type {Clip | null} */
  #clip = null;
  /** @type {AbortController | null} */
  #abort = null;
  /** @type {Holistic | null} */
  #holistic = null;
  #rate = new FrameRate();

  /**
   * @param {import("./stage.js").Stage} stage
   * @param {import("./live.js").Live} live
   * @param {App} app
   */
  constructor(stage, live, app) {
    this.stage = stage;
    this.live = live;
    this.app = app;
  }

  get source() {
    return this.stage.source;
  }

  /** Whether frames are coming. */
  get running() {
    return this.#running !== null;
  }

  /** Stop whatever runs, and let go of the camera. */
  stop() {
    this.#abort?.abort();
    this.#running?.stop();
    this.#running = null;
    this.stage.progress(null);
    this.#clip?.close();
    this.#clip = null;
    this.stage.show("none");
  }

  /** Sign at the camera. */
  camera() {
    return this.#attempt(async (signal) => {
      const advice = new Advice();
      const { stage } = this;
      /** @type {(video: HTMLVideoElement, now: number) => Promise<void>} */
      const look = (video, now) => this.#look(holistic, video, now, advice, camera);
      const end = (/** @type {Error} */ error) => {
        this.stop();
        this.app.fail(error);
      };
      const camera = new Camera(stage.video, look, end, this.app.question);
      this.#running = camera;
      await camera.open();
      if (signal.aborted) return undefined;
      stage.show("camera", camera.aspect);
      const holistic = await this.#load(signal);
      if (signal.aborted) return undefined;
      holistic.reset();
      this.#rate = new FrameRate();
      this.#connect(camera.aspect);
      stage.video.onresize = () => this.#running === camera && this.#turn(camera);
      return camera.run();
    });
  }

  /**
   * A phone was turned: the picture has another shape.
   * @param {Camera} camera
   */
  #turn({ aspect }) {
    this.stage.show("camera", aspect);
    this.#connect(aspect);
  }

  /**
   * @param {Holistic} holistic
   * @param {HTMLVideoElement} video
   * @param {number} now milliseconds.
   * @param {Advice} advice
   * @param {Camera} camera
   */
  async #look(holistic, video, now, advice, camera) {
    const points = await holistic.find(video, now);
    if (this.#running !== camera) return;
    this.live.frame(now, points);
    this.stage.points(points);
    const fps = this.#rate.count();
    this.stage.hint(advice.see(points, now, { aspect: camera.aspect, fps, picture: video }));
    this.stage.pace(`${hands(points)} · ${fps ? `${fps < 3 ? fps.toFixed(1) : Math.round(fps)} frames a second` : "…"}`);
  }

  /**
   * Recognise a video file.
   * @param {File} file
   */
  clip(file) {
    return this.#attempt(async (signal) => {
      const { stage } = this;
      const clip = await Clip.open(file, stage.frame);
      if (signal.aborted) return clip.close();
      this.#clip = clip;
      stage.show("clip", clip.aspect);
      const holistic = await this.#load(signal);
      const found = await landmarks(clip, holistic, stage, signal);
      return found && this.#answer(found, signal);
    });
  }

  /**
   * @param {{frames: Float32Array[], fps: number}} clip
   * @param {AbortSignal} signal
   */
  async #answer({ frames, fps }, signal) {
    const { aspect } = this.stage;
    if (!frames.some((points) => points.some((v) => !Number.isNaN(v)))) throw new StateError("no-landmarks");
    if (frames.length / fps > LIVE_SECONDS) return this.play(joined(frames, fps, aspect), { rate: Math.min(fps, RATE), source: "clip" });
    const { topN, vocabulary, ownSigns } = this.app.settings();
    const asked = predict(frames, { fps, aspect, topN, vocabulary, ownSigns }, signal);
    const candidates = await asked.catch((error) => {
      throw error instanceof Refused ? error : new StateError("unreachable");
    });
    return this.app.result(candidates);
  }

  /**
   * Play some of the examples that the model brings, over the live session.
   * @param {(gloss: string) => Promise<import("./recording.js").Recording|null>} load
   * @param {string[]} labels
   */
  sample(load, labels) {
    return this.#attempt(async (signal) => {
      this.stage.progress("Loading the sample");
      const { vocabulary, ownSigns } = this.app.settings();
      const found = await surest(load, labels, { vocabulary, ownSigns }, signal);
      this.stage.progress(null);
      if (signal.aborted) return;
      if (!found.length) throw new StateError("no-sample");
      this.play(sample(found));
    });
  }

  /**
   * Play a recording to the live session, in real time.
   * @param {import("./recording.js").Recording} recording
   * @param {{rate?: number, source?: "sample"|"clip"}} [options]
   */
  play(recording, { rate = RATE, source = "sample" } = {}) {
    this.stage.show(source, recording.aspect);
    this.#connect(recording.aspect);
    this.#rate = new FrameRate();
    /** @type {(points: Float32Array, now: number) => void} */
    const take = (points, now) => {
      this.live.frame(now, points);
      this.stage.points(points);
      this.stage.pace(`${hands(points)} · ${Math.round(this.#rate.count())} frames a second`);
    };
    const player = new Player(recording, rate, take, () => {
      this.live.command({ type: "end" });
      this.#running = null;
      if (source === "sample") this.stage.show("none");
    });
    this.#running = player;
    const begin = () => this.#running === player && (this.live.open ? player.run() : setTimeout(begin, 50));
    begin();
  }

  /** @param {number} aspect */
  #connect(aspect) {
    this.live.start({ ...this.app.settings().live, aspect });
  }

  /** @param {AbortSignal} signal */
  async #load(signal) {
    const holistic = await (this.#holistic ?? Holistic.load((loaded, total) => !signal.aborted && this.stage.loading(loaded, total), signal));
    this.#holistic = holistic;
    this.stage.progress(null);
    return holistic;
  }

  /**
   * Run one source; whatever goes wrong ends it and is told.
   * @param {(signal: AbortSignal) => Promise<void>} work
   */
  async #attempt(work) {
    this.stop();
    const { signal } = (this.#abort = new AbortController());
    try {
      await work(signal);
    } catch (error) {
      if (signal.aborted) return;
      this.stop();
      this.app.fail(error);
    }
  }
}

/** @param {Float32Array} points */
function hands(points) {
  const [left, right] = [seen(points, LEFT_HAND), seen(points, RIGHT_HAND)];
  return left && right ? "Both hands seen" : left ? "Left hand seen" : right ? "Right hand seen" : "No hands seen";
}
