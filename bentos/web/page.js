/** Puts the page together. */

import { describe, describeChoice, noun } from "./about.js";
import { Captions } from "./captions.js";
import { Choice } from "./choice.js";
import { ClipError } from "./clip.js";
import { Conversation } from "./conversation.js";
import { $, say } from "./dom.js";
import { offerFloating } from "./floating.js";
import { Live } from "./live.js";
import { Refused, health, metadata, translate, words } from "./service.js";
import { Settings } from "./settings.js";
import { Signing } from "./signing.js";
import { speak } from "./speech.js";
import { Stage } from "./stage.js";
import { Notice } from "./states.js";
import { Vocabulary } from "./vocabulary.js";

const LOOK_MS = 10_000;
const SETTLED_MS = 400; // after a change, before the session is opened anew
const CAMERA = ["refused", "refused-by-system", "no-camera", "camera-busy", "camera-gone", "camera-failed", "no-play", "no-picture"];
const KINDS_WITH_RETRY = [...CAMERA, "no-holistic", "no-models", "hidden"];

const key = ({ version, run_id, vocabulary }) => JSON.stringify([version, run_id, vocabulary]);

class App {
  constructor() {
    this.model = null;
    this.session = "";
    this.notice = new Notice(() => this.start());
    this.settings = new Settings(() => this.#changed());
    this.captions = new Captions((sign, gloss) => this.#choose(sign, gloss));
    this.conversation = new Conversation();
    this.choice = new Choice(this.settings);
    this.vocabulary = new Vocabulary(this.choice);
    this.stage = new Stage();
    this.live = new Live((event) => this.#take(event), (state, reason) => this.#state(state, reason));
    this.signing = new Signing(this.stage, this.live, {
      settings: () => ({ topN: this.#most(), vocabulary: this.choice.wanted, live: this.#liveSettings() }),
      fail: (error) => this.#fail(error),
      question: (open) => (open ? this.notice.show("question") : this.notice.clear("question")),
      result: (candidates) => this.#result(candidates),
      ended: () => this.#buttons(),
    });
    this.#listen();
    this.#changed();
    offerFloating();
    this.#watch();
  }

  /** Sign at the camera. */
  start() {
    this.notice.clear();
    this.clip = null;
    return this.signing.camera();
  }

  #listen() {
    $("start").onclick = () => this.start();
    $("sample").onclick = () => this.#begin(() => this.signing.sample((g) => this.vocabulary.load(g), this.vocabulary.examples));
    $("file").onchange = ({ target }) => this.#open(target.files[0]);
    $("stop").onclick = () => this.stop();
    $("cancel").onclick = () => this.stop();
    $("points").onclick = () => this.settings.change({ points: !this.settings.points });
    for (const [id, type] of [["undo", "undo"], ["clear", "clear"], ["finish", "end"]]) {
      $(id).onclick = () => this.#command(type);
    }
    $("llm-off").onchange = ({ target }) => this.settings.change({ english: !target.checked });
    $("consent").onchange = () => this.#reopen();
    document.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("visibilitychange", () => this.#hide());
    const picture = $("picture");
    picture.ondragover = (event) => event.preventDefault();
    picture.ondrop = (event) => {
      event.preventDefault();
      this.#open(event.dataTransfer.files[0]);
    };
  }

  /** Stop signing; what was signed last is put into English. */
  stop() {
    const signed = this.signing.running && this.signing.source !== "none";
    this.signing.stop();
    if (signed && this.live.open) this.live.command({ type: "end" });
    $("start").focus();
  }

  #begin(work) {
    this.notice.clear();
    this.clip = null;
    return work();
  }

  #open(file) {
    $("file").value = "";
    if (file) this.#begin(() => this.signing.clip(file));
  }

  #key(event) {
    const typing = event.target.closest?.("input, textarea, select, dialog");
    if (typing || event.ctrlKey || event.altKey || event.metaKey || !this.settings.keys) return;
    if (/^[1-5]$/.test(event.key)) this.captions.choose(Number(event.key) - 1);
  }

  #hide() {
    if (document.visibilityState !== "hidden" || this.signing.source !== "camera") return;
    this.stop();
    this.notice.show("hidden", "", "Start again");
  }

  // ------------------------------------------------------------------ the service

  async #watch() {
    await this.#look();
    setTimeout(() => this.#watch(), LOOK_MS);
  }

  async #look() {
    try {
      await health();
      const model = await metadata();
      this.notice.clear("no-model", ...(this.signing.running ? [] : ["lost"]));
      if (key(model) !== key(this.model ?? {})) this.#show(model, await words());
    } catch (error) {
      if (error instanceof Refused) this.notice.show("no-model", error.message);
      else if (!this.signing.running) this.notice.show("lost");
    }
  }

