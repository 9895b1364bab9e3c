/** The live session: landmarks out, events in. A lost socket is opened again and takes its phrase up by a token. */

/** @import { ClientMessage, ServerEvent, Start } from "./protocol.js" */
import { encodeFrame } from "./wire.js";

/** @typedef {"connecting"|"open"|"lost"|"refused"|"closed"} State */
/** @typedef {Omit<Start, "type" | "token">} Settings of a session. */

const MOST_WAITING = 32 * 1024; // bytes that may wait to be sent: more, and frames are dropped, not queued
const RETRY_MS = [300, 700, 1500, 3000, 5000];
const TRY_LATER = 1013;
const POLICY = 1008; // among others: nothing was heard for two minutes

export class Live {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {string | null} */
  #token = null;
  #wanted = false;
  #ready = false;
  #failures = 0;
  #retry = 0;
  /** @type {ClientMessage[]} */
  #queue = [];
  #reason = "";

  /**
   * @param {(event: ServerEvent) => void} onEvent gets the service's events.
   * @param {(state: State, reason: string) => void} onState
   */
  constructor(onEvent, onState) {
    this.onEvent = onEvent;
    this.onState = onState;
    /** @type {Settings} */
    this.settings = {};
    /** @type {((milliseconds: number, points: Float32Array) => void) | null} */
    this.watch = null; // gets what is sent, too
    this.sent = 0;
    this.dropped = 0;
  }

  get open() {
    return this.#ready;
  }

  /**
   * Begin, or begin again with other settings; the phrase stays.
   * @param {Settings} settings
   */
  start(settings) {
    this.settings = settings;
    this.#wanted = true;
    this.#failures = 0;
    this.#drop();
    this.#connect();
  }

  /**
   * Send a frame, or drop it when the line is too slow for it.
   * @param {number} milliseconds its time.
   * @param {Float32Array} points 180 × (x, y, z)
   */
  frame(milliseconds, points) {
    const socket = this.#socket;
    this.watch?.(milliseconds, points);
    if (!socket || !this.#ready || socket.bufferedAmount > MOST_WAITING) {
      this.dropped++;
      return;
    }
    socket.send(encodeFrame(milliseconds, points));
    this.sent++;
  }

  /**
   * Send a command; kept until there is a connection.
   * @param {ClientMessage} message
   */
  command(message) {
    if (this.#socket && this.#ready) this.#socket.send(JSON.stringify(message));
    else {
      this.#queue.push(message);
      if (!this.#wanted) this.start(this.settings);
    }
  }

  #connect() {
    clearTimeout(this.#retry);
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#reason = "";
    this.onState("connecting", "");
    socket.onopen = () => {
      /** @type {Start} */
      const start = { type: "start", token: this.#token, ...this.settings };
      socket.send(JSON.stringify(start));
    };
    socket.onmessage = ({ data }) => socket === this.#socket && this.#take(JSON.parse(data));
    socket.onclose = ({ code, reason }) => socket === this.#socket && this.#lost(code, reason);
  }

  /** @param {ServerEvent} event */
  #take(event) {
    if ("token" in event) this.#token = event.token;
    if (event.type === "error" && event.fatal) this.#reason = event.error;
    else if (event.type === "error" && !this.#ready) return; // a token that is too old: `ready` says what is kept
    if (event.type === "ready") {
      this.#ready = true;
      this.#failures = 0;
      this.onState("open", "");
    }
    this.onEvent(event);
    if (event.type === "ready") for (const message of this.#queue.splice(0)) this.command(message);
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #lost(code, reason) {
    const told = this.#reason || reason;
    this.#drop();
    if (!this.#wanted) return;
    if (code === POLICY) {
      this.#wanted = false;
      this.onState("closed", told);
      return;
    }
    this.onState(code === TRY_LATER ? "refused" : "lost", told);
    const wait = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)];
    this.#retry = setTimeout(() => this.#wanted && this.#connect(), wait);
  }

  #drop() {
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = null;
    this.#ready = false;
    socket?.close();
  }
}
