/** What a person does to the page as a whole: its buttons, keys, and files that are chosen or dropped. */

/** @import { ClientMessage } from "./protocol.js" */
import { $ } from "./dom.js";

/**
 * @typedef {object} Actions
 * @property {() => void} start the camera.
 * @property {() => void} stop whatever runs.
 * @property {() => void} sample plays it.
 * @property {(file: File) => void} open a video file.
 * @property {(message: ClientMessage) => void} command for the phrase.
 * @property {(i: number) => void} choose a candidate by its place, from 0.
 * @property {() => void} hide the page was hidden.
 */

/**
 * Do from here on what a person asks for.
 * @param {Actions} actions
 */
export function listen(actions) {
  $("start").onclick = () => actions.start();
  $("sample").onclick = () => actions.sample();
  for (const id of ["stop", "cancel"]) $(id).onclick = () => actions.stop();
  $("undo").onclick = () => actions.command({ type: "undo" });
  $("clear").onclick = () => actions.command({ type: "clear" });
  $("finish").onclick = () => actions.command({ type: "end" });
  document.addEventListener("keydown", (event) => key(event, actions));
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && actions.hide());
  files(actions);
}

/** @param {Actions} actions */
function files({ open }) {
  const [input, picture] = [$("file", HTMLInputElement), $("picture")];
  input.onchange = () => {
    const file = input.files?.[0];
    input.value = ""; // the same file may be chosen again
    if (file) open(file);
  };
  picture.ondragover = (event) => event.preventDefault();
  picture.ondrop = (event) => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) open(file);
  };
}

/**
 * @param {KeyboardEvent} event
 * @param {Actions} actions
 */
function key(event, { choose }) {
  const typing = event.target instanceof Element && event.target.closest("input, textarea, select, dialog");
  if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (/^[1-5]$/.test(event.key)) choose(Number(event.key) - 1);
}
