/** The built-in sample: of the examples that the model brings, those that it recognises most surely. */

import { inARow } from "./recording.js";
import { predict } from "./service.js";

const LOOKED = 16; // examples that are asked about
const SIGNS = 6; // of them are played
const REST = 0.45; // seconds without hands before and after each

/** @typedef {{gloss: string, recording: import("./recording.js").Recording}} Example */

/**
 * The examples to play, in the order given. An example is drawn from several people's signing, and some of them come
 * out like another sign: a newcomer should not meet those first.
 * @param {(gloss: string) => Promise<import("./recording.js").Recording|null>} load
 * @param {string[]} glosses that have an example.
 * @param {Pick<import("./service.js").Asked, "vocabulary" | "ownSigns">} asked what is chosen from.
 * @param {AbortSignal} [signal]
 * @returns {Promise<Example[]>}
 */
export async function surest(load, glosses, asked, signal) {
  /** @type {(gloss: string) => Promise<(Example & {score: number})[]>} */
  const look = async (gloss) => {
    const recording = await load(gloss);
    if (!recording) return [];
    const { fps, aspect } = recording;
    const [best] = await predict(recording.each(), { fps, aspect, ...asked }, signal).catch(() => []);
    return [{ gloss, recording, score: best?.gloss === gloss ? best.score : 0 }];
  };
  const found = (await Promise.all(glosses.slice(0, LOOKED).map(look))).flat();
  const best = new Set([...found].sort((a, b) => b.score - a.score).slice(0, SIGNS));
  return found.filter((example) => best.has(example));
}

/**
 * Examples as one recording.
 * @param {Example[]} examples at least one.
 */
export const sample = (examples) => inARow(examples.map(({ recording }) => recording), REST);
