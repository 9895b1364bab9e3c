/** The list of own signs: to play, test, rename and delete; and all of them to a file, from one, and forgotten. */

/** @import { ServerEvent } from "./protocol.js" */
/** @import { Taught as Kept } from "./taughtstore.js" */
import { $, count, el, percent, say } from "./dom.js";
import { Figures } from "./figures.js";
import { ended } from "./takes.js";
import { named, read, written } from "./taughtfile.js";

export class TaughtList {
  #testing = "";
  #open = "";
  #renaming = "";

  /**
   * @param {import("./taught.js").Taught} taught
   * @param {() => Promise<void> | void} film begins to look, if that is not so already.
   */
  constructor(taught, film) {
    this.taught = taught;
    this.film = film;
    this.figures = new Figures($("picture"));
    $("taught-export").onclick = () => this.#export();
    $("taught-forget").onclick = () => this.#forget();
    const input = $("taught-import", HTMLInputElement);
    input.onchange = () => {
      const file = input.files?.[0];
      input.value = "";
      if (file) this.#attempt(() => this.#import(file));
    };
    this.render();
  }

  /** Bring what is on the screen up to date. */
  render() {
    const { signs, possible } = this.taught;
    this.figures.clear();
    $("taught").replaceChildren(...signs.map((sign) => this.#item(sign)));
    $("taught-none").hidden = signs.length > 0;
    $("taught-impossible").hidden = possible;
    $("teach", HTMLButtonElement).disabled = !possible;
    for (const id of ["taught-export", "taught-forget"]) $(id, HTMLButtonElement).disabled = !signs.length;
  }

  /** @param {Kept} sign */
  #item(sign) {
    const { name } = sign;
    const button = (/** @type {string} */ label, /** @type {() => void} */ act, pressed = "") => {
      const made = el("button", { type: "button", className: "quiet-button", "aria-label": `${label} “${name}”`, ...(pressed && { "aria-pressed": pressed }) }, label);
      made.onclick = () => {
        act();
        [...$("taught").querySelectorAll("button")].find((b) => b.getAttribute("aria-label") === made.getAttribute("aria-label"))?.focus();
      };
      return made;
    };
    const takes = el("span", { className: "quiet" }, `${sign.takes.length} take${sign.takes.length === 1 ? "" : "s"}`);
    const item = el("li", {}, el("b", {}, name), takes);
    item.append(
      button("Play", () => this.#set({ open: this.#open === name ? "" : name }), String(this.#open === name)),
      button("Test", () => this.#test(name)),
      button("Rename", () => this.#set({ renaming: name })),
      button("Delete", () => this.#delete(name)),
    );
    if (this.#renaming === name) item.append(this.#rename(name));
    if (this.#open === name) item.append(el("div", { className: "films" }, ...sign.takes.map((recording) => this.#figure(recording, name))));
    return item;
  }

  /** @param {{open?: string, renaming?: string}} changed */
  #set({ open = this.#open, renaming = "" }) {
    [this.#open, this.#renaming] = [open, renaming];
    this.render();
    if (renaming) $("taught").querySelector("input")?.focus();
  }

  /**
   * @param {import("./recording.js").Recording} recording
   * @param {string} name
   */
  #figure(recording, name) {
    const canvas = el("canvas", { role: "img", "aria-label": `“${name}” as a moving figure` });
    this.figures.add(canvas, { canvas, recording });
    return canvas;
  }

  /** @param {string} name */
  #rename(name) {
    const input = el("input", { type: "text", value: name, maxLength: 40, "aria-label": `New name of “${name}”`, autocomplete: "off" });
    const form = el("form", { className: "rename" }, input, el("button", { type: "submit", className: "quiet-button" }, "Save name"));
    form.onsubmit = (event) => {
      event.preventDefault();
      this.#attempt(async () => {
        const other = named(input.value);
        await this.taught.rename(name, other);
        this.#set({});
        return `“${name}” is called “${other}” now.`;
      });
    };
    return form;
  }

  /** @param {string} name */
  async #delete(name) {
    if (!confirm(`Delete “${name}” and its takes?`)) return;
    await this.taught.remove(name);
    this.#say(`“${name}” is deleted.`);
    $("taught-title").focus();
  }

  /** @param {string} name */
  async #test(name) {
    this.#testing = name;
    this.#say(`Sign “${name}” now, then let your hands rest.`);
    await this.film();
  }

  /**
   * An event of the live session, which may answer a test.
   * @param {ServerEvent} event
   */
  take(event) {
    const sign = this.#testing ? ended(event) : null;
    if (!sign || sign.short) return;
    const [name, best] = [this.#testing, sign.candidates[0]];
    const score = sign.candidates.find(({ gloss }) => gloss === name)?.score ?? 0;
    this.#testing = "";
    if (event.type === "committed" && best?.gloss === name) this.#say(`“${name}” was recognised, ${percent(score)} sure.`);
    else this.#say(`It was not sure of “${name}” (${percent(score)})${best && best.gloss !== name ? `, and thought of “${best.gloss}”` : ""}. Teach it again, or try once more.`);
  }

  #export() {
    const link = el("a", { href: URL.createObjectURL(written(this.taught.signs)), download: "own-signs.json" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  /** @param {File} file */
  async #import(file) {
    const signs = await read(file);
    for (const sign of signs) await this.taught.add(sign);
    return `${count(signs.length)} sign${signs.length === 1 ? "" : "s"} came from the file.`;
  }

  async #forget() {
    if (!confirm("Forget all own signs? Only a file that you exported brings them back.")) return;
    await this.taught.forget();
    this.#say("All own signs are forgotten.");
    $("taught-title").focus();
  }

  /** @param {() => Promise<string>} work gives what to say. */
  async #attempt(work) {
    try {
      this.#say(await work());
    } catch (error) {
      this.#say(error.message);
    }
  }

  /** @param {string} text */
  #say(text) {
    say($("taught-said"), text);
    say($("said"), text);
  }
}
