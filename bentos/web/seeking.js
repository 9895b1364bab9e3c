/** A video element as a source of frames, where the browser has no decoder that gives them one by one. */

import { ClipError, INTO } from "./container.js";
import { context2d } from "./drawing.js";

const STALLED_MS = 60_000;
const SETTLE_MS = 300;

/**
 * What a promise gives; a browser that hangs is waited for, but not for ever.
 * @template T
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
export function answered(promise) {
  let timer = 0;
  /** @type {Promise<never>} */
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new ClipError("No picture came for a minute; the video may be damaged.")), STALLED_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/**
 * @param {HTMLMediaElement} target
 * @param {string} name
 */
function happened(target, name) {
  return new Promise((resolve, reject) => {
    target.addEventListener(name, resolve, { once: true });
    target.addEventListener("error", () => reject(target.error), { once: true });
  });
}

/**
 * A video element that can be sent to any time of the file, or null when it does not play it.
 * @param {File} file
 */
export async function element(file) {
  const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true, preload: "auto" });
  const ready = happened(video, "loadeddata");
  video.src = URL.createObjectURL(file);
  try {
    await answered(ready);
    if (!Number.isFinite(video.duration)) await seek(video, Number.MAX_SAFE_INTEGER); // finds the end
    if (video.videoWidth) return video;
  } catch {
    // it says no more than that it cannot
  }
  URL.revokeObjectURL(video.src);
  return null;
}

/**
 * Go to a time; gives the time of the frame that is shown there, in seconds, where the browser tells. A busy browser
 * may tell of the frame before first: what is not past `last` is waited out.
 * @param {HTMLVideoElement} video
 * @param {number} seconds
 * @param {number} [last]
 */
async function seek(video, seconds, last = -1) {
  /** @type {number | undefined} */
  let told;
  const shown = new Promise((resolve) => {
    /** @type {VideoFrameRequestCallback} */
    const look = (_, { mediaTime }) => {
      told = mediaTime;
      if (told > last) resolve(null);
      else video.requestVideoFrameCallback(look);
    };
    if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(look);
    else resolve(null);
  });
  const there = happened(video, "seeked");
  video.currentTime = seconds;
  await there;
  await Promise.race([shown, new Promise((resolve) => setTimeout(resolve, SETTLE_MS))]);
  return told;
}

/**
 * Draw the frames of these times by sending a video element to each; yields each time.
 * @param {HTMLVideoElement} video
 * @param {number[]} times
 * @param {HTMLCanvasElement} canvas
 */
export async function* sought(video, times, canvas) {
  const context = context2d(canvas);
  let last = -1;
  for (const time of times) {
    const shown = (await seek(video, time + INTO, last)) ?? time;
    if (shown <= last) continue; // some elements end with the beginning of the last frame
    last = shown;
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    yield time;
  }
}
