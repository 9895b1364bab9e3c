/** The signs that the model knows, each with an animated figure; figures move when they are looked at. */

import { $, el, say } from "./dom.js";
import { colours, draw, fit, place } from "./drawing.js";
import { Recording } from "./recording.js";
import { example } from "./service.js";

const REST_S = 0.7; // between two rounds of a figure
const AT_ONCE = 3; // examples fetched at the same time

export class Vocabulary {
  #cards = new Map(); // gloss → {gloss, item, canvas, recording}
  #visible = new Set();
  #queue = [];
  #fetching = 0;
  #moving = false;

  constructor() {
    this.list = $("glosses");
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    $("search").oninput = () => this.#filter();
    this.watcher = new IntersectionObserver((entries) => entries.forEach((e) => this.#seen(e)), { rootMargin: "80px" });
  }

  /** @param {string[]} labels glosses of the model that serves. */
  show(labels) {
    this.watcher.disconnect();
    this.#visible.clear();
    this.#queue = [];
    this.#cards = new Map([...labels].sort((a, b) => a.localeCompare(b)).map((gloss) => [gloss, this.#card(gloss)]));
    this.list.replaceChildren(...[...this.#cards.values()].map((card) => card.item));
    for (const { item } of this.#cards.values()) this.watcher.observe(item);
    this.#filter();
  }

  #card(gloss) {
    const canvas = el("canvas", { "aria-hidden": "true", hidden: true });
    const item = el("li", {}, canvas, el("span", {}, gloss));
    item.dataset.gloss = gloss;
    return { gloss, item, canvas, recording: undefined };
  }

  #filter() {
    const wanted = $("search").value.trim().toLowerCase();
    let found = 0;
    for (const [gloss, { item }] of this.#cards) {
      item.hidden = !gloss.toLowerCase().includes(wanted);
      found += !item.hidden;
    }
    const all = this.#cards.size;
    const none = `No sign is called “${wanted}”. The model knows ${all} others.`;
    say($("found"), !all ? "No vocabulary yet." : !found ? none : found === all ? `${all} signs` : `${found} of ${all} signs`);
  }

  #seen({ target, isIntersecting }) {
    const card = this.#cards.get(target.dataset.gloss);
    if (!card) return;
    this.#visible[isIntersecting ? "add" : "delete"](card);
    if (isIntersecting && card.recording === undefined && !this.#queue.includes(card)) this.#queue.push(card);
    this.#fetch();
    this.#move();
  }

  async #fetch() {
    while (this.#fetching < AT_ONCE && this.#queue.length) {
      const card = this.#queue.shift();
      this.#fetching++;
      card.recording = null;
      this.load(card.gloss)
        .then((recording) => {
          card.recording = recording;
          card.canvas.hidden = !recording;
          this.#move();
        })
        .finally(() => {
          this.#fetching--;
          this.#fetch();
        });
    }
  }

  /** The example of a gloss as a recording, or null. */
  async load(gloss) {
    const buffer = await example(gloss).catch(() => null);
    return buffer && Recording.read(buffer);
  }

  #move() {
    if (this.#moving) return;
    this.#moving = true;
    const colour = colours(this.list);
    const step = (now) => {
      const cards = [...this.#visible].filter((card) => card.recording && !card.item.hidden);
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
