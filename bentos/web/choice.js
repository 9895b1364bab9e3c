/** Which of the model's glosses are looked for: the server's choice, the first so many, all, or a list of one's own. */

import { $, count, el, say } from "./dom.js";

const SERVER = "server";
const ALL = "all";
const OWN = "own";
const NAMED = 5; // words left out that are named, the others are counted

export class Choice {
  /** @type {string[]} */
  #labels = [];
  /** @type {Set<string>} */
  #known = new Set();
  /** @type {string[]} */
  #server = [];
  /** @type {number[]} */
  #sizes = [];

  /** @param {import("./settings.js").Settings} settings hold what a person chose: `choice` and `own`. */
  constructor(settings) {
    this.settings = settings;
    $("empty-own").onclick = () => settings.change({ own: [] });
  }

  /**
   * Take the model that serves; sizes are offered where it was measured how often the model is right.
   * @param {import("./protocol.js").Metadata} model
   */
  show({ labels, vocabulary, accuracy }) {
    this.#labels = labels;
    this.#known = new Set(labels);
    this.#server = vocabulary;
    const sizes = new Set(accuracy.map((measured) => measured.vocabulary).filter((size) => size < labels.length));
    this.#sizes = [...sizes].sort((a, b) => a - b);
    $("choices").replaceChildren(...this.#options().map((option) => this.#radio(...option)));
    this.render();
  }

  /** @returns {[kind: string, name: string, size: number | null][]} */
  #options() {
    /** @type {(size: number, i: number) => [string, string, number]} */
    const sized = (size, i) => [String(size), i ? "First" : "Everyday", size];
    return [
      [SERVER, "This server's choice", this.#server.length],
      ...this.#sizes.map(sized),
      [ALL, "All", this.#labels.length],
      [OWN, "My own list", null],
    ];
  }

  /**
   * @param {string} kind
   * @param {string} name
   * @param {number | null} size
   */
  #radio(kind, name, size) {
    const input = el("input", { type: "radio", name: "choice", value: kind });
    input.onchange = () => this.settings.change({ choice: kind });
    return el("label", { className: "option" }, input, el("span", {}, name, size === null ? "" : ` ${count(size)}`));
  }

  /** What is chosen; the server's choice where this model has not what was chosen with another. */
  get kind() {
    const { choice } = this.settings;
    return this.#options().some(([kind]) => kind === choice) ? choice : SERVER;
  }

  /** Whether a list of one's own is chosen. */
  get mine() {
    return this.kind === OWN;
  }

  /** The words of one's own list that this model knows. */
  get own() {
    return this.settings.own.filter((gloss) => this.#known.has(gloss));
  }

  /** The glosses to ask the service for; null = the server's choice. */
  get wanted() {
    const { kind, own } = this;
    if (kind === SERVER) return null;
    const chosen = kind === OWN ? own : kind === ALL ? this.#labels : this.#labels.slice(0, Number(kind));
    return chosen.length ? chosen : null;
  }

  /** The glosses that are looked for. */
  get inUse() {
    return this.wanted ?? this.#server;
  }

  /**
   * Take a gloss into one's own list, or out of it.
   * @param {string} gloss
   * @param {boolean} wanted
   */
  toggle(gloss, wanted) {
    const others = this.settings.own.filter((word) => word !== gloss);
    this.settings.change({ own: wanted ? [...others, gloss] : others });
  }

  /** Bring what is on the screen in line with the settings. */
  render() {
    const { kind, own } = this;
    for (const input of $("choices").querySelectorAll("input")) input.checked = input.value === kind;
    $("own-row").hidden = kind !== OWN;
    $("empty-own", HTMLButtonElement).disabled = !this.settings.own.length;
    const few = own.length === 1 ? "one word" : `${count(own.length)} words`;
    say($("own-text"), own.length ? `Your list has ${few}. Tick and untick them below.` : "Your list is empty. Search below and tick words; until then, this server's choice is looked for.");
    const left = this.settings.own.filter((gloss) => !this.#known.has(gloss));
    $("left-out").hidden = kind !== OWN || !left.length;
    const more = left.length > NAMED ? ` and ${count(left.length - NAMED)} more` : "";
    say($("left-out"), `This version of the model does not know these words of your list, so they are left out: ${left.slice(0, NAMED).join(", ")}${more}.`);
  }
}
