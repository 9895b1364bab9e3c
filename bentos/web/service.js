/** The service's routes, as the page uses them. */

/** @import { Candidate, KnownGloss, Metadata, Translation } from "./protocol.js" */
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
 * The likeliest glosses of one signed clip. With words to choose from it goes as JSON: an address has no room for them.
 * @param {Float32Array[]} frames landmarks.
 * @param {{fps: number, aspect: number, topN: number, vocabulary: string[]|null}} options
 * @param {AbortSignal} [signal]
 * @returns {Promise<Candidate[]>} best first
 */
export async function predict(frames, { fps, aspect, topN, vocabulary }, signal) {
  const how = { fps, aspect, top_n: topN };
  const asked = vocabulary
    ? answer("/predict", { ...json({ ...how, vocabulary, landmarks: listClip(frames) }), signal })
    : answer(`/predict?${new URLSearchParams(Object.entries(how).map(([name, value]) => [name, String(value)]))}`, { method: "POST", headers: { "content-type": MEDIA_TYPE }, body: encodeClip(frames), signal });
  return (await asked).predictions;
}

/**
 * English for signs.
 * @param {Candidate[][]} signs each a list of candidates, best first.
 * @returns {Promise<Translation>}
 */
export const translate = (signs) =>
  answer("/translate", json({ candidates: signs.map((s) => s.slice(0, 10).map(({ gloss, score }) => ({ gloss, score }))) }));

/**
 * The example of a gloss.
 * @param {string} gloss
 * @returns {Promise<ArrayBuffer|null>} null when the model brings none.
 */
export async function example(gloss) {
  const response = await fetch(`/vocabulary/${encodeURIComponent(gloss)}`);
  return response.ok ? response.arrayBuffer() : null;
}
