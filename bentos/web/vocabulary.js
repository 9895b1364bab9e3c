/** The signs that the model knows: by first letter or by search, each with its moving figure when it is asked for. */

/** @import { KnownGloss } from "./protocol.js" */
import { $, count, el, say } from "./dom.js";
import { colours, draw, fit, place } from "./drawing.js";
import { Recording } from "./recording.js";
import { example } from "./service.js";

const REST_S = 0.7; // between two rounds of a figure
const FEW = 60; // words that are shown at once, without groups
const IN_USE = "Looked for";
const DIGITS = "0–9";

/**
 * What stands for a word.
 * @typedef {{word: KnownGloss, item: HTMLElement, name: HTMLElement, tick: HTMLInputElement, state: HTMLElement, recording: Recording | null, canvas: HTMLCanvasElement | null}} Card
 */

const alphabetically = new Intl.Collator("en").compare;
/**
 * @param {number} n
 * @param {string} noun
 */
const several = (n, noun) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
/** @param {KnownGloss} word */
const groupOf = ({ gloss }) => (/^\p{L}/u.test(gloss) ? gloss[0].toUpperCase() : DIGITS);

export class Vocabulary {
  /** @type {KnownGloss[]} */
  #words = []; // as the model has them
  /** @type {KnownGloss[]} */
  #sorted = []; // the same, in alphabetical order
  /** @type {Map<string, Card>} */
  #cards = new Map(); // made when they are first shown
  /** @type {Set<Card>} */
  #visible = new Set();
  /** @type {KnownGloss[]} */
  #shown = [];
  /** @type {string | null} */
  #asked = null; // what #shown is the answer to
  /** @type {string | null} */
  #group = null;
  #moving = false;

