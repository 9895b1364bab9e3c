/** What the service recognised, for people: candidates, the signs of the phrase, and the English. */

import { $, el, percent, say } from "./dom.js";

/** @import { Candidate, Committed, English, ServerEvent } from "./protocol.js" */

/** @typedef {Pick<Committed, "sign" | "gloss" | "score" | "candidates"> & {none?: boolean}} Sign `none`: it got no word. */
/** @typedef {{sign: number, candidates: Candidate[], gloss?: string, none?: boolean}} Shown a sign that may be under way. */
/** @typedef {Pick<English, "text" | "source" | "glosses"> & {phrase: number | string, final?: boolean}} Sentence */
/** @typedef {({type: "committed"} & Sign) | ({type: "english"} & Sentence)} ClipEvent what the answer for a clip becomes. */

/** @typedef {{item: HTMLElement, button: HTMLElement, gloss: HTMLElement, sure: HTMLElement, share: HTMLElement, bar: HTMLElement}} Row */

/** @param {number} score */
const word = (score) => (score >= 0.8 ? "sure" : score >= 0.5 ? "likely" : score >= 0.2 ? "possible" : "unlikely");

const MOST_UNSURE = 10; // as many as the service remembers

export class Captions {
  /** @type {Row[]} */
  #rows = [];
  /** @type {Map<number, string>} */
  #wanted = new Map(); // sign → gloss that a person chose before the sign was over
  #told = ""; // what the chips say

  /** @param {(sign: number, gloss: string) => void} onChoose a person corrects a sign. */
  constructor(onChoose) {
    this.onChoose = onChoose;
    this.parts = Object.fromEntries(
      ["english", "source", "signs", "said", "candidates", "candidates-title", "candidates-help"].map((id) => [id, $(id)]),
    );
    /** @type {Sign[]} */
    this.signs = []; // of the phrase under way
    /** @type {Sign[]} */
    this.unsure = []; // between them, without a word
    /** @type {Sign[]} */
    this.saidSigns = []; // of the one that was put into English last
    /** @type {number | string | null} */
    this.saidPhrase = null;
    /** @type {Shown | null} */
    this.under = null; // the sign under way, or one that was none
    /** @type {number | null} */
    this.selected = null;
    this.show(5);
  }

  /** Forget all signs. */
  reset() {
    [this.signs, this.unsure, this.saidSigns] = [[], [], []];
    this.saidPhrase = this.under = this.selected = null;
    this.#wanted.clear();
    this.render();
  }

  /**
   * Show so many candidates.
   * @param {number} count
   */
  show(count) {
    this.#rows = Array.from({ length: count }, (_, i) => this.#row(i));
    this.parts.candidates.replaceChildren(...this.#rows.map((row) => row.item));
    this.render();
  }

  /**
   * @param {number} i
   * @returns {Row}
   */
  #row(i) {
    const [gloss, sure, share, bar] = [el("b"), el("span", { className: "sure" }), el("span"), el("span", { className: "bar" })];
    const button = el("button", { type: "button" }, el("kbd", { "aria-hidden": "true" }, String(i + 1)), gloss, sure, share, bar);
    button.onclick = () => this.choose(i);
    return { item: el("li", {}, button), button, gloss, sure, share, bar };
  }

  /**
   * The sign whose candidates are shown: the one a person picked, the one under way, else the last.
   * @returns {Shown | null}
   */
  get shown() {
    const picked = this.chips.find((s) => s.sign === this.selected);
    return picked ?? this.under ?? this.chips.at(-1) ?? null;
  }

  /** The signs on the screen, those without a word where they were signed. */
  get chips() {
    if (!this.signs.length) return this.saidSigns;
    const between = this.unsure.filter(({ sign }) => sign > this.signs[0].sign);
    return [...this.signs, ...between].sort((a, b) => a.sign - b.sign);
  }

  /**
   * Take a candidate for the sign that is shown.
   * @param {number} i its place, from 0.
   */
  choose(i) {
    const shown = this.shown;
    const gloss = shown?.candidates[i]?.gloss;
    if (!shown || !gloss) return;
    if (shown === this.under && !shown.none) this.#wanted.set(shown.sign, gloss);
    else if (shown.gloss !== gloss) this.onChoose(shown.sign, gloss);
    this.selected = null;
    this.render();
  }

  /**
   * Take an event of the live session, or of a clip.
   * @param {ServerEvent | ClipEvent} event
   */
  take(event) {
    switch (event.type) {
      case "ready":
        if (!event.resumed) [this.saidSigns, this.saidPhrase] = [[], null]; // this session knows nothing of them
        this.signs = event.phrase;
        this.under = null;
        break;
      case "candidates": // until there are some, the sign before stays: without rests, the next begins at once
        this.under = { sign: event.sign, candidates: event.candidates };
        break;
      case "committed":
        this.#commit(event);
        break;
      case "none":
        if (event.candidates) this.#doubt(event.sign, event.candidates);
        else if (!this.under?.none) this.under = null; // a twitch outdates nothing that may still be chosen
        break;
      case "repeated":
        this.under = null;
        break;
      case "phrase":
        this.signs = event.signs;
        this.unsure = this.signs.length ? this.unsure.filter(({ sign }) => !this.signs.some((s) => s.sign === sign)) : [];
        if (this.signs.some(({ sign }) => sign === this.under?.sign)) this.under = null; // a person said what it was
        break;
      case "english":
        this.#spoken(event);
        this.#sentence(event);
        break;
    }
    this.render();
  }

