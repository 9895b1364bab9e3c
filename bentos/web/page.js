/** Puts the page together. */

/** @import { ClientMessage, English, KnownGloss, Metadata, ServerEvent } from "./protocol.js" */
/** @import { Refused } from "./service.js" */
/** @import { State } from "./states.js" */
import { describe, describeChoice, noun } from "./about.js";
import { Answer } from "./answer.js";
import { Captions } from "./captions.js";
import { Choice } from "./choice.js";
import { listen } from "./controls.js";
import { Conversation } from "./conversation.js";
import { $ } from "./dom.js";
import { offerFloating } from "./floating.js";
import { Live } from "./live.js";
import { Serving } from "./serving.js";
import { Settings } from "./settings.js";
import { Signing } from "./signing.js";
import { speak } from "./speech.js";
import { Stage } from "./stage.js";
import { Notice } from "./states.js";
import { Taught } from "./taught.js";
import { TaughtList } from "./taughtlist.js";
import { Teaching } from "./teaching.js";
import { Vocabulary } from "./vocabulary.js";

const SETTLED_MS = 400; // after a change, before the session is opened anew
/** @type {Set<State | "">} */
const WAITING = new Set(["lost", "busy", "no-model", "idle"]);

class App {
  constructor() {
    this.session = "";
    this.reopening = 0;
    this.notice = new Notice(() => this.start());
    this.settings = new Settings(() => this.#changed());
    this.captions = new Captions((sign, gloss) => this.#choose(sign, gloss));
    this.answer = new Answer(
      this.captions,
      () => this.settings.english || this.model?.translation !== "llm",
      () => this.taught.signs.map(({ name }) => name),
      (text, key) => this.#english({ text, final: true }, key),
    );
    this.conversation = new Conversation();
    this.choice = new Choice(this.settings);
    this.vocabulary = new Vocabulary(this.choice);
    this.stage = new Stage();
    this.live = new Live((event) => this.#take(event), (state, reason) => this.#state(state, reason));
    this.serving = new Serving(
      (model, words) => this.#show(model, words),
      () => this.#served(),
      (refused) => this.#unserved(refused),
    );
    this.signing = new Signing(this.stage, this.live, {
      settings: () => ({ topN: this.#most(), vocabulary: this.choice.wanted, ownSigns: this.taught.wanted, live: this.#liveSettings() }),
      fail: (error) => this.notice.fail(error),
      question: (open) => (open ? this.notice.show("question") : this.notice.clear("question")),
      result: (candidates) => this.answer.show(candidates),
    });
    this.taught = new Taught(() => this.#changed());
    const film = () => (this.signing.running ? undefined : void this.start());
    this.taughtList = new TaughtList(this.taught, film);
    this.teaching = new Teaching(this.taught, this.live, {
      film,
      changed: () => this.#reopen(),
      aspect: () => this.stage.aspect,
      choice: () => ({ vocabulary: this.choice.wanted }),
      known: (name) => Boolean(this.model?.labels.includes(name)),
    });
    this.#listen();
    this.#changed();
    offerFloating();
    this.serving.watch();
  }

  /** The model that serves, or null. */
  get model() {
    return this.serving.model;
  }

  /** Sign at the camera. */
  start() {
    return this.#begin(() => this.signing.camera());
  }

  #listen() {
    listen({
      start: () => this.start(),
      stop: () => this.stop(),
      sample: () => this.#begin(() => this.signing.sample((gloss) => this.vocabulary.load(gloss), this.vocabulary.examples)),
      open: (file) => this.#begin(() => this.signing.clip(file)),
      command: (message) => this.#command(message),
      choose: (i) => this.settings.keys && this.captions.choose(i),
      hide: () => this.#hide(),
    });
    $("points").onclick = () => this.settings.change({ points: !this.settings.points });
    $("llm-off").onchange = () => this.settings.change({ english: !$("llm-off", HTMLInputElement).checked });
    $("consent").onchange = () => this.#reopen();
  }

  /** Stop signing; what was signed last is put into English. */
  stop() {
    const signed = this.signing.running && this.signing.source !== "none";
    this.signing.stop();
    if (signed && this.live.open) this.live.command({ type: "end" });
    $("start").focus();
  }

  /** @param {() => Promise<void>} work */
  #begin(work) {
    this.notice.clear();
    this.answer.candidates = null;
    return work();
  }

  #hide() {
    if (this.signing.source !== "camera") return;
    this.stop();
    this.notice.show("hidden", "", "Start again");
  }

  // ------------------------------------------------------------------ the service

  /**
   * @param {Metadata} model
   * @param {KnownGloss[]} words
   */
  #show(model, words) {
    this.choice.show(model);
    this.vocabulary.show(words, noun(model));
    this.taught.adopt(model);
    describe(model, words);
    this.#changed();
  }

  #served() {
    this.notice.clear("no-model");
    if (!this.signing.running) this.notice.clear("lost");
  }

  /** @param {Refused | null} refused */
  #unserved(refused) {
    if (refused) this.notice.show("no-model", refused.message);
    else if (!this.signing.running) this.notice.show("lost");
  }