  /** @param {import("./choice.js").Choice} choice of words that are looked for. */
  constructor(choice) {
    this.choice = choice;
    this.noun = "sign";
    this.list = $("glosses");
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    $("search").oninput = () => this.#search();
    this.watcher = new IntersectionObserver((entries) => entries.forEach((e) => this.#seen(e)), { rootMargin: "80px" });
  }

  /**
   * Take the words of the model that serves.
   * @param {KnownGloss[]} words
   * @param {string} noun what one of them is called.
   */
  show(words, noun) {
    this.watcher.disconnect();
    this.#visible.clear();
    this.#cards.clear();
    this.noun = noun;
    this.#words = words;
    this.#sorted = [...words].sort((a, b) => alphabetically(a.gloss, b.gloss));
    this.#group = this.#asked = null;
    const groups = words.length > FEW ? [IN_USE, ...new Set(this.#sorted.map(groupOf))] : [];
    $("groups").replaceChildren(...groups.map((name) => this.#button(name)));
    this.render();
  }

  /** @param {string} name */
  #button(name) {
    const button = el("button", { type: "button", value: name }, name);
    button.onclick = () => {
      this.#group = this.#group === name ? null : name;
      $("search", HTMLInputElement).value = "";
      this.render();
      this.list.scrollTop = 0;
    };
    return button;
  }

  #search() {
    this.#group = null;
    this.render();
    this.list.scrollTop = 0;
  }

  /** Bring the list in line with the search, the group that is open, and the choice of words. */
  render() {
    const { choice } = this;
    const [inUse, own] = [new Set(choice.inUse), choice.mine ? new Set(choice.own) : null];
    const wanted = $("search", HTMLInputElement).value.trim().toLowerCase();
    const asked = [wanted, this.#group, choice.kind].join("\n");
    if (asked !== this.#asked) this.#shown = wanted ? this.#found(wanted) : this.#members(inUse);
    this.#asked = asked; // a word that is unticked stays where it is, until something else is asked for
    for (const button of $("groups").querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === this.#group));
    const cards = this.#shown.map((word) => this.#card(word));
    for (const card of cards) this.#mark(card, inUse, own);
    if (cards.length !== this.list.children.length || cards.some(({ item }, i) => item !== this.list.children[i])) {
      this.list.replaceChildren(...cards.map((card) => card.item));
    }
    this.list.hidden = !cards.length;
    say($("found"), this.#said(wanted));
  }

  /**
   * Words that hold what is searched for; those that begin with it come first.
   * @param {string} wanted
   */
  #found(wanted) {
    const holding = this.#sorted.filter(({ gloss }) => gloss.toLowerCase().includes(wanted));
    const begins = (/** @type {KnownGloss} */ { gloss }) => gloss.toLowerCase().startsWith(wanted);
    return [...holding.filter(begins), ...holding.filter((word) => !begins(word))];
  }

  /** @param {Set<string>} inUse */
  #members(inUse) {
    if (this.#group === IN_USE) return this.#sorted.filter(({ gloss }) => inUse.has(gloss));
    if (this.#group) return this.#sorted.filter((word) => groupOf(word) === this.#group);
    return this.#words.length > FEW ? [] : this.#sorted;
  }

  /** @param {string} wanted */
  #said(wanted) {
    const all = several(this.#words.length, this.noun);
    if (wanted && !this.#shown.length) return `No ${this.noun} is called “${wanted}”. The model knows ${all}.`;
    if (!wanted && !this.#group && !this.#shown.length) return `${all}. Search, or open a letter.`;
    return this.#shown.length === this.#words.length ? all : `${count(this.#shown.length)} of ${all}`;
  }

  // ------------------------------------------------------------------ one word

  /** @param {KnownGloss} word */
  #card(word) {
    const card = this.#cards.get(word.gloss) ?? this.#made(word);
    this.#cards.set(word.gloss, card);
    return card;
  }

  /** @param {KnownGloss} word */
  #made(word) {
    const { gloss, clips, signers } = word;
    const learnt = clips ? [several(clips, "clip"), signers ? several(signers, "signer") : ""].filter(Boolean).join(", ") : "";
    const state = el("span", { className: "unseen" });
    const name = el("button", { type: "button", className: "word", "aria-expanded": "false" }, el("b", {}, gloss), state, el("small", {}, learnt));
    const tick = el("input", { type: "checkbox", "aria-label": `${gloss}: in my list` });
    const item = el("li", {}, name, tick);
    item.dataset.gloss = gloss;
    /** @type {Card} */
    const card = { word, item, name, tick, state, recording: null, canvas: null };
    name.onclick = () => this.#toggle(card);
    tick.onchange = () => this.choice.toggle(gloss, tick.checked);
    return card;
  }

  /**
   * @param {Card} card
   * @param {Set<string>} inUse
   * @param {Set<string> | null} own
   */
  #mark({ word: { gloss }, item, tick, state }, inUse, own) {
    item.classList.toggle("unused", !inUse.has(gloss));
    say(state, inUse.has(gloss) ? "" : ", not looked for");
    tick.hidden = own === null;
    tick.checked = own?.has(gloss) ?? false;
  }

  /** @param {Card} card */
  #toggle(card) {
    const open = card.name.getAttribute("aria-expanded") !== "true";
    card.name.setAttribute("aria-expanded", String(open));
    if (open) this.#open(card);
    else this.#close(card);
  }

  /** @param {Card} card */
  async #open(card) {
    const { word, item, name } = card;
    if (word.figure) card.recording ??= await this.load(word.gloss);
    if (name.getAttribute("aria-expanded") !== "true" || item.children.length > 2) return; // closed, or opened twice, meanwhile
    if (!card.recording) {
      item.append(el("p", {}, word.figure ? "The figure cannot be loaded." : `No figure for this ${this.noun}.`));
      return;
    }
    card.canvas = el("canvas", { "aria-hidden": "true" });
    item.append(card.canvas);
    item.classList.add("open");
    this.watcher.observe(item);
  }

  /** @param {Card} card */
  #close(card) {
    this.watcher.unobserve(card.item);
    this.#visible.delete(card);
    card.item.classList.remove("open");
    card.item.replaceChildren(card.name, card.tick);
    card.canvas = null;
    card.name.focus();
  }

  /** Glosses that are looked for and have a figure, in the model's order. */
  get examples() {
    const inUse = new Set(this.choice.inUse);
    return this.#words.filter((word) => word.figure && inUse.has(word.gloss)).map((word) => word.gloss);
  }

  /**
   * The figure of a gloss, or null.
   * @param {string} gloss
   */
  async load(gloss) {
    const buffer = await example(gloss).catch(() => null);
    return buffer && Recording.read(buffer);
  }

  /** @param {IntersectionObserverEntry} entry */
  #seen({ target, isIntersecting }) {
    const card = this.#cards.get(/** @type {HTMLElement} */ (target).dataset.gloss ?? "");
    if (card) this.#visible[isIntersecting ? "add" : "delete"](card);
    this.#move();
  }

  #move() {
    if (this.#moving) return;
    this.#moving = true;
    const colour = colours(this.list);
    const step = (/** @type {number} */ now) => {
      const cards = [...this.#visible];
      for (const card of cards) this.#paint(card, now / 1000, colour);
      this.#moving = cards.length > 0 && !this.still.matches;
      if (this.#moving) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  /**
   * @param {Card} card
   * @param {number} seconds
   * @param {import("./drawing.js").Colours} colour
   */
  #paint({ canvas, recording }, seconds, colour) {
    if (!canvas || !recording) return; // closed meanwhile
    fit(canvas);
    const time = this.still.matches ? recording.duration / 2 : seconds % (recording.duration + REST_S);
    draw(canvas, recording.at(time), place(canvas, recording.aspect, true), colour);
  }
}
