/** A video file as a source of frames: stepped through by seeking, so that no frame is missed, however slow the work. */

const PLAYABLE = /\.(mp4|m4v|webm|mov)$/i;
const FIRST_STEP = 1 / 60; // seconds; until two frames have shown how far apart they are
const LONGEST = 60; // seconds of a file that are looked at
const MOST_FPS = 30;
const STALLED_MS = 4000;
const SETTLE_MS = 300;

/** The file cannot be used; the message is for people. */
export class ClipError extends Error {}

/** Why a file cannot be used, or "" when it may be. */
export function refusal(file) {
  if (/\.avi$/i.test(file.name)) {
    return "Browsers do not play AVI. Convert it first, for example with HandBrake or `ffmpeg -i clip.avi clip.mp4`.";
  }
  if (PLAYABLE.test(file.name) || file.type.startsWith("video/")) return "";
  return `${file.name} is no video that browsers play. Right are mp4, webm and mov.`;
}

function once(target, good, bad, milliseconds) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new ClipError("The video does not answer; it may be damaged.")), milliseconds);
    target.addEventListener(good, () => (clearTimeout(timer), resolve()), { once: true });
    const failed = () => (clearTimeout(timer), reject(new ClipError("This browser cannot decode the video. Try mp4 (H.264) or webm.")));
    target.addEventListener(bad, failed, { once: true });
  });
}

/** Show a file in a video element, paused at its start. */
export async function open(video, file) {
  const said = refusal(file);
  if (said) throw new ClipError(said);
  const ready = once(video, "loadeddata", "error", STALLED_MS * 4);
  video.src = URL.createObjectURL(file);
  await ready;
  if (!video.videoWidth) throw new ClipError("The file holds sound but no picture.");
}

/** Forget the file. */
export function close(video) {
  if (video.src) URL.revokeObjectURL(video.src);
  video.removeAttribute("src");
  video.load();
}

/** Go to a time; gives the time of the frame that is shown there, in seconds, or null when that is the one before. */
async function seek(video, seconds) {
  const shown = new Promise((resolve) => {
    video.requestVideoFrameCallback?.((_, { mediaTime }) => resolve(mediaTime));
  });
  const there = once(video, "seeked", "error", STALLED_MS);
  video.currentTime = seconds;
  await there;
  const settled = new Promise((resolve) => setTimeout(resolve, SETTLE_MS, null));
  const found = await Promise.race([shown, settled]);
  return video.requestVideoFrameCallback ? found : seconds;
}

/**
 * The frames of the video, each once, in order; the video shows the frame while its time is handed out.
 * @param {HTMLVideoElement} video as `open` leaves it.
 * @param {AbortSignal} signal ends it.
 * @yields {number} seconds from the start.
 */
export async function* frames(video, signal) {
  const end = Math.min(video.duration, LONGEST);
  let step = FIRST_STEP;
  let last = -1;
  for (let target = 0; target < end && !signal.aborted; ) {
    const shown = await seek(video, target);
    if (shown === null || shown <= last + 1e-4) {
      target += step / 2; // still the same frame
      continue;
    }
    if (last >= 0 && step === FIRST_STEP) step = Math.max(shown - last, 1 / MOST_FPS);
    yield shown;
    last = shown;
    target = shown + (step === FIRST_STEP ? step : step * 1.02 + 0.001);
  }
}

/** What to say of a clip that is longer than what is looked at, or "". */
export const tooLong = (video) => (video.duration > LONGEST ? `Only the first ${LONGEST} seconds are looked at.` : "");

/** Frames to expect, for the progress bar. */
export const expected = (video, found, seconds) =>
  found > 1 ? Math.round((Math.min(video.duration, LONGEST) * (found - 1)) / seconds) : Math.round(video.duration * 25);
