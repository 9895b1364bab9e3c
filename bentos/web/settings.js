/** What a person can set. Kept in the browser only when asked to. */

import { $, percent, say } from "./dom.js";

const KEY = "islr.settings";

/** What can be set, and what it is at first. */
class Values {
  topN = 5; // candidates
  /** @type {number | null} */
  threshold = null; // the server's
  size = 1; // of captions
  speak = false;
  keys = true;
  english = true; // by the language model
  points = true;
  choice = "server"; // of words: see Choice
  /** @type {string[]} */
  own = [];
  remember = false;
}

const NAMES = /** @type {(keyof Values)[]} */ (Object.keys(new Values()));

function stored() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return { ...kept, own: Array.isArray(kept.own) ? kept.own.map(String) : [] };
  } catch {
    return {}; // no storage in this browser, or not ours
  }
}

export class Settings extends Values {
  /** @param {(settings: Settings) => void} onChange */
  constructor(onChange) {
    super();
    Object.assign(this, stored());
    this.onChange = onChange;
    this.dialog = $("settings", HTMLDialogElement);
    $("open-settings").onclick = () => this.dialog.showModal();
    this.#bind("set-top", "topN", "value", Number);
    this.#bind("set-threshold", "threshold", "value", Number);
    this.#bind("set-size", "size", "value", Number);
    this.#bind("set-speak", "speak", "checked", Boolean);
    this.#bind("set-keys", "keys", "checked", Boolean);
    this.#bind("set-llm", "english", "checked", Boolean);
    this.#bind("set-remember", "remember", "checked", Boolean);
    this.#bind("keep-choice", "remember", "checked", Boolean);
    this.#show();
  }

  /**
   * @param {string} id of what a person sets it with.
   * @param {keyof Values} name
   * @param {"value" | "checked"} property that holds it there.
   * @param {(value: unknown) => unknown} type
   */
  #bind(id, name, property, type) {
    const input = /** @type {any} */ ($(id));
    if (this[name] !== null) input[property] = this[name];
    input.addEventListener("input", () => this.change({ [name]: type(input[property]) }));
  }

  /**
   * Change some of them, whoever asks.
   * @param {Partial<Values>} values
   */
  change(values) {
    Object.assign(this, values);
    $("set-llm", HTMLInputElement).checked = this.english;
    $("set-remember", HTMLInputElement).checked = $("keep-choice", HTMLInputElement).checked = this.remember;
    this.#show();
    this.#keep();
    this.onChange(this);
  }

  /**
   * The service's own threshold, until a person sets another.
   * @param {number} value
   */
  serverThreshold(value) {
    if (this.threshold === null) $("set-threshold", HTMLInputElement).value = String(value);
    this.#show();
  }

  #show() {
    say($("set-threshold-text"), percent(Number($("set-threshold", HTMLInputElement).value)));
    say($("set-size-text"), percent(this.size));
    document.documentElement.style.setProperty("--caption", String(this.size));
  }

  #keep() {
    try {
      if (!this.remember) localStorage.removeItem(KEY);
      else {
        const values = Object.fromEntries(NAMES.map((name) => [name, this[name]]));
        localStorage.setItem(KEY, JSON.stringify(values));
      }
    } catch {
      // a browser without storage: they hold until the page is closed
    }
  }
}
