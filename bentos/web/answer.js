/** The answer for a clip: shown as a phrase of one sign, and as English. */

/** @import { Candidate } from "./protocol.js" */
import { translate } from "./service.js";

export class Answer {
  /** @type {Candidate[] | null} */
  candidates = null; // best first; null: no clip is shown
  #key = "";

  /**
   * @param {import("./captions.js").Captions} captions
   * @param {() => boolean} english whether the server is asked for English.
   * @param {() => string[]} own names of own signs.
   * @param {(text: string, key: string) => void} onEnglish gets it; the same key for the same clip.
   */
  constructor(captions, english, own, onEnglish) {
    this.captions = captions;
    this.english = english;
    this.own = own;
    this.onEnglish = onEnglish;
  }

  /**
   * Show candidates, and put the first of them into English.
   * @param {Candidate[]} candidates
   * @param {string} [key]
   */
  async show(candidates, key = `clip:${performance.now()}`) {
    [this.candidates, this.#key] = [candidates, key];
    this.captions.reset();
    this.captions.take({ type: "committed", sign: 1, candidates, ...candidates[0] });
    const said = this.english() ? await translate([candidates], this.own()).catch(() => null) : null;
    if (this.candidates !== candidates) return;
    const { gloss } = candidates[0];
    this.captions.take({ type: "english", phrase: key, text: said?.text ?? gloss, source: said?.source ?? "glosses", glosses: [gloss] });
    this.onEnglish(said?.text ?? gloss, key);
  }

  /**
   * A person corrects it.
   * @param {string} gloss
   */
  choose(gloss) {
    const others = (this.candidates ?? []).filter((candidate) => candidate.gloss !== gloss);
    return this.show([{ gloss, score: 1 }, ...others], this.#key);
  }
}
