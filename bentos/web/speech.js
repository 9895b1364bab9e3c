/** Speaks sentences with a voice of this device; a voice that is a service elsewhere would be told them. */

/**
 * Speak a sentence; gives whether there is a voice for it.
 * @param {string} text
 */
export function speak(text) {
  const voice = globalThis.speechSynthesis?.getVoices().find((v) => v.localService && v.lang.startsWith("en"));
  if (!voice) return false;
  speechSynthesis.cancel();
  speechSynthesis.speak(Object.assign(new SpeechSynthesisUtterance(text), { voice, lang: voice.lang }));
  return true;
}
