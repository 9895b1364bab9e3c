/** The service's routes, as the page uses them. */

/** @import { Candidate, Embedded, KnownGloss, Metadata, OwnSigns, Translation } from "./protocol.js" */
import { MEDIA_TYPE, encodeClip, listClip } from "./wire.js";

/** The service said no, in a sentence. */
export class Refused extends Error {
  /**
   * @param {number} status of HTTP.
   * @param {string} sentence
   */
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>} the JSON of the answer.
 */
async function answer(path, options = {}) {
  const response = await fetch(path, options);
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, body.error ?? body.reason ?? `${path} gives ${response.status}`);
  return body;
}

/** @param {object} content */
const json = (content) => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(content),
});

/** Throws when no model serves. */
export const health = () => answer("/health");

/**
 * The model that serves.
 * @returns {Promise<Metadata>}
 */
export const metadata = () => answer("/metadata");

/**
 * The words of the model, in its order.
 * @returns {Promise<KnownGloss[]>}
 */
export const words = async () => (await answer("/vocabulary")).glosses;

/**
 * What a clip is asked with.
 * @typedef {object} Asked
 * @property {number} fps frames a second.
 * @property {number} aspect width / height.
 * @property {number} [topN] candidates wanted.
 * @property {string[] | null} [vocabulary] words to choose from.
 * @property {OwnSigns | null} [ownSigns] signs to choose from as well.
 */

/**
 * Ask about one clip. With words or own signs to choose from it goes as JSON: an address has no room for them.
 * @param {"/predict" | "/embed"} path
 * @param {Float32Array[]} frames landmarks.
 * @param {Asked} asked
 * @param {AbortSignal} [signal]
 */
function ask(path, frames, { fps, aspect, topN = 5, vocabulary = null, ownSigns = null }, signal) {
  const how = { fps, aspect, top_n: topN };
  if (vocabulary || ownSigns) return answer(path, { ...json({ ...how, vocabulary, own_signs: ownSigns, landmarks: listClip(frames) }), signal });
  const query = new URLSearchParams(Object.entries(how).map(([name, value]) => [name, String(value)]));
  return answer(`${path}?${query}`, { method: "POST", headers: { "content-type": MEDIA_TYPE }, body: encodeClip(frames), signal });
}

/**
 * The likeliest glosses of one signed clip.
 * @param {Float32Array[]} frames landmarks.
 * @param {Asked} asked
 * @param {AbortSignal} [signal]
 * @returns {Promise<Candidate[]>} best first
 */
export const predict = async (frames, asked, signal) => (await ask("/predict", frames, asked, signal)).predictions;

/**
 * Where a recording lies among all signs, and what it may be.
 * @param {import("./recording.js").Recording} recording
 * @param {Partial<Asked>} [asked]
 * @returns {Promise<Embedded>}
 */
export const embed = (recording, asked = {}) => ask("/embed", recording.each(), { fps: recording.fps, aspect: recording.aspect, ...asked });

/**
 * English for signs.
 * @param {Candidate[][]} signs each a list of candidates, best first.
 * @param {string[]} own names of own signs.
 * @returns {Promise<Translation>}
 */
export const translate = (signs, own) =>
  answer("/translate", json({ candidates: signs.map((s) => s.slice(0, 10).map(({ gloss, score }) => ({ gloss, score }))), own_signs: own }));

/**
 * The example of a gloss.
 * @param {string} gloss
 * @returns {Promise<ArrayBuffer|null>} null when the model brings none.
 */
export async function example(gloss) {
  const response = await fetch(`/vocabulary/${encodeURIComponent(gloss)}`);
  return response.ok ? response.arrayBuffer() : null;
}
