/** The service's routes, as the page uses them. */

import { MEDIA_TYPE, encodeClip, listClip } from "./wire.js";

/** The service said no, in a sentence. */
export class Refused extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

async function answer(path, options = {}) {
  const response = await fetch(path, options);
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, body.error ?? body.reason ?? `${path} gives ${response.status}`);
  return body;
}

const json = (content) => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(content),
});

export const health = () => answer("/health");
export const metadata = () => answer("/metadata");

/**
 * The words of the model, in its order.
 * @returns {Promise<{gloss: string, clips: number|null, signers: number|null, figure: boolean}[]>}
 */
export const words = async () => (await answer("/vocabulary")).glosses;

/**
 * The likeliest glosses of one signed clip. With words to choose from it goes as JSON: an address has no room for them.
 * @param {Float32Array[]} frames landmarks.
 * @param {{fps: number, aspect: number, topN: number, vocabulary: string[]|null}} options
 * @returns {Promise<{gloss: string, score: number}[]>}
 */
export async function predict(frames, { fps, aspect, topN, vocabulary }, signal) {
  const how = { fps, aspect, top_n: topN };
  const asked = vocabulary
    ? answer("/predict", { ...json({ ...how, vocabulary, landmarks: listClip(frames) }), signal })
    : answer(`/predict?${new URLSearchParams(how)}`, { method: "POST", headers: { "content-type": MEDIA_TYPE }, body: encodeClip(frames), signal });
  return (await asked).predictions;
}

/** English for signs, each a list of candidates, best first. */
export const translate = (signs) =>
  answer("/translate", json({ candidates: signs.map((s) => s.slice(0, 10).map(({ gloss, score }) => ({ gloss, score }))) }));

/**
 * The example of a gloss.
 * @returns {Promise<ArrayBuffer|null>} null when the model brings none.
 */
export async function example(gloss) {
  const response = await fetch(`/vocabulary/${encodeURIComponent(gloss)}`);
  return response.ok ? response.arrayBuffer() : null;
}
