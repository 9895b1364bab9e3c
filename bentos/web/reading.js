/** From a clip to its landmarks. */

import { slowness } from "./advice.js";
import { FrameRate } from "./framerate.js";
import { steady } from "./recording.js";

const STEP_MS = 1000 / 30; // between frames, as the extractor has it whatever the clip's own rate

/**
 * Landmarks of a clip, at a steady rate; nothing when it was stopped.
 * @param {import("./clip.js").Clip} clip
 * @param {import("./holistic.js").Holistic} holistic
 * @param {import("./stage.js").Stage} stage shows how far it is.
 * @param {AbortSignal} signal
 */
export async function landmarks(clip, holistic, stage, signal) {
  const [all, rate] = [clip.times.length, new FrameRate()];
  /** @type {Float32Array[]} */
  const frames = [];
  /** @type {number[]} */
  const times = [];
  holistic.reset();
  for await (const time of clip.frames(signal)) {
    stage.progress(`Looking at frame ${frames.length + 1} of ${all}`, frames.length / all);
    const points = await holistic.find(stage.frame, (frames.length + 1) * STEP_MS);
    if (signal.aborted) return undefined;
    stage.points(points);
    frames.push(points);
    times.push(time);
    const slow = slowness(rate.count() || Infinity, all - frames.length, holistic.software);
    stage.hint(`${clip.limit} ${slow}`.trim());
  }
  if (signal.aborted) return undefined;
  const lost = frames.length < all ? `Only ${frames.length} of ${all} frames can be decoded: the file is damaged, or cut off.` : "";
  stage.hint(`${clip.limit} ${lost}`.trim());
  stage.progress(null);
  return steady(frames, times);
}
