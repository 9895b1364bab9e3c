/** What was signed and typed, in order, with copy and download; kept in this page only. */

import { $, el, say } from "./dom.js";

const WHO = { signed: "Signed", typed: "Typed" };
const ENOUGH_MS = 1800;

export class Conversation {
  /** @type {{key?: string, who: "signed"|"typed", text: string, at: Date, words: HTMLElement}[]} */
  #turns = [];

  constructor() {
    this.list = $("turns");
    this.buttons = ["copy", "download", "forget"].map((id) => $(id, HTMLButtonElement));
    const [copy, download, forget] = this.buttons;
    copy.onclick = () => this.#copy(copy);
    download.onclick = () => this.#download();
    forget.onclick = () => this.#forget();
    const [form, text, large] = [$("reply", HTMLFormElement), $("reply-text", HTMLTextAreaElement), $("reply-large")];
    text.oninput = () => {
      say(large, text.value.trim());
      large.hidden = !large.textContent;
    };
    text.onkeydown = (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    };
    form.onsubmit = (event) => {
      event.preventDefault();
      if (text.value.trim()) this.add("typed", text.value.trim());
      text.value = ""; // what was typed goes on standing large until the next reply
    };
  }

  /**
   * Add a turn, or put another text into the one with the same key.
   * @param {"signed"|"typed"} who
   * @param {string} text
   * @param {string} [key] of a phrase whose English may still change.
   */
  add(who, text, key) {
    const known = key && this.#turns.find((turn) => turn.key === key);
    if (known) {
      known.text = text;
      say(known.words, text);
      return;
    }
    const at = new Date();
    const words = el("span", { className: "words" }, text);
    const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const item = el("li", { className: who }, el("span", { className: "who" }, `${WHO[who]} ${time}`), words);
    this.#turns.push({ key, who, text, at, words });
    this.list.append(item);
    this.#changed();
  }

  /** All turns as text, one a line. */
  text() {
    return this.#turns.map(({ at, who, text }) => `${at.toLocaleTimeString()} ${WHO[who]}: ${text}\n`).join("");
  }

  #changed() {
    $("no-turns").hidden = this.#turns.length > 0;
    for (const button of this.buttons) button.disabled = !this.#turns.length;
  }

  /** @param {HTMLElement} button */
  async #copy(button) {
    let told = "Copied";
    await navigator.clipboard.writeText(this.text()).catch(() => (told = "Not allowed; use Download"));
    say(button, told);
    setTimeout(() => say(button, "Copy"), ENOUGH_MS);
  }

  #download() {
    const url = URL.createObjectURL(new Blob([this.text()], { type: "text/plain" }));
    el("a", { href: url, download: `conversation-${new Date().toISOString().slice(0, 16).replace(":", "")}.txt` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  #forget() {
    this.#turns = [];
    this.list.replaceChildren();
    $("reply-large").hidden = true;
    this.#changed();
    $("reply-text").focus();
  }
}
