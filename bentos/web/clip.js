/**
 * A video file as a source of frames: each of them once, with its own time, however slow the work. The file itself
 * says which frames there are; the browser decodes them one after the other (WebCodecs), or, where it has no such
 * decoder, a video element is sent to the time of each.
 */

import { asset } from "./holistic.js";

const LONGEST = 60; // seconds of a file that are looked at
const REORDERED = 2; // seconds by which a file may hold its frames out of order
const CLOSEST = 0.022; // seconds; of a faster video every second frame is enough, as the model sees 25 a second
const INTO = 0.001; // seconds from a frame's beginning to a time at which it is surely shown
const STALLED_MS = 60_000;
const SETTLE_MS = 300;
const CODECS = { avc: "H.264", hevc: "HEVC", av1: "AV1", vp8: "VP8", vp9: "VP9", prores: "ProRes", mp4v: "MPEG-4 Part 2" };
const IPHONE = " An iPhone films in H.264 when Settings, Camera, Formats is “Most Compatible”.";

/** The file cannot be used; the message is for people. */
export class ClipError extends Error {}

let library = null;

/** Mediabunny, which reads MP4, MOV, WebM and Matroska; loaded when it is first needed: 0.2 MB over the line. */
const mediabunny = () => (library ??= load());

async function load() {
  try {
    const { base } = await (await asset("/assets/mediabunny.json")).json();
    return await import(`/assets/${base}mediabunny.min.mjs`);
  } catch (error) {
    library = null; // it may be there next time
    throw error.kind ? error : Object.assign(new Error(), { kind: "no-models" });
  }
}

/** What a promise gives; a browser that hangs is waited for, but not for ever. */
function answered(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new ClipError("No picture came for a minute; the video may be damaged.")), STALLED_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Leave a generator; not waited for, as what hangs must not hold up the rest. */
const leave = (generator) => void generator.return().catch(() => {});

function happened(target, name) {
  return new Promise((resolve, reject) => {
    target.addEventListener(name, resolve, { once: true });
    target.addEventListener("error", () => reject(target.error), { once: true });
  });
}

/** Says of a frame's time whether the frame is far enough from the one before that was. */
function sparse() {
  let last = -Infinity;
  return (time) => time - last >= CLOSEST && ((last = time), true);
}

/** Times of a track's frames in seconds, rising, and what to say when there are more than are looked at. */
async function timesOf(track) {
  const { EncodedPacketSink } = await mediabunny();
  const times = [];
  for await (const { timestamp } of new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true })) {
    if (timestamp >= 0) times.push(timestamp); // what lies before is only there to decode the rest
    if (timestamp > times[0] + LONGEST + REORDERED) break;
  }
  times.sort((a, b) => a - b);
  const within = times.filter((time) => time < times[0] + LONGEST);
  const limit = within.length < times.length ? `Only the first ${LONGEST} seconds are looked at.` : "";
  return { times: within.filter(sparse()), limit };
}

async function codecOf(track) {
  const name = (await track.getCodec()) ?? String((await track.getInternalCodecId()) ?? "this kind of");
  return CODECS[name] ?? name.replace(/^V_/, "");
}

/** The only track that matters, and its file. */
async function open(file) {
  const { ALL_FORMATS, BlobSource, Input } = await mediabunny();
  const input = new Input({ source: new BlobSource(file), formats: ALL_FORMATS });
  if (!(await input.canRead())) {
    if (/\.avi$/i.test(file.name)) {
      throw new ClipError("Browsers do not play AVI. Convert it first, for example with HandBrake or `ffmpeg -i clip.avi clip.mp4`.");
    }
    throw new ClipError(`This browser cannot decode ${file.name}: it is damaged, or no video. Right are mp4, webm and mov.`);
  }
  const track = await input.getPrimaryVideoTrack();
  if (track) return { input, track };
  if (await input.getPrimaryAudioTrack()) throw new ClipError("The file holds sound but no picture.");
  throw new ClipError("The file holds no picture, or is cut off.");
}

/** `times`: of the frames that are looked at, in seconds; `limit`: what to say of the rest, or "". */
export class Clip {
  #file;
  #input;
  #track;
  #canvas;
  #video = null; // where the browser has no decoder that gives frame by frame

  /**
   * Open a file and draw its first frame.
   * @param {File} file
   * @param {HTMLCanvasElement} canvas gets the upright picture, unmirrored.
   * @returns {Promise<Clip>}
   * @throws {ClipError}
   */
  static async open(file, canvas) {
    const clip = new Clip();
    clip.#file = file;
    clip.#canvas = canvas;
    try {
      await clip.#prepare();
      return clip;
    } catch (error) {
      clip.close();
      if (error instanceof ClipError || error.kind) throw error;
      throw new ClipError(`${file.name} cannot be read: ${error.message}`);
    }
  }

  async #prepare() {
    const { input, track } = await open(this.#file);
    [this.#input, this.#track] = [input, track];
    Object.assign(this, await timesOf(track));
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

/** Draw the frames of these times, as the browser's decoder gives them; yields each time. */
async function* decoded(track, times, canvas) {
  const { VideoSampleSink } = await mediabunny();
  const context = canvas.getContext("2d");
  const wanted = sparse();
  for await (const sample of new VideoSampleSink(track).samples(times[0], times.at(-1) + INTO)) {
    const { timestamp } = sample;
    const looked = wanted(timestamp);
    if (looked) sample.draw(context, 0, 0, canvas.width, canvas.height);
    sample.close();
    if (looked) yield timestamp;
  }
}

/** A video element that can be sent to any time of the file, or null when it does not play it. */
async function element(file) {
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
 */
async function seek(video, seconds, last = -1) {
  let told;
  const shown = new Promise((resolve) => {
    const look = (_, { mediaTime }) => ((told = mediaTime) > last ? resolve() : video.requestVideoFrameCallback(look));
    video.requestVideoFrameCallback?.(look) ?? resolve();
  });
  const there = happened(video, "seeked");
  video.currentTime = seconds;
  await there;
  await Promise.race([shown, new Promise((resolve) => setTimeout(resolve, SETTLE_MS))]);
  return told;
}

/** Draw the frames of these times by sending a video element to each; yields each time. */
async function* sought(video, times, canvas) {
  const context = canvas.getContext("2d");
  let last = -1;
  for (const time of times) {
    const shown = (await seek(video, time + INTO, last)) ?? time;
    if (shown <= last) continue; // some elements end with the beginning of the last frame
    last = shown;
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    yield time;
  }
}
