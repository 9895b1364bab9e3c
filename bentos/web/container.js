/** A video file: which frames it holds, and what the browser's decoder (WebCodecs) makes of them. Read by Mediabunny. */

import { context2d } from "./drawing.js";
import { asset } from "./holistic.js";
import { StateError } from "./states.js";

const LONGEST = 60; // seconds of a file that are looked at
const REORDERED = 2; // seconds by which a file may hold its frames out of order
const CLOSEST = 0.022; // seconds; of a faster video every second frame is enough, as the model sees 25 a second
export const INTO = 0.001; // seconds from a frame's beginning to a time at which it is surely shown
/** @type {Record<string, string>} */
const CODECS = { avc: "H.264", hevc: "HEVC", av1: "AV1", vp8: "VP8", vp9: "VP9", prores: "ProRes", mp4v: "MPEG-4 Part 2" };

/**
 * What is needed of a video track as Mediabunny has it.
 * @typedef {object} Track
 * @property {() => Promise<string | null>} getCodec
 * @property {() => Promise<unknown>} getInternalCodecId
 * @property {() => Promise<boolean>} canDecode
 * @property {() => Promise<number>} getDisplayWidth pixels.
 * @property {() => Promise<number>} getDisplayHeight pixels.
 */

/** The file cannot be used; the message is for people. */
export class ClipError extends StateError {
  /** @param {string} message */
  constructor(message) {
    super("clip", message);
  }
}

/** @type {Promise<any> | null} */
let library = null;

/** Mediabunny, which reads MP4, MOV, WebM and Matroska; loaded when it is first needed: 0.2 MB over the line. */
const mediabunny = () => (library ??= load());

async function load() {
  try {
    const { base } = await (await asset("/assets/mediabunny.json")).json();
    return await import(`/assets/${base}mediabunny.min.mjs`);
  } catch (error) {
    library = null; // it may be there next time
    throw error instanceof StateError ? error : new StateError("no-models");
  }
}

/** Says of a frame's time whether the frame is far enough from the one before that was. */
function sparse() {
  let last = -Infinity;
  return (/** @type {number} */ time) => time - last >= CLOSEST && ((last = time), true);
}

/**
 * Times of a track's frames in seconds, rising, and what to say when there are more than are looked at.
 * @param {Track} track
 */
export async function timesOf(track) {
  const { EncodedPacketSink } = await mediabunny();
  /** @type {number[]} */
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

/** @param {Track} track */
export async function codecOf(track) {
  const name = (await track.getCodec()) ?? String((await track.getInternalCodecId()) ?? "this kind of");
  return CODECS[name] ?? name.replace(/^V_/, "");
}

/**
 * The only track that matters, and its file.
 * @param {File} file
 * @returns {Promise<{input: {dispose: () => void}, track: Track}>}
 * @throws {ClipError}
 */
export async function open(file) {
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

/**
 * Draw the frames of these times, as the browser's decoder gives them; yields each time.
 * @param {Track} track
 * @param {number[]} times
 * @param {HTMLCanvasElement} canvas
 */
export async function* decoded(track, times, canvas) {
  const { VideoSampleSink } = await mediabunny();
  const context = context2d(canvas);
  const wanted = sparse();
  for await (const sample of new VideoSampleSink(track).samples(times[0], times[times.length - 1] + INTO)) {
    const { timestamp } = sample;
    const looked = wanted(timestamp);
    if (looked) sample.draw(context, 0, 0, canvas.width, canvas.height);
    sample.close();
    if (looked) yield timestamp;
  }
}
