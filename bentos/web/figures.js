/** Moving figures: each one that is on the screen goes through its recording again and again. */

import { colours, draw, fit, place } from "./drawing.js";

const REST_S = 0.7; // between two rounds of a figure

/** @typedef {{canvas: HTMLCanvasElement, recording: import("./recording.js").Recording}} Figure */

export class Figures {
  /** @type {Map<Element, Figure>} */
  #figures = new Map();
  /** @type {Set<Figure>} */
  #visible = new Set();
  #moving = false;
  #still = matchMedia("(prefers-reduced-motion: reduce)");
  #watcher = new IntersectionObserver((entries) => entries.forEach((entry) => this.#seen(entry)), { rootMargin: "80px" });

  /** @param {Element} styled gives the colours. */
  constructor(styled) {
    this.styled = styled;
  }

  /**
   * Show a figure whenever an element is on the screen.
   * @param {Element} item
   * @param {Figure} figure
   */
  add(item, figure) {
    this.#figures.set(item, figure);
    this.#watcher.observe(item);
  }

  /**
   * Leave an element's figure out from here on.
   * @param {Element} item
   */
  remove(item) {
    this.#watcher.unobserve(item);
    const figure = this.#figures.get(item);
    if (figure) this.#visible.delete(figure);
    this.#figures.delete(item);
  }

  /** Leave all out. */
  clear() {
    for (const item of [...this.#figures.keys()]) this.remove(item);
  }

  /** @param {IntersectionObserverEntry} entry */
  #seen({ target, isIntersecting }) {
    const figure = this.#figures.get(target);
    if (figure) this.#visible[isIntersecting ? "add" : "delete"](figure);
    this.#move();
  }

  #move() {
    if (this.#moving) return;
    this.#moving = true;
    const colour = colours(this.styled);
    const step = (/** @type {number} */ now) => {
      for (const figure of this.#visible) this.#paint(figure, now / 1000, colour);
      this.#moving = this.#visible.size > 0 && !this.#still.matches;
      if (this.#moving) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  /**
   * @param {Figure} figure
   * @param {number} seconds
   * @param {import("./drawing.js").Colours} colour
   */
  #paint({ canvas, recording }, seconds, colour) {
    fit(canvas);
    const time = this.#still.matches ? recording.duration / 2 : seconds % (recording.duration + REST_S);
    draw(canvas, recording.at(time), place(canvas, recording.aspect, true), colour);
  }
}
