/**
 * Landmarks in the browser by MediaPipe Holistic (Grishchenko & Bazarevsky 2020): the same models, with the same
 * settings, as those that gave the landmarks for training. Loaded when it is first needed: 30 MB.
 */

import { context2d } from "./drawing.js";
import { toPoints } from "./skeleton.js";
import { StateError } from "./states.js";

const SETTINGS = {
  modelComplexity: 1,
  smoothLandmarks: true,
  enableSegmentation: false,
  refineFaceLandmarks: true,
  minDetectionConfidence: 0.5,
  minTrackingConfidence: 0.5,
  selfieMode: false, // unmirrored pixels in, as in training; only CSS mirrors the picture
};
const LARGEST = 1280; // pixels of the longer side: what is larger is shrunk, hands stay sharp enough
const LARGEST_SOFTWARE = 640;
const SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
const SOFTWARE = /swiftshader|llvmpipe|software|basic render/i;

/** Whether graphics are computed by the processor: then MediaPipe is ten times as fast without them. */
function checkBrowser() {
  if (!globalThis.WebAssembly?.validate(new Uint8Array(SIMD))) throw new StateError("old-browser");
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) throw new StateError("no-webgl");
  const known = gl.getExtension("WEBGL_debug_renderer_info");
  return SOFTWARE.test(known ? gl.getParameter(known.UNMASKED_RENDERER_WEBGL) : "");
}

/**
 * One of the files that the stage `page` brought to the server.
 * @param {string} url
 * @param {AbortSignal} [signal]
 * @throws {StateError}
 */
export async function asset(url, signal) {
  const response = await fetch(url, { signal }).catch((error) => {
    throw signal?.aborted ? error : new StateError("unreachable");
  });
  if (!response.ok) throw new StateError("no-models", `${url} gives ${response.status}`);
  return response;
}

/**
 * @param {string} url
 * @param {(bytes: number) => void} onBytes
 * @param {AbortSignal} [signal]
 */
async function fetchPart(url, onBytes, signal) {
  const response = await asset(url, signal);
  const reader = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (response.body).getReader();
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const chunks = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    onBytes(value.length);
  }
  return new Blob(chunks, { type: url.endsWith(".wasm") ? "application/wasm" : "application/octet-stream" });
}

/**
 * Fetch the large files once, whole, with progress; MediaPipe then reads them from memory.
 * @param {(loaded: number, total: number) => void} onProgress
 * @param {AbortSignal} [signal]
 */
async function fetchAll(onProgress, signal) {
  /** @type {{base: string, files: Record<string, number>}} */
  const { base, files } = await (await asset("/assets/holistic.json", signal)).json();
  const large = Object.keys(files).filter((name) => !/\.js(on)?$/.test(name));
  const total = large.reduce((sum, name) => sum + files[name], 0);
  let loaded = 0;
  const count = (/** @type {number} */ bytes) => onProgress((loaded += bytes), total);
  const blobs = await Promise.all(large.map((name) => fetchPart(`/assets/${base}${name}`, count, signal)));
  const urls = new Map(large.map((name, i) => [name, URL.createObjectURL(blobs[i])]));
  return { urls, locate: (/** @type {string} */ name) => urls.get(name) ?? `/assets/${base}${name}` };
}

/** @param {string} src */
function loadScript(src) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = src;
    script.onload = resolve;
    script.onerror = () => reject(new StateError("no-models", `${src} does not load`));
    document.head.append(script);
  });
}

/**
 * Call something that asks for the time and shall be told this one: MediaPipe has no other way to give it.
 * @template T
 * @param {number} milliseconds
 * @param {() => T} call
 */
function atTime(milliseconds, call) {
  const clock = /** @type {{now?: () => number}} */ (performance);
  clock.now = () => milliseconds;
  try {
    return call();
  } finally {
    delete clock.now; // the browser's own is the prototype's
  }
}

/**
 * What a part of MediaPipe does; whatever it throws is not always an error.
 * @template T
 * @param {() => T} work
 */
async function working(work) {
  try {
    return await work();
  } catch (error) {
    throw new StateError("no-holistic", String(error?.message ?? error));
  }
}

export class Holistic {
  #graph;
  /** @type {Float32Array | null} */
  #points = null;
  #clock = 0;
  #small = document.createElement("canvas");

  /**
   * @param {MediaPipeHolistic} graph
   * @param {boolean} software
   */
  constructor(graph, software) {
    this.#graph = graph;
    this.software = software;
    graph.setOptions(software ? { ...SETTINGS, useCpuInference: true } : SETTINGS);
    graph.onResults((results) => (this.#points = toPoints(results)));
  }

  /**
   * Load code and models.
   * @param {(loaded: number, total: number) => void} onProgress bytes.
   * @param {AbortSignal} [signal]
   * @throws {StateError} no WebGL, too old a browser, or the models cannot be had.
   */
  static async load(onProgress, signal) {
    const software = checkBrowser();
    const { urls, locate } = await fetchAll(onProgress, signal);
    try {
      await loadScript(locate("holistic.js"));
      return await working(async () => {
        const graph = new globalThis.Holistic({ locateFile: locate });
        const made = new Holistic(graph, software);
        await graph.initialize();
        return made;
      });
    } finally {
      for (const url of urls.values()) URL.revokeObjectURL(url);
    }
  }

  /**
   * Landmarks of one picture.
   * @param {HTMLVideoElement|HTMLCanvasElement} picture unmirrored.
   * @param {number} milliseconds its time; must rise until `reset`.
   * @returns {Promise<Float32Array>} 180 × (x, y, z), NaN = not seen
   */
  async find(picture, milliseconds) {
    this.#points = null;
    this.#clock = Math.max(milliseconds, this.#clock + 1);
    const image = this.#shrunk(picture);
    await working(() => atTime(this.#clock, () => this.#graph.send({ image })));
    return this.#points ?? toPoints({});
  }

  /** @param {HTMLVideoElement | HTMLCanvasElement} picture */
  #shrunk(picture) {
    const [width, height] = picture instanceof HTMLVideoElement ? [picture.videoWidth, picture.videoHeight] : [picture.width, picture.height];
    const scale = (this.software ? LARGEST_SOFTWARE : LARGEST) / Math.max(width, height);
    if (scale >= 1) return picture;
    const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
    if (this.#small.width !== across || this.#small.height !== down) [this.#small.width, this.#small.height] = [across, down];
    context2d(this.#small).drawImage(picture, 0, 0, across, down);
    return this.#small;
  }

  /** Forget the signer: what comes next is another recording. */
  reset() {
    this.#clock = 0;
    this.#graph.reset();
  }
}
