/** Puts the page together. */

import { Captions } from "./captions.js";
import { ClipError } from "./clip.js";
import { Conversation } from "./conversation.js";
import { $, el, percent, say } from "./dom.js";
import { offerFloating } from "./floating.js";
import { Live } from "./live.js";
import { Refused, health, metadata, translate } from "./service.js";
import { Settings } from "./settings.js";
import { Signing } from "./signing.js";
import { speak } from "./speech.js";
import { Stage } from "./stage.js";
import { Notice } from "./states.js";
import { Vocabulary } from "./vocabulary.js";

const LOOK_MS = 10_000;
const CAMERA = ["refused", "refused-by-system", "no-camera", "camera-busy", "camera-gone", "camera-failed", "no-play", "no-picture"];
const KINDS_WITH_RETRY = [...CAMERA, "no-holistic", "no-models", "hidden"];

const KEPT = "This server keeps numbers about recognised signs, and which were corrected: nothing by which a person is known.";

class App {
  constructor() {
    this.model = null;
    this.session = "";
    this.notice = new Notice(() => this.start());
    this.settings = new Settings(() => this.#changed());
    this.captions = new Captions((sign, gloss) => this.#choose(sign, gloss));
    this.conversation = new Conversation();
    this.vocabulary = new Vocabulary();
    this.stage = new Stage();
    this.live = new Live((event) => this.#take(event), (state, reason) => this.#state(state, reason));
    this.signing = new Signing(this.stage, this.live, {
      settings: () => ({ topN: this.settings.topN, live: this.#liveSettings() }),
      fail: (error) => this.#fail(error),
      question: (open) => (open ? this.notice.show("question") : this.notice.clear("question")),
      result: (candidates) => this.#result(candidates),
      ended: () => this.#buttons(),
    });
    this.#listen();
    this.#changed();
    offerFloating();
    this.#look();
  }

  /** Sign at the camera. */
  start() {
    this.notice.clear();
    this.clip = null;
    return this.signing.camera();
  }

  #listen() {
    $("start").onclick = () => this.start();
    $("sample").onclick = () => this.#begin(() => this.signing.sample((g) => this.vocabulary.load(g), this.model?.labels ?? []));
    $("file").onchange = ({ target }) => this.#open(target.files[0]);
    $("stop").onclick = () => this.stop();
    $("cancel").onclick = () => this.stop();
    $("points").onclick = () => this.settings.change({ points: !this.settings.points });
    for (const [id, type] of [["undo", "undo"], ["clear", "clear"], ["finish", "end"]]) {
      $(id).onclick = () => this.#command(type);
    }
    $("llm-off").onchange = ({ target }) => this.settings.change({ english: !target.checked });
    $("consent").onchange = () => this.#changed();
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

  async #look() {
    try {
      await health();
      const model = await metadata();
      this.notice.clear("no-model", ...(this.signing.running ? [] : ["lost"]));
      if (model.version !== this.model?.version || model.run_id !== this.model?.run_id) this.#show(model);
    } catch (error) {
      if (error instanceof Refused) this.notice.show("no-model", error.message);
      else if (!this.signing.running) this.notice.show("lost");
    } finally {
      setTimeout(() => this.#look(), LOOK_MS);
    }
  }

  #show(model) {
    this.model = model;
    say($("count"), String(model.labels.length));
    this.vocabulary.show(model.labels);
    const test = model.metrics?.test ?? {};
    const facts = {
      Model: `${model.name}, version ${model.version}`,
      "First guess right": test.n && `${percent(test.accuracy)} of ${test.n} test clips`,
      "Among first five": test.n && percent(test.top5_accuracy),
      English: model.translation === "llm" ? `by ${model.translation_model}` : "the words as they stand",
      Warning: model.warning,
    };
    const rows = Object.entries(facts).filter(([, value]) => value);
    $("model").replaceChildren(...rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
    const llm = model.translation === "llm";
    $("llm-note").hidden = $("set-llm-row").hidden = !llm;
    say($("llm-text"), llm ? `The English is written by the language model ${model.translation_model}: recognised words are sent to it, never pictures or landmarks.` : "");
    $("feedback-note").hidden = (model.feedback ?? "off") === "off";
    $("feedback-row").hidden = model.feedback !== "landmarks";
    say($("feedback-text"), KEPT);
    if (!llm) say($("source"), "No language model is set up: the recognised words stand as they are.");
  }

  #liveSettings() {
    const { topN, threshold, english } = this.settings;
    return { top_n: Math.max(topN, 5), english, consent: $("consent").checked, ...(threshold === null ? {} : { threshold }) };
  }

  #state(state, reason) {
    if (state === "open" && ["lost", "busy", "no-model", "idle"].includes(this.notice.state)) this.notice.show("back");
    else if (state === "lost") this.notice.show("lost", reason);
    else if (state === "refused") this.notice.show(reason.startsWith("no model") ? "no-model" : "busy", reason);
    else if (state === "closed" && this.signing.running) this.notice.show("idle", reason);
  }

  #take(event) {
    if (event.type === "ready") {
      this.session = event.session;
      this.settings.serverThreshold(event.threshold);
    }
    if (event.type === "error" && !event.fatal) this.notice.show("failed", event.error);
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
    if (this.live.open && this.live.settings.aspect) {
      const wanted = { ...this.#liveSettings(), aspect: this.live.settings.aspect };
      if (JSON.stringify(wanted) !== JSON.stringify(this.live.settings)) this.live.start(wanted);
    }
  }

  #fail(error) {
    const kind = error instanceof ClipError ? "clip" : (error.kind ?? "failed");
    const retry = KINDS_WITH_RETRY.includes(kind) ? "Try again" : "";
    this.notice.show(kind, error.message, retry);
    if (kind === "failed") console.error(error);
  }
}

export const app = new App();