  #show(model, known) {
    if (known.length !== model.labels.length) return; // another version took over between the two answers
    this.model = model;
    this.choice.show(model);
    this.vocabulary.show(known, noun(model));
    describe(model, known);
    this.#changed();
  }

  /** Candidates to ask for: as many as are shown, but no more than there are words; five may always be asked for. */
  #most() {
    return Math.min(this.settings.topN, Math.max(this.choice.inUse.length, 5));
  }

  #liveSettings() {
    const { topN, threshold, english } = this.settings;
    const vocabulary = this.choice.wanted;
    return { top_n: Math.max(topN, 5), english, consent: $("consent").checked, vocabulary, ...(threshold === null ? {} : { threshold }) };
  }

  #state(state, reason) {
    if (state === "open" && ["lost", "busy", "no-model", "idle"].includes(this.notice.state)) this.notice.show("back");
    else if (state === "lost") this.notice.show("lost", reason);
    else if (state === "refused") this.notice.show(reason.startsWith("no model") ? "no-model" : "busy", reason);
    else if (state === "closed" && reason) this.#ended(reason);
  }

  /** The server ended the session: as nothing was heard, or as the version that serves now does not know a chosen word. */
  async #ended(reason) {
    await this.#look();
    if (!this.#reopen(true) && this.signing.running) this.notice.show("idle", reason);
  }

  #take(event) {
    if (event.type === "ready") {
      this.session = event.session;
      this.settings.serverThreshold(event.threshold);
    }
    if (event.type === "error" && !event.fatal) {
      this.notice.show("failed", event.error);
      this.#look(); // another version may serve
    }
    this.captions.take(event);
    if (event.type === "english") this.#english(event, `${this.session}:${event.phrase}`);
    this.#buttons();
  }

  #english({ text, final }, key) {
    this.conversation.add("signed", text, key);
    if (final && this.settings.speak) speak(text);
  }

  // ------------------------------------------------------------------ signs and corrections

  #choose(sign, gloss) {
    if (this.clip) this.#result([{ gloss, score: 1 }, ...this.clip.filter((c) => c.gloss !== gloss)], this.clipKey);
    else this.live.command({ type: "choose", sign, gloss });
  }

  #command(type) {
    if (!this.clip) this.live.command({ type });
    else if (type === "end") this.clip = null;
    else this.captions.reset();
    this.#buttons();
  }

  /** The answer for a clip: as a phrase of one sign, and as English. */
  async #result(candidates, key = `clip:${performance.now()}`) {
    [this.clip, this.clipKey] = [candidates, key];
    this.captions.reset();
    this.captions.take({ type: "committed", sign: 1, candidates, ...candidates[0] });
    this.#buttons();
    const english = this.settings.english || this.model?.translation !== "llm";
    const said = english ? await translate([candidates]).catch(() => null) : null;
    if (this.clip !== candidates) return;
    const { text, source } = said ?? { text: candidates[0].gloss, source: "glosses" };
    this.captions.take({ type: "english", phrase: key, text, source, glosses: [candidates[0].gloss] });
    this.#english({ text, final: true }, key);
  }

  #buttons() {
    for (const id of ["undo", "clear", "finish"]) $(id).disabled = !this.captions.signs.length;
  }

  #changed() {
    const { points, topN, english } = this.settings;
    $("points").setAttribute("aria-pressed", String(points));
    $("llm-off").checked = !english;
    if (!this.stage) return;
    this.stage.withPoints = points;
    if (!points) this.stage.wipe();
    this.captions.show(topN);
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

  #fail(error) {
    const kind = error instanceof ClipError ? "clip" : (error.kind ?? "failed");
    const retry = KINDS_WITH_RETRY.includes(kind) ? "Try again" : "";
    this.notice.show(kind, error.message, retry);
    if (kind === "failed") console.error(error);
  }
}

export const app = new App();
