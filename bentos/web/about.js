/** What the page says of the model: only what the model's own description says. */

/** @import { KnownGloss, Metadata } from "./protocol.js" */
import { $, count, el, percent, say } from "./dom.js";

const PARTS = {
  val: "val: models and sizes of vocabulary were compared on them",
  test: "test: they were kept until everything was chosen",
};

const KEPT = "This server keeps numbers about recognised signs, and which were corrected: nothing by which a person is known.";
const GLOSSES = "Each word is a gloss: a name for a sign, not its meaning.";
const AVERAGED = "A figure is averaged over at least three recordings that the model learnt from, so it is nobody's own.";

/** @param {Metadata} model */
const isDrawn = ({ language }) => language === "drawn";
/** @param {Metadata} model */
const isASL = ({ language }) => language === "ASL";

/**
 * What its glosses are called: movements, where they are no signs.
 * @param {Metadata} model
 */
export const noun = (model) => (isDrawn(model) ? "movement" : "sign");

/**
 * Describe a model.
 * @param {Metadata} model
 * @param {KnownGloss[]} words
 */
export function describe(model, words) {
  $("drawn").hidden = !isDrawn(model);
  say($("vocabulary-title"), `${isDrawn(model) ? "Movements" : "Signs"} it knows`);
  const averaged = isASL(model) && words.some((word) => word.figure) ? ` ${AVERAGED}` : "";
  say($("about-words"), isDrawn(model) ? "Each word is the name of a drawn movement." : GLOSSES + averaged);
  $("unreviewed").hidden = !isASL(model);
  const facts = {
    Model: `${model.name}, version ${model.version}`,
    Knows: isASL(model) ? `${count(model.labels.length)} glosses of ASL` : isDrawn(model) && `${count(model.labels.length)} drawn movements, no ASL`,
    "Learnt from": model.learnt_from_source && [model.learnt_from_source, clips(words)].filter(Boolean).join(": "),
    English: model.translation === "llm" ? `by ${model.translation_model}` : "the words as they stand",
    Warning: model.warning,
  };
  const rows = Object.entries(facts).flatMap(([name, value]) => (value ? [el("div", {}, el("dt", {}, name), el("dd", {}, value))] : []));
  $("model").replaceChildren(...rows);
  table(model);
  services(model);
}

/**
 * Who else gets or keeps something.
 * @param {Metadata} model
 */
function services(model) {
  const llm = model.translation === "llm";
  $("llm-note").hidden = $("set-llm-row").hidden = !llm;
  say($("llm-text"), llm ? `The English is written by the language model ${model.translation_model}: recognised words are sent to it, never pictures or landmarks.` : "");
  $("feedback-note").hidden = model.feedback === "off";
  $("feedback-row").hidden = model.feedback !== "landmarks";
  say($("feedback-text"), KEPT);
  if (!llm) say($("source"), "No language model is set up: the recognised words stand as they are.");
}

/** @param {KnownGloss[]} words */
function clips(words) {
  const known = words.reduce((sum, word) => sum + (word.clips ?? 0), 0);
  return known ? `${count(known)} clips` : "";
}

/** @param {Metadata} model */
function table(model) {
  $("accuracy").hidden = !model.accuracy.length;
  say($("accuracy-title"), isDrawn(model) ? "How often it is right with drawn clips that it did not learn from; this says nothing of anybody's signing" : "How often it is right with clips that it did not learn from");
  const rows = model.accuracy.map(({ vocabulary, part, n, top1, top1_ci: [low, high], top5 }) => {
    const values = [`${percent(top1)} (${interval(low, high)})`, percent(top5), `${count(n)} (${part})`];
    return el("tr", {}, el("th", { scope: "row" }, count(vocabulary)), ...values.map((value) => el("td", {}, value)));
  });
  $("accuracy-rows").replaceChildren(...rows);
}

/**
 * @param {number} low
 * @param {number} high
 */
const interval = (low, high) => `${Math.round(low * 100)}–${Math.round(high * 100)}`;

/**
 * Say what is looked for, and how often that is right.
 * @param {Metadata} model
 * @param {string[]} inUse glosses that are looked for.
 */
export function describeChoice(model, inUse) {
  say($("claim"), claim(model, inUse.length, model.labels.length));
  say($("measured"), right(model, inUse));
}

/**
 * @param {Metadata} model
 * @param {number} some
 * @param {number} all
 */
function claim(model, some, all) {
  const known = some < all ? `${count(some)} of the ${count(all)}` : count(all);
  if (isDrawn(model)) return `A trial model: it tells ${known} drawn movements apart that are no ASL.`;
  if (isASL(model)) return `Looks for ${known} isolated signs of American Sign Language that it knows, and writes them as English.`;
  return `Recognises ${known} isolated signs and writes them as English.`;
}

/**
 * @param {Metadata} model
 * @param {string[]} inUse
 */
function right(model, inUse) {
  if (!model.accuracy.length) return "";
  const chosen = new Set(inUse);
  const first = model.labels.slice(0, chosen.size);
  const measured = first.every((gloss) => chosen.has(gloss)) ? model.accuracy.filter((entry) => entry.vocabulary === chosen.size) : [];
  if (!measured.length) return `How often it is right among just these ${count(chosen.size)} was not measured.`;
  const { part, n, top1, top1_ci: ci, top5 } = measured.find((entry) => entry.part === "test") ?? measured[0];
  const which = isDrawn(model) ? "drawn clips" : "clips";
  const end = isDrawn(model) ? " That says nothing of anybody's signing." : "";
  return `Among these ${count(chosen.size)}, the first guess is right in ${percent(top1)} (95 % interval ${interval(...ci)}), one of the first five in ${percent(top5)}, of ${count(n)} ${which} that it did not learn from (${PARTS[part]}).${end}`;
}
