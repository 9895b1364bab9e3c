/** The states that people meet, each with a sentence that helps. */

import { $, say } from "./dom.js";

const STATES = {
  insecure: ["bad", "No camera on this address.", "Browsers give the camera only to https pages and to localhost. Open this page by https."],
  refused: ["bad", "The camera is not allowed.", "Allow it in the browser's address bar (the camera or lock symbol), then start again."],
  "refused-by-system": ["bad", "The system keeps the camera from this browser.", "Allow it in the system's privacy settings, then start again."],
  question: ["warn", "The browser asks whether this page may use the camera.", "Answer it: the question, or a camera symbol, is near the address bar."],
  "no-play": ["bad", "The browser does not let the picture play.", "Press start again. Energy saving, or a setting against playing by itself, may forbid it."],
  "no-picture": ["bad", "The camera gives no picture.", "A switch or a cover may be closed, or another program holds it. Then start again."],
  "camera-failed": ["bad", "The camera cannot be started.", "Start again, or restart the browser."],
  "no-camera": ["bad", "No camera was found.", "Plug one in, or use a video file or the drawn sample."],
  "camera-busy": ["bad", "The camera is in use.", "Close the other program or tab that uses it, then start again."],
  "camera-gone": ["bad", "The camera was taken away.", "Plug it in again, then start again."],
  "no-webgl": ["bad", "No graphics for finding landmarks.", "Turn on hardware acceleration (WebGL) in the browser's settings."],
  "old-browser": ["bad", "This browser is too old.", "Finding landmarks needs a browser from 2023 or later."],
  "no-models": ["bad", "The files for finding landmarks are not on the server.", "Whoever runs it gets them with `dvc repro page`. The drawn sample works without."],
  "no-holistic": ["bad", "Finding landmarks failed.", "Start again; if it fails again, reload the page."],
  unreachable: ["bad", "The server does not answer.", "Start again when the connection is back."],
  "no-model": ["bad", "No model serves at the moment.", "The page goes on by itself as soon as there is one."],
  busy: ["warn", "The server is busy.", "It is tried again every few seconds."],
  lost: ["warn", "The connection is lost.", "It is taken up again by itself; your phrase is kept."],
  back: ["good", "Connected again.", "Go on signing."],
  idle: ["warn", "The session rests.", "It goes on when you sign again."],
  hidden: ["warn", "The camera was stopped because this page was hidden.", "Start it again when you are back."],
  clip: ["bad", "The clip cannot be used.", ""],
  "no-landmarks": ["bad", "Nobody was seen in the clip.", "Hands and shoulders must be in the picture, in good light."],
  "no-sample": ["warn", "There is no sample to play.", "None of the words that are looked for has a figure."],
  failed: ["bad", "Something went wrong.", ""],
};
/** @typedef {keyof typeof STATES} State */

/** Something that a person must be told; `kind` names the state that the page shows, the message is added to it. */
export class StateError extends Error {
  /**
   * @param {State} kind
   * @param {string} [message]
   */
  constructor(kind, message = "") {
    super(message);
    this.kind = kind;
  }
}

/** @type {State[]} */
const CAMERA = ["refused", "refused-by-system", "no-camera", "camera-busy", "camera-gone", "camera-failed", "no-play", "no-picture"];
/** @type {State[]} */
const RETRIED = [...CAMERA, "no-holistic", "no-models"];
const BACK_MS = 3000;

export class Notice {
  #timer = 0;

  /** @param {() => void} onAction what the notice's button does. */
  constructor(onAction) {
    this.box = $("notice");
    this.action = $("notice-action");
    this.action.onclick = onAction;
    /** @type {State | ""} */
    this.state = "";
  }

  /**
   * Show a state.
   * @param {State} state
   * @param {string} [told] what the service or the browser said, shown after the sentence.
   * @param {string} [action] label of the button, none without.
   */
  show(state, told = "", action = "") {
    clearTimeout(this.#timer);
    const [tone, title, help] = STATES[state];
    this.state = state;
    this.box.dataset.tone = tone;
    this.box.dataset.state = state;
    say($("notice-title"), title);
    say($("notice-help"), [help, told && sentence(told)].filter(Boolean).join(" "));
    say(this.action, action);
    this.action.hidden = !action;
    this.box.hidden = false;
    if (state === "back") this.#timer = setTimeout(() => this.clear("back"), BACK_MS);
  }

  /**
   * Tell what went wrong.
   * @param {Error} error
   */
  fail(error) {
    const kind = error instanceof StateError ? error.kind : "failed";
    this.show(kind, error.message, RETRIED.includes(kind) ? "Try again" : "");
    if (kind === "failed") console.error(error);
  }

  /**
   * Take the notice away; only when it shows one of these states, if any are named.
   * @param {...State} states
   */
  clear(...states) {
    if (states.length && (!this.state || !states.includes(this.state))) return;
    this.state = "";
    this.box.hidden = true;
  }
}

/** @param {string} text */
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
