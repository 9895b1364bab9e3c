/** The signs that the model knows: by first letter or by search, each with its moving figure when it is asked for. */

import { $, count, el, say } from "./dom.js";
import { colours, draw, fit, place } from "./drawing.js";
import { Recording } from "./recording.js";
import { example } from "./service.js";

const REST_S = 0.7; // between two rounds of a figure
const FEW = 60; // words that are shown at once, without groups
const IN_USE = "Looked for";
const DIGITS = "0–9";

const alphabetically = new Intl.Collator("en").compare;
const several = (n, noun) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
const groupOf = ({ gloss }) => (/^\p{L}/u.test(gloss) ? gloss[0].toUpperCase() : DIGITS);

export class Vocabulary {
  #words = []; // {gloss, clips, signers, figure}, as the model has them
  #sorted = []; // the same, in alphabetical order
  #cards = new Map(); // gloss → its card, made when it is first shown
  #visible = new Set();
  #shown = [];
  #asked = null; // what #shown is the answer to
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
   * @param {{gloss: string, clips: number|null, signers: number|null, figure: boolean}[]} words
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

  #button(name) {
    const button = el("button", { type: "button", value: name }, name);
    button.onclick = () => {
      this.#group = this.#group === name ? null : name;
      $("search").value = "";
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
    const wanted = $("search").value.trim().toLowerCase();
    const asked = [wanted, this.#group, choice.kind].join("\n");
    if (asked !== this.#asked) this.#shown = wanted ? this.#found(wanted) : this.#members(inUse);
    this.#asked = asked; // a word that is unticked stays where it is, until something else is asked for
    for (const button of $("groups").children) button.setAttribute("aria-pressed", String(button.value === this.#group));
    const cards = this.#shown.map((word) => this.#card(word));
    for (const card of cards) this.#mark(card, inUse, own);
    if (cards.length !== this.list.children.length || cards.some(({ item }, i) => item !== this.list.children[i])) {
      this.list.replaceChildren(...cards.map((card) => card.item));
    }
    this.list.hidden = !cards.length;
    say($("found"), this.#said(wanted));
  }

  /** Words that hold what is searched for; those that begin with it come first. */
  #found(wanted) {
    const holding = this.#sorted.filter(({ gloss }) => gloss.toLowerCase().includes(wanted));
    const begins = ({ gloss }) => gloss.toLowerCase().startsWith(wanted);
    return [...holding.filter(begins), ...holding.filter((word) => !begins(word))];
  }

  #members(inUse) {
    if (this.#group === IN_USE) return this.#sorted.filter(({ gloss }) => inUse.has(gloss));
    if (this.#group) return this.#sorted.filter((word) => groupOf(word) === this.#group);
    return this.#words.length > FEW ? [] : this.#sorted;
  }

  #said(wanted) {
    const all = several(this.#words.length, this.noun);
    if (wanted && !this.#shown.length) return `No ${this.noun} is called “${wanted}”. The model knows ${all}.`;
    if (!wanted && !this.#group && !this.#shown.length) return `${all}. Search, or open a letter.`;
    return this.#shown.length === this.#words.length ? all : `${count(this.#shown.length)} of ${all}`;
  }

  // ------------------------------------------------------------------ one word

  #card(word) {
    if (!this.#cards.has(word.gloss)) this.#cards.set(word.gloss, this.#made(word));
    return this.#cards.get(word.gloss);
  }

  #made(word) {
    const { gloss, clips, signers } = word;
    const learnt = clips ? [several(clips, "clip"), signers ? several(signers, "signer") : ""].filter(Boolean).join(", ") : "";
    const state = el("span", { className: "unseen" });
    const name = el("button", { type: "button", className: "word", "aria-expanded": "false" }, el("b", {}, gloss), state, el("small", {}, learnt));
    const tick = el("input", { type: "checkbox", "aria-label": `${gloss}: in my list` });
    const item = el("li", {}, name, tick);
    item.dataset.gloss = gloss;
    const card = { word, item, name, tick, state, recording: null, canvas: null };
    name.onclick = () => this.#toggle(card);
    tick.onchange = () => this.choice.toggle(gloss, tick.checked);
    return card;
  }

  #mark({ word: { gloss }, item, tick, state }, inUse, own) {
    item.classList.toggle("unused", !inUse.has(gloss));
    say(state, inUse.has(gloss) ? "" : ", not looked for");
    tick.hidden = own === null;
    tick.checked = own?.has(gloss) ?? false;
  }

  #toggle(card) {
    const open = card.name.getAttribute("aria-expanded") !== "true";
    card.name.setAttribute("aria-expanded", String(open));
    if (open) this.#open(card);
    else this.#close(card);
  }

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

  /** The figure of a gloss as a recording, or null. */
  async load(gloss) {
    const buffer = await example(gloss).catch(() => null);
    return buffer && Recording.read(buffer);
  }

  #seen({ target, isIntersecting }) {
    const card = this.#cards.get(target.dataset.gloss);
    if (card) this.#visible[isIntersecting ? "add" : "delete"](card);
    this.#move();
  }

  #move() {
    if (this.#moving) return;
    this.#moving = true;
    const colour = colours(this.list);
    const step = (now) => {
      const cards = [...this.#visible];
      for (const card of cards) this.#paint(card, now / 1000, colour);
      this.#moving = cards.length > 0 && !this.still.matches;
      if (this.#moving) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  #paint({ canvas, recording }, seconds, colour) {
    fit(canvas);
    const time = this.still.matches ? recording.duration / 2 : seconds % (recording.duration + REST_S);
    draw(canvas, recording.at(time), place(canvas, recording.aspect, true), colour);
  }
}
