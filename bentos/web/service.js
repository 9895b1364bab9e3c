/** The service's routes, as the page uses them. */

import { MEDIA_TYPE, encodeClip } from "./wire.js";

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
 * The likeliest glosses of one signed clip.
 * @param {Float32Array[]} frames landmarks.
 * @param {{fps: number, aspect: number, topN: number}} options
 * @returns {Promise<{gloss: string, score: number}[]>}
 */
export async function predict(frames, { fps, aspect, topN }, signal) {
  const query = new URLSearchParams({ fps, aspect, top_n: topN });
  const options = { method: "POST", headers: { "content-type": MEDIA_TYPE }, body: encodeClip(frames), signal };
  return (await answer(`/predict?${query}`, options)).predictions;
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
