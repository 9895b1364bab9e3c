/** Takes of a sign: cut out of a live session where it says that a sign began and ended, and compared with each other. */

/** @import { Candidate, OwnSigns, ServerEvent } from "./protocol.js" */
import { joined, steady } from "./recording.js";
import { embed } from "./service.js";

const KEPT_MS = 7000; // of frames: longer than any sign
const SURELY = 0.35; // the score from which on takes are taken for another sign

/** The last frames that were sent. */
export class Film {
  /** @type {{ms: number, points: Float32Array}[]} */
  #frames = [];

  /**
   * @param {number} ms
   * @param {Float32Array} points
   */
  add(ms, points) {
    this.#frames.push({ ms, points: points.slice() });
    while (this.#frames[0].ms < ms - KEPT_MS) this.#frames.shift();
  }

  /**
   * What was seen of a sign; null: nothing.
   * @param {{start: number, end: number}} sign milliseconds.
   * @param {number} aspect width / height of the picture.
   */
  cut({ start, end }, aspect) {
    const found = this.#frames.filter(({ ms }) => ms >= start && ms <= end);
    if (!found.length) return null;
    const { frames, fps } = steady(found.map(({ points }) => points), found.map(({ ms }) => ms / 1000));
    return joined(frames, fps, aspect);
  }
}

/**
 * A movement that is over, whatever it was taken for; null: another event.
 * @param {ServerEvent} event
 */
export function ended(event) {
  if (event.type === "committed") return { ...event, short: false };
  return event.type === "none" ? { ...event, candidates: event.candidates ?? [], short: event.why === "too_short" } : null;
}

/**
 * What seems wrong with a sign: each take is recognised by the others, beside all that is known.
 * @param {import("./taughtfile.js").Sign} sign at least two takes.
 * @param {{vocabulary: string[] | null, ownSigns: OwnSigns | null}} known the other signs.
 * @returns {Promise<{like: string | null, odd: number[]}>} the sign that it looks like, and takes unlike the others.
 */
export async function doubts({ name, takes }, { vocabulary, ownSigns }) {
  const told = await Promise.all(takes.map((take) => embed(take)));
  /** @type {Candidate[]} */
  const best = await Promise.all(
    takes.map(async (take, i) => {
      const others = told.filter((_, j) => j !== i).map(({ embedding }) => embedding);
      const signs = [...(ownSigns?.signs ?? []).slice(-99), { name, takes: others }];
      return (await embed(take, { vocabulary, ownSigns: { space: told[0].space, signs } })).predictions[0];
    }),
  );
  const strange = best.filter(({ gloss, score }) => gloss !== name && score >= SURELY).map(({ gloss }) => gloss);
  const like = strange.find((gloss, i) => strange.indexOf(gloss) !== i) ?? null;
  const odd = best.flatMap(({ gloss }, i) => (gloss === name ? [] : [i]));
  return { like, odd: odd.length < takes.length ? odd : takes.map((_, i) => i) };
}