  /** Candidates to ask for: as many as are shown, but no more than there are words; five may always be asked for. */
  #most() {
    return Math.min(this.settings.topN, Math.max(this.choice.inUse.length, 5));
  }

  #liveSettings() {
    const { topN, threshold, english } = this.settings;
    const vocabulary = this.choice.wanted;
    if (this.teaching.active) return { top_n: 5, english: false, threshold: 1, vocabulary };
    return { top_n: Math.max(topN, 5), english, consent: $("consent", HTMLInputElement).checked, vocabulary, own_signs: this.taught.wanted, ...(threshold === null ? {} : { threshold }) };
  }

  /**
   * @param {import("./live.js").State} state
   * @param {string} reason
   */
  #state(state, reason) {
    if (state === "open" && WAITING.has(this.notice.state)) this.notice.show("back");
    else if (state === "lost") this.notice.show("lost", reason);
    else if (state === "refused") this.notice.show(reason.startsWith("no model") ? "no-model" : "busy", reason);
    else if (state === "closed" && reason) this.#ended(reason);
  }

  /**
   * The server ended the session: as nothing was heard, or as the version that serves now does not know a chosen word.
   * @param {string} reason
   */
  async #ended(reason) {
    await this.serving.look();
    if (!this.#reopen(true) && this.signing.running) this.notice.show("idle", reason);
  }

  /** @param {ServerEvent} event */
  #take(event) {
    if (event.type === "ready") {
      this.session = event.session;
      if (!this.teaching.active) this.settings.serverThreshold(event.threshold);
    }
    if (event.type === "error" && !event.fatal) {
      this.notice.show("failed", event.error);
      this.serving.look(); // another version may serve
    }
    this.teaching.take(event);
    this.taughtList.take(event);
    if (!this.teaching.active) this.captions.take(event);
    if (event.type === "english") this.#english(event, `${this.session}:${event.phrase}`);
  }

  /**
   * @param {Pick<English, "text" | "final">} english
   * @param {string} key
   */
  #english({ text, final }, key) {
    this.conversation.add("signed", text, key);
    if (final && this.settings.speak) speak(text);
  }

  // ------------------------------------------------------------------ signs and corrections

  /**
   * @param {number} sign
   * @param {string} gloss
   */
  #choose(sign, gloss) {
    if (this.answer.candidates) this.answer.choose(gloss);
    else this.live.command({ type: "choose", sign, gloss });
  }

  /** @param {ClientMessage} message */
  #command(message) {
    if (!this.answer.candidates) this.live.command(message);
    else if (message.type === "end") this.answer.candidates = null;
    else this.captions.reset();
  }

  #changed() {
    const { points, topN, english } = this.settings;
    $("points").setAttribute("aria-pressed", String(points));
    $("llm-off", HTMLInputElement).checked = !english;
    this.stage.withPoints = points;
    if (!points) this.stage.wipe();
    this.captions.show(topN);
    this.taughtList.render();
    clearTimeout(this.reopening);
    this.reopening = setTimeout(() => this.#reopen(), SETTLED_MS);
    if (!this.model) return;
    this.choice.render();
    this.vocabulary.render();
    describeChoice(this.model, this.choice.inUse);
  }

  /** A session takes what was changed: it is opened anew, and its phrase stays. Gives whether it had to be. */
  #reopen(ended = false) {
    const { live, signing } = this;
    if (!live.settings.aspect || !(ended || live.open || signing.running)) return false;
    const wanted = { ...this.#liveSettings(), aspect: live.settings.aspect };
    if (JSON.stringify(wanted) === JSON.stringify(live.settings)) return false;
    live.start(wanted);
    return true;
  }

}

export const app = new App();
