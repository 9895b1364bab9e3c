/** From a camera, a clip or a recording to landmarks, and from landmarks to the service. */

import { Advice, slowness } from "./advice.js";
import { Camera } from "./camera.js";
import { Clip } from "./clip.js";
import { Holistic } from "./holistic.js";
import { Player, RATE, Recording, inARow, steady } from "./recording.js";
import { Refused, predict } from "./service.js";
import { LEFT_HAND, RIGHT_HAND, VALUES, seen } from "./skeleton.js";

const LIVE_SECONDS = 6; // a longer clip holds several signs: it is played to the live session
const CLIP_STEP_MS = 1000 / 30; // between frames, as the extractor has it whatever the clip's own rate
const SAMPLE_REST = 0.45; // seconds without hands before and after each sign of the sample
const SAMPLE_SIGNS = 6;
const PACE_FRAMES = 25;

export class Signing {
  #running = null; // {stop()}
  #clip = null;
  #abort = null;
  #holistic = null;
  #times = [];

  /**
   * @param {import("./stage.js").Stage} stage
   * @param {import("./live.js").Live} live
   * @param {{settings: () => {topN: number, vocabulary: string[]|null, live: object}, fail: (error: Error) => void, question: (open: boolean) => void, result: (candidates: object[]) => void, ended: () => void}} app
   */
  constructor(stage, live, app) {
    Object.assign(this, { stage, live, app });
  }

  get source() {
    return this.stage.source ?? "none";
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
      const look = (video, now) => this.#look(video, now, advice, camera);
      const end = (error) => {
        this.stop();
        this.app.fail(error);
      };
      const camera = new Camera(stage.video, look, end, this.app.question);
      this.#running = camera;
      await camera.open();
      if (signal.aborted) return undefined;
      stage.show("camera", camera.aspect);
      await this.#load(signal);
      if (signal.aborted) return undefined;
      this.#holistic.reset();
      this.#times = [];
      this.#connect(camera.aspect);
      stage.video.onresize = () => this.#running === camera && this.#turn(camera);
      return camera.run();
    });
  }

  /** A phone was turned: the picture has another shape. */
  #turn({ aspect }) {
    this.stage.show("camera", aspect);
    this.#connect(aspect);
  }

  async #look(video, now, advice, camera) {
    const points = await this.#holistic.find(video, now);
    if (this.#running !== camera) return;
    this.live.frame(now, points);
    this.stage.points(points);
    const fps = this.#pace();
    this.stage.hint(advice.see(points, now, { aspect: camera.aspect, fps, picture: video }));
    this.stage.pace(`${hands(points)} · ${fps ? `${fps < 3 ? fps.toFixed(1) : Math.round(fps)} frames a second` : "…"}`);
  }

  /** Frames a second, over the last frames; 0 until there are some. */
  #pace() {
    this.#times = [...this.#times.slice(-PACE_FRAMES), performance.now()];
    const frames = this.#times.length - 1;
    return frames > 2 ? (frames * 1000) / (this.#times[frames] - this.#times[0]) : 0;
  }

  /** Recognise a video file. */
  clip(file) {
    return this.#attempt(async (signal) => {
      const { stage } = this;
      const clip = await Clip.open(file, stage.frame);
      if (signal.aborted) return clip.close();
      this.#clip = clip;
      stage.show("clip", clip.aspect);
      await this.#load(signal);
      const found = await this.#landmarks(clip, signal);
      if (signal.aborted) return undefined;
      stage.progress(null);
      return this.#answer(found, signal);
    });
  }

  /** Landmarks of a clip, at a steady rate: {frames, fps}. */
  async #landmarks(clip, signal) {
    const { stage } = this;
    const [frames, times, all] = [[], [], clip.times.length];
    this.#holistic.reset();
    this.#times = [];
    for await (const time of clip.frames(signal)) {
      stage.progress(`Looking at frame ${frames.length + 1} of ${all}`, frames.length / all);
      const points = await this.#holistic.find(stage.frame, (frames.length + 1) * CLIP_STEP_MS);
      if (signal.aborted) return undefined;
      stage.points(points);
      frames.push(points);
      times.push(time);
      const slow = slowness(this.#pace() || Infinity, all - frames.length, this.#holistic.software);
      stage.hint(`${clip.limit} ${slow}`.trim());
    }
    if (signal.aborted) return undefined;
    const lost = frames.length < all ? `Only ${frames.length} of ${all} frames can be decoded: the file is damaged, or cut off.` : "";
    stage.hint(`${clip.limit} ${lost}`.trim());
    return steady(frames, times);
  }

  async #answer({ frames, fps }, signal) {
    const { aspect } = this.stage;
    if (!frames.some((points) => points.some((v) => !Number.isNaN(v)))) throw Object.assign(new Error(), { kind: "no-landmarks" });
    if (frames.length / fps > LIVE_SECONDS) return this.play(joined(frames, fps, aspect), { rate: Math.min(fps, RATE), source: "clip" });
    const { topN, vocabulary } = this.app.settings();
    const asked = predict(frames, { fps, aspect, topN, vocabulary }, signal);
    const candidates = await asked.catch((error) => {
      throw error instanceof Refused ? error : Object.assign(new Error(), { kind: "unreachable" });
    });
    return this.app.result(candidates);
  }

  /**
   * Play some of the examples that the model brings, over the live session.
   * @param {(gloss: string) => Promise<Recording|null>} load
   * @param {string[]} labels
   */
  sample(load, labels) {
    return this.#attempt(async (signal) => {
      this.stage.progress("Loading the sample");
      const found = (await Promise.all(labels.slice(0, SAMPLE_SIGNS).map(load))).filter(Boolean);
      this.stage.progress(null);
      if (signal.aborted) return;
      if (!found.length) throw Object.assign(new Error(), { kind: "no-sample" });
      this.play(inARow(found, SAMPLE_REST));
    });
  }

  /**
   * Play a recording to the live session, in real time.
   * @param {Recording} recording
   * @param {{rate?: number, source?: "sample"|"clip"}} [options]
   */
  play(recording, { rate = RATE, source = "sample" } = {}) {
    this.stage.show(source, recording.aspect);
    this.#connect(recording.aspect);
    this.#times = [];
    const take = (points, now) => {
      this.live.frame(now, points);
      this.stage.points(points);
      this.stage.pace(`${hands(points)} · ${Math.round(this.#pace())} frames a second`);
    };
    const player = new Player(recording, rate, take, () => {
      this.live.command({ type: "end" });
      this.#running = null;
      if (source === "sample") this.stage.show("none");
      this.app.ended();
    });
    this.#running = player;
    const begin = () => this.#running === player && (this.live.open ? player.run() : setTimeout(begin, 50));
    begin();
  }

  #connect(aspect) {
    this.live.start({ ...this.app.settings().live, aspect });
  }

  async #load(signal) {
    this.#holistic ??= await Holistic.load((loaded, total) => !signal.aborted && this.stage.loading(loaded, total), signal);
    this.stage.progress(null);
  }

  /** Run one source; whatever goes wrong ends it and is told. */
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

function joined(frames, fps, aspect) {
  const values = new Float32Array(frames.length * VALUES);
  frames.forEach((points, i) => values.set(points, i * VALUES));
  return new Recording(values, fps, aspect);
}

function hands(points) {
  const [left, right] = [seen(points, LEFT_HAND), seen(points, RIGHT_HAND)];
  return left && right ? "Both hands seen" : left ? "Left hand seen" : right ? "Right hand seen" : "No hands seen";
}