  /** @param {Sign} event */
  #commit(event) {
    this.signs = [...this.signs, event];
    this.under = null;
    say(this.parts.said, event.gloss);
    const wanted = this.#wanted.get(event.sign);
    if (wanted && wanted !== event.gloss) this.onChoose(event.sign, wanted);
    this.#wanted.clear();
  }

  /**
   * A sign that got no word: a person may still give it one, also when others came after it.
   * @param {number} sign
   * @param {Candidate[]} candidates
   */
  #doubt(sign, candidates) {
    this.under = { sign, candidates, none: true };
    this.unsure = [...this.unsure, { sign, gloss: "?", score: 0, candidates, none: true }].slice(-MOST_UNSURE);
  }

  /**
   * The signs of a sentence stay for corrections until the next sign is there; English may come again for them.
   * @param {Sentence} sentence
   */
  #spoken({ phrase, glosses }) {
    if (phrase !== this.saidPhrase) {
      this.saidSigns = this.signs.slice(0, glosses.length);
      this.signs = this.signs.slice(glosses.length);
      this.unsure = [];
    }
    this.saidPhrase = phrase;
    this.saidSigns = this.saidSigns.map((sign, i) => ({ ...sign, gloss: glosses[i] ?? sign.gloss }));
  }

  /** @param {Sentence} sentence */
  #sentence({ text, source, final = true }) {
    say(this.parts.english, text);
    this.parts.english.dataset.kind = "sentence";
    say(this.parts.source, source === "llm" ? "" : final ? "These are the recognised words as they stand." : "Asking the language model…");
    if (final) say(this.parts.said, text);
  }

  /** Bring what is on the screen up to date. */
  render() {
    const { parts } = this;
    for (const id of ["undo", "clear", "finish"]) $(id, HTMLButtonElement).disabled = !this.signs.length;
    parts.signs.classList.toggle("past", !this.signs.length);
    this.#line();
    const shown = this.shown;
    const none = shown?.none ? "Not sure: choose one if it is right" : shown && shown === this.under ? "You are signing" : null;
    this.#draft();
    say(parts["candidates-title"], none ?? (shown ? `Candidates for “${shown.gloss}”` : "Candidates"));
    const candidates = shown?.candidates ?? [];
    const chosen = shown && (this.#wanted.get(shown.sign) ?? shown.gloss);
    this.#rows.forEach((row, i) => this.#fill(row, candidates[i], chosen));
    parts["candidates-help"].hidden = candidates.length > 0;
  }

  /** The signs as chips, made anew only where they changed; whoever corrects one by keyboard stays there. */
  #line() {
    const { signs } = this.parts;
    const told = JSON.stringify([this.chips.map(({ sign, gloss, score }) => [sign, gloss, score]), this.selected]);
    if (told === this.#told) return;
    this.#told = told;
    const at = document.activeElement instanceof HTMLElement && signs.contains(document.activeElement) ? document.activeElement.dataset.sign : null;
    signs.replaceChildren(...this.chips.map((sign) => this.#chip(sign)));
    if (at) [...signs.querySelectorAll("button")].find((button) => button.dataset.sign === at)?.focus();
  }

  /** The words so far stand where the English will. */
  #draft() {
    const { english, source } = this.parts;
    if (!this.signs.length && english.dataset.kind !== "draft") return;
    english.dataset.kind = this.signs.length ? "draft" : "none";
    say(english, this.signs.map((sign) => sign.gloss).join(" · ") || "English appears here.");
    say(source, "");
  }

  /**
   * @param {Row} row
   * @param {Candidate | undefined} candidate
   * @param {string | null | undefined} chosen
   */
  #fill(row, candidate, chosen) {
    row.item.hidden = !candidate;
    if (!candidate) return;
    say(row.gloss, candidate.gloss);
    say(row.sure, word(candidate.score));
    say(row.share, percent(candidate.score));
    row.bar.style.setProperty("--share", String(candidate.score));
    row.button.setAttribute("aria-pressed", String(candidate.gloss === chosen));
  }

  /** @param {Sign} sign */
  #chip(sign) {
    const pressed = String(this.selected === sign.sign);
    const button = el("button", { type: "button", className: "sign", "aria-pressed": pressed }, sign.gloss);
    button.setAttribute("aria-label", sign.none ? "not sure: choose what it was" : `${sign.gloss}, ${word(sign.score)}: correct it`);
    button.dataset.sure = word(sign.score);
    button.dataset.sign = String(sign.sign);
    button.onclick = () => {
      this.selected = this.selected === sign.sign ? null : sign.sign;
      this.render();
    };
    return el("li", {}, button);
  }
}
