/** Teaching a sign: its name, a countdown, three takes found in the live session, and what seems wrong with them. */

/** @import { ServerEvent } from "./protocol.js" */
/** @import { Recording } from "./recording.js" */
import { $, el, say } from "./dom.js";
import { Figures } from "./figures.js";
import { Film, doubts, ended } from "./takes.js";
import { MOST_TAKES, TaughtError, named } from "./taughtfile.js";

const TAKES = 3;
const ORDINALS = ["first", "second", "third"];

/**
 * What teaching needs of the page.
 * @typedef {object} Page
 * @property {() => Promise<void> | void} film begin to look, if that is not so already.
 * @property {() => void} changed teaching began or ended: the session takes it.
 * @property {() => number} aspect of the picture.
 * @property {() => {vocabulary: string[] | null}} choice
 * @property {(name: string) => boolean} known whether the model has a word of that name.
 */

export class Teaching {
  countdown = 3; // seconds
  #timer = 0;
  #film = new Film();
  /** @type {(Recording | null)[]} */
  #takes = [];
  /** The take that is waited for; -1: none. */
  #next = -1;
  #armed = false;

  /**
   * @param {import("./taught.js").Taught} taught
   * @param {import("./live.js").Live} live
   * @param {Page} page
   */
  constructor(taught, live, page) {
    this.taught = taught;
    this.live = live;
    this.page = page;
    this.name = "";
    this.figures = new Figures($("picture"));
    $("teach").onclick = () => this.open();
    $("teach-form", HTMLFormElement).onsubmit = (event) => (event.preventDefault(), this.#begin($("teach-name", HTMLInputElement).value));
    $("teach-cancel").onclick = () => this.close();
    $("teach-save").onclick = () => this.#save(this.name);
  }

  /** Whether takes are being made: nothing is then recognised for the captions. */
  get active() {
    return this.#takes.length > 0;
  }

  /** Ask for a name. */
  open() {
    this.close();
    $("teaching").hidden = false;
    $("teach-form").hidden = false;
    $("teach-name", HTMLInputElement).value = "";
    this.#say("Give your sign a name: what it means, in a word or two.");
    $("teach-name").focus();
  }

  /** End, and keep nothing. */
  close() {
    clearInterval(this.#timer);
    const was = this.active;
    [this.#takes, this.#next, this.#armed, this.live.watch] = [[], -1, false, null];
    this.figures.clear();
    $("takes").replaceChildren();
    for (const id of ["teaching", "teach-save", "teach-warning"]) $(id).hidden = true;
    if (!was) return;
    this.page.changed();
    $("teach").focus();
  }

  /** @param {string} given */
  async #begin(given) {
    try {
      this.name = named(given);
    } catch (error) {
      return this.#say(error.message);
    }
    $("teach-form").hidden = true;
    this.#takes = Array(TAKES).fill(null);
    this.live.watch = (ms, points) => this.#film.add(ms, points);
    this.page.changed();
    this.#show();
    await this.page.film();
    return this.#count(0);
  }

  /**
   * Count down to a take.
   * @param {number} take its place, from 0.
   */
  #count(take) {
    clearInterval(this.#timer);
    $("teach-save").hidden = $("teach-warning").hidden = true;
    [this.#next, this.#armed] = [take, false];
    let left = this.countdown;
    const tell = () => {
      this.#armed = left <= 0;
      if (this.#armed) clearInterval(this.#timer);
      const variant = this.page.known(this.name) ? ", another way to sign a word that it knows" : "";
      this.#say(this.#armed ? `Sign “${this.name}” now, then let your hands rest.` : `The ${ORDINALS[take]} take of “${this.name}”${variant}, in ${left}…`);
      left--;
    };
    this.#timer = setInterval(tell, 1000);
    tell();
  }

  /**
   * An event of the live session.
   * @param {ServerEvent} event
   */
  take(event) {
    if (!this.#armed) return;
    if (event.type === "sign_started") this.#say("Signing…");
    const sign = ended(event);
    if (!sign) return;
    const recording = sign.short ? null : this.#film.cut(sign, this.page.aspect());
    if (!recording) return this.#say(`That was too short for a sign. Sign “${this.name}” once more.`);
    this.#takes[this.#next] = recording;
    this.#armed = false;
    this.#show();
    const missing = this.#takes.indexOf(null);
    if (missing >= 0) this.#count(missing);
    else this.#judge();
  }

  async #judge() {
    this.#next = -1;
    this.#show();
    this.#say("Comparing the takes…");
    const takes = /** @type {Recording[]} */ ([...this.#takes]);
    const asked = { ...this.page.choice(), ownSigns: this.taught.without(this.name) };
    try {
      const found = this.page.known(this.name) ? { like: null, odd: [] } : await doubts({ name: this.name, takes }, asked);
      if (this.#takes.some((take, i) => take !== takes[i])) return; // done again, or given up
      this.#warn(found);
      $("teach-save").hidden = false;
      $("teach-save").focus();
    } catch (error) {
      this.#say(error.message);
    }
  }

  /** @param {{like: string | null, odd: number[]}} doubts */
  #warn({ like, odd }) {
    const warning = $("teach-warning");
    warning.hidden = !like && !odd.length;
    const [first] = odd;
    const differ = odd.length === 1 ? `The ${ORDINALS[first]} take is unlike the others.` : "The takes differ from each other.";
    this.#say(warning.hidden ? "The takes agree." : like ? "The takes look like another sign." : differ);
    if (warning.hidden) return;
    say($("teach-doubt"), like ? `This looks like “${like}”, which it knows already.` : `${differ} Do again what went wrong, or keep them as they are.`);
    const variant = $("teach-variant");
    variant.hidden = !like;
    say(variant, `Add as a variant of “${like}”`);
    variant.onclick = () => this.#save(String(like));
  }

  /** @param {string} name */
  async #save(name) {
    try {
      const takes = /** @type {Recording[]} */ (this.#takes);
      const before = name === this.name ? [] : (this.taught.signs.find((sign) => sign.name === name)?.takes ?? []);
      await this.taught.add({ name, takes: [...before, ...takes].slice(-MOST_TAKES) });
      this.close();
      say($("taught-said"), `“${name}” is kept.`);
      say($("said"), `“${name}” is kept.`);
    } catch (error) {
      this.#say(error instanceof TaughtError ? error.message : `The service did not take it: ${error.message}`);
    }
  }

  #show() {
    this.figures.clear();
    $("takes").replaceChildren(...this.#takes.map((take, i) => this.#figure(take, i)));
  }

  /**
   * @param {Recording | null} take
   * @param {number} i
   */
  #figure(take, i) {
    const canvas = el("canvas", { role: "img", "aria-label": `The ${ORDINALS[i]} take, as a moving figure` });
    const again = el("button", { type: "button", "aria-label": `Do the ${ORDINALS[i]} take again` }, "Do again");
    again.onclick = () => this.#count(i);
    const item = el("li", {}, ...(take ? [canvas, again] : [el("p", {}, `Take ${i + 1}`)]));
    if (take) this.figures.add(item, { canvas, recording: take });
    return item;
  }

  /** @param {string} text */
  #say(text) {
    say($("teach-said"), text);
    if (this.active) say($("said"), text);
  }
}
