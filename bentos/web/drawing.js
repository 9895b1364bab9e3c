/** Draws the skeleton on a canvas. */

import { FACE, LINES } from "./skeleton.js";

const WIDTHS = { face: 1.1, pose: 3.2, left: 2.2, right: 2.2 }; // in hundredths of half the picture's height

/** @typedef {keyof typeof LINES} Part */
/** @typedef {Record<Part, string>} Colours */
/** @typedef {{x: number, y: number, width: number, height: number}} Box where a picture lies, in pixels of the canvas. */

const PARTS = /** @type {Part[]} */ (Object.keys(LINES));

/**
 * What draws on a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export const context2d = (canvas, settings) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", settings));

/**
 * Colours of the parts, as the style sheet has them.
 * @param {Element} element
 * @returns {Colours}
 */
export function colours(element) {
  const style = getComputedStyle(element);
  return /** @type {Colours} */ (Object.fromEntries(PARTS.map((part) => [part, style.getPropertyValue(`--${part}`).trim()])));
}

/**
 * Give a canvas as many pixels as it has on the screen.
 * @param {HTMLCanvasElement} canvas
 */
export function fit(canvas) {
  const sharp = Math.min(devicePixelRatio || 1, 2);
  const [width, height] = [Math.round(canvas.clientWidth * sharp), Math.round(canvas.clientHeight * sharp)];
  if (width && (canvas.width !== width || canvas.height !== height)) [canvas.width, canvas.height] = [width, height];
}

/**
 * Where a picture of some shape lies in a canvas that it must fit into, or fill.
 * @param {HTMLCanvasElement} canvas
 * @param {number} aspect width / height of the picture.
 * @param {boolean} [fill]
 * @returns {Box}
 */
export function place(canvas, aspect, fill = false) {
  const wide = canvas.width / canvas.height > aspect;
  const width = wide !== fill ? canvas.height * aspect : canvas.width;
  const height = width / aspect;
  return { x: (canvas.width - width) / 2, y: (canvas.height - height) / 2, width, height };
}

/**
 * Draw one frame.
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} points 180 × (x, y, z), fractions, NaN = not seen.
 * @param {Box} box where the picture lies.
 * @param {Colours} colour of each part.
 */
export function draw(canvas, points, box, colour) {
  const context = context2d(canvas);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.lineCap = context.lineJoin = "round";
  const unit = box.height / 200;
  for (const part of PARTS) {
    context.strokeStyle = context.fillStyle = colour[part];
    context.lineWidth = Math.max(1, WIDTHS[part] * unit);
    context.beginPath();
    for (const line of LINES[part]) trace(context, points, line, box);
    context.stroke();
  }
  dots(context, points, box, colour, unit);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Float32Array} points
 * @param {number[]} line
 * @param {Box} box
 */
function trace(context, points, line, box) {
  let pen = false;
  for (const i of line) {
    const [x, y] = [points[i * 3], points[i * 3 + 1]];
    if (Number.isNaN(x)) pen = false;
    else {
      context[pen ? "lineTo" : "moveTo"](box.x + x * box.width, box.y + y * box.height);
      pen = true;
    }
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Float32Array} points
 * @param {Box} box
 * @param {Colours} colour
 * @param {number} unit
 */
function dots(context, points, box, colour, unit) {
  const radius = Math.max(1, 1.5 * unit);
  for (let i = 0; i < FACE; i++) {
    if (Number.isNaN(points[i * 3])) continue;
    context.fillStyle = i < 21 ? colour.left : i < 42 ? colour.right : colour.pose;
    context.beginPath();
    context.arc(box.x + points[i * 3] * box.width, box.y + points[i * 3 + 1] * box.height, radius, 0, 7);
    context.fill();
  }
}
