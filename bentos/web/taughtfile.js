/** Own signs as a file that people keep, and give to each other: JSON, in which a take is what GET /vocabulary/… gives. */

import { Recording } from "./recording.js";

export const MOST_SIGNS = 100;
export const MOST_TAKES = 5;
const MOST_BYTES = 64 * 2 ** 20;
const MOST_FRAMES = 512;
const KIND = "islr own signs";
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}_ '’.\-]{0,39}$/u; // as the service has it

/** @typedef {{name: string, takes: Recording[]}} Sign that a person taught. */

/** A file, or a name, that cannot be used; the message is for people. */
export class TaughtError extends Error {}

/**
 * A name as it is kept.
 * @param {unknown} given
 * @throws {TaughtError}
 */
export function named(given) {
  const name = typeof given === "string" ? given.normalize("NFC").replace(/\s+/g, " ").trim() : "";
  if (!NAME.test(name)) throw new TaughtError("A name has 1 to 40 letters and digits; spaces, dots, hyphens and apostrophes may stand between them.");
  return name;
}

/**
 * @param {Sign[]} signs
 * @returns {Blob}
 */
export function written(signs) {
  const told = signs.map(({ name, takes }) => ({ name, takes: takes.map((take) => text(take.write())) }));
  return new Blob([JSON.stringify({ kind: KIND, version: 1, signs: told })], { type: "application/json" });
}

/**
 * @param {File} file
 * @returns {Promise<Sign[]>}
 * @throws {TaughtError}
 */
export async function read(file) {
  if (file.size > MOST_BYTES) throw new TaughtError(`The file has ${Math.ceil(file.size / 2 ** 20)} MB; own signs have at most ${MOST_BYTES / 2 ** 20}.`);
  const wrong = `“${file.name.slice(0, 60)}” holds no own signs that were exported here.`;
  /** @type {any} */
  let content;
  try {
    content = JSON.parse(await file.text());
  } catch {
    throw new TaughtError(wrong);
  }
  if (content?.kind !== KIND || content.version !== 1 || !Array.isArray(content.signs)) throw new TaughtError(wrong);
  if (content.signs.length > MOST_SIGNS) throw new TaughtError(`The file holds more than ${MOST_SIGNS} signs.`);
  /** @type {Sign[]} */
  const signs = content.signs.map(sign);
  if (new Set(signs.map(({ name }) => name)).size < signs.length) throw new TaughtError("The file holds two signs of the same name.");
  return signs;
}

/**
 * @param {any} told
 * @param {number} i
 * @returns {Sign}
 */
function sign(told, i) {
  const takes = told?.takes;
  if (!Array.isArray(takes) || !takes.length || takes.length > MOST_TAKES) throw new TaughtError(`Sign ${i + 1} of the file has not one to ${MOST_TAKES} takes.`);
  return { name: named(told.name), takes: takes.map((take, j) => recording(take, `Take ${j + 1} of sign ${i + 1} of the file`)) };
}

/**
 * @param {unknown} take
 * @param {string} which
 */
function recording(take, which) {
  /** @type {Recording | null} */
  let found = null;
  try {
    found = Recording.read(bytes(String(take)));
  } catch {
    // no base64, or not as long as it says
  }
  const right = found && found.fps >= 1 && found.fps <= 240 && found.aspect >= 0.1 && found.aspect <= 10;
  const whole = found && Number.isInteger(found.frames) && found.frames >= 1 && found.frames <= MOST_FRAMES;
  if (!found || !right || !whole || found.values.some((v) => Math.abs(v) > 100)) throw new TaughtError(`${which} is no recording.`);
  if (found.values.every(Number.isNaN)) throw new TaughtError(`${which} shows nobody.`);
  return found;
}

/** @param {string} base64 */
function bytes(base64) {
  const binary = atob(base64);
  const found = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) found[i] = binary.charCodeAt(i);
  return found.buffer;
}

/** @param {ArrayBuffer} buffer */
function text(buffer) {
  const all = new Uint8Array(buffer);
  let binary = "";
  for (let i = 0; i < all.length; i += 8192) binary += String.fromCharCode(...all.subarray(i, i + 8192));
  return btoa(binary);
}
