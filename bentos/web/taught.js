/** The signs that a person taught: kept in this browser, and embedded by whichever version of the model serves. */

/** @import { Metadata, OwnSigns } from "./protocol.js" */
/** @import { Sign } from "./taughtfile.js" */
/** @import { Taught as Kept } from "./taughtstore.js" */
import { embed } from "./service.js";
import { MOST_SIGNS, TaughtError } from "./taughtfile.js";
import { forgotten, keep, kept, remove } from "./taughtstore.js";

export class Taught {
  /** @type {Map<string, Kept>} */
  #signs = new Map();
  /** @type {string | null} */
  #space = null;
  /** @type {Promise<void>} */
  #working;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
    this.#working = this.#load();
  }

  async #load() {
    try {
      for (const sign of await kept()) this.#signs.set(sign.name, sign);
    } catch {
      return; // a browser that keeps nothing: they hold until the page is closed
    }
    if (this.#signs.size) this.onChange();
  }

  /** All of them, by name. */
  get signs() {
    return [...this.#signs.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Whether the version that serves takes own signs. */
  get possible() {
    return this.#space !== null;
  }

  /**
   * What goes to the service; null when there is nothing to say, or none that this version can compare.
   * @returns {OwnSigns | null}
   */
  get wanted() {
    return this.without("");
  }

  /**
   * The same without one of them.
   * @param {string} name
   * @returns {OwnSigns | null}
   */
  without(name) {
    const space = this.#space;
    const ready = this.signs.filter((sign) => sign.name !== name && sign.space === space);
    if (space === null || !ready.length) return null;
    return { space, signs: ready.map((sign) => ({ name: sign.name, takes: sign.embeddings })) };
  }

  /**
   * Another version may serve: takes are embedded anew where they were embedded by one that does not compare.
   * @param {Metadata} model
   */
  adopt(model) {
    const space = model.own_signs ? model.space : null;
    if (space === this.#space) return;
    this.#space = space;
    this.#working = this.#working.then(() => this.#embedAll()).catch(() => {}); // the service is asked again with the next version
  }

  async #embedAll() {
    const old = this.signs.filter((sign) => this.#space !== null && sign.space !== this.#space);
    for (const sign of old) await this.#put(sign);
    if (old.length) this.onChange();
  }

  /**
   * Keep a sign; one of the same name makes room.
   * @param {Sign} sign
   * @throws {TaughtError} there are too many.
   */
  async add(sign) {
    if (!this.#signs.has(sign.name) && this.#signs.size >= MOST_SIGNS) throw new TaughtError(`There are ${MOST_SIGNS} own signs, which is all there may be. Delete one first.`);
    await this.#put(sign);
    this.onChange();
  }

  /** @param {Sign} sign */
  async #put({ name, takes }) {
    const told = [];
    for (const take of takes) told.push(await embed(take));
    await this.#keep({ name, takes, space: told[0].space, embeddings: told.map(({ embedding }) => embedding) });
  }

  /** @param {Kept} sign */
  async #keep(sign) {
    this.#signs.set(sign.name, sign);
    await keep(sign).catch(() => {}); // as above
  }

  /**
   * @param {string} name
   * @param {string} other
   * @throws {TaughtError} the other name is taken.
   */
  async rename(name, other) {
    const sign = this.#signs.get(name);
    if (!sign || name === other) return;
    if (this.#signs.has(other)) throw new TaughtError(`There is an own sign called “${other}” already.`);
    await this.#keep({ ...sign, name: other });
    await this.remove(name);
  }

  /** @param {string} name */
  async remove(name) {
    this.#signs.delete(name);
    await (this.#signs.size ? remove(name) : forgotten()).catch(() => {});
    this.onChange();
  }

  /** Forget all of them. */
  async forget() {
    this.#signs.clear();
    await forgotten().catch(() => {});
    this.onChange();
  }
}
