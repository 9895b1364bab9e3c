/** Which model serves: looked at every few seconds. */

/** @import { KnownGloss, Metadata } from "./protocol.js" */
import { Refused, health, metadata, words } from "./service.js";

const LOOK_MS = 10_000;

/** @param {Partial<Metadata>} model */
const key = ({ version, run_id, vocabulary }) => JSON.stringify([version, run_id, vocabulary]);

export class Serving {
  /** @type {Metadata | null} */
  model = null;

  /**
   * @param {(model: Metadata, words: KnownGloss[]) => void} onModel another model serves now.
   * @param {() => void} onAnswer a model serves.
   * @param {(refused: Refused | null) => void} onNone no model serves, or the server does not answer.
   */
  constructor(onModel, onAnswer, onNone) {
    this.onModel = onModel;
    this.onAnswer = onAnswer;
    this.onNone = onNone;
  }

  /** Look from here on. */
  async watch() {
    await this.look();
    setTimeout(() => this.watch(), LOOK_MS);
  }

  /** Look now. */
  async look() {
    try {
      await health();
      const model = await metadata();
      this.onAnswer();
      if (key(model) !== key(this.model ?? {})) this.#take(model, await words());
    } catch (error) {
      this.onNone(error instanceof Refused ? error : null);
    }
  }

  /**
   * @param {Metadata} model
   * @param {KnownGloss[]} known
   */
  #take(model, known) {
    if (known.length !== model.labels.length) return; // another version took over between the two answers
    this.model = model;
    this.onModel(model, known);
  }
}
