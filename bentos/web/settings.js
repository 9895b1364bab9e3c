/** What a person can set. Kept in the browser only when asked to. */

import { $, percent, say } from "./dom.js";

const KEY = "islr.settings";
const DEFAULTS = { topN: 5, threshold: null, size: 1, speak: false, keys: true, english: true, points: true, choice: "server", own: [], remember: false };

function stored() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return { ...kept, own: Array.isArray(kept.own) ? kept.own.map(String) : [] };
  } catch {
    return {}; // no storage in this browser, or not ours
  }
}

export class Settings {
  /** @param {(settings: Settings) => void} onChange */
  constructor(onChange) {
    Object.assign(this, DEFAULTS, stored());
    this.onChange = onChange;
    this.dialog = $("settings");
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

  #bind(id, name, property, type) {
    const input = $(id);
    if (this[name] !== null) input[property] = this[name];
    input.addEventListener("input", () => this.change({ [name]: type(input[property]) }));
  }

  /** Change some of them, whoever asks. */
  change(values) {
    Object.assign(this, values);
    $("set-llm").checked = this.english;
    $("set-remember").checked = $("keep-choice").checked = this.remember;
    this.#show();
    this.#keep();
    this.onChange(this);
  }

  /** The service's own threshold, until a person sets another. */
  serverThreshold(value) {
    if (this.threshold === null) $("set-threshold").value = value;
    this.#show();
  }

  #show() {
    say($("set-threshold-text"), percent(Number($("set-threshold").value)));
    say($("set-size-text"), percent(this.size));
    document.documentElement.style.setProperty("--caption", this.size);
  }

  #keep() {
    try {
      if (!this.remember) localStorage.removeItem(KEY);
      else {
        const values = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, this[name]]));
        localStorage.setItem(KEY, JSON.stringify(values));
      }
    } catch {
      // a browser without storage: they hold until the page is closed
    }
  }
}
