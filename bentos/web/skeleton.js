/**
 * The skeleton: which 180 points describe a frame, and in which order. The same table as the one that training uses;
 * a test compares them. Points are (x, y, z) as fractions of the picture, unmirrored, NaN = not seen.
 */

const NUM_LANDMARKS = 180;
export const VALUES = NUM_LANDMARKS * 3;
export const LEFT_HAND = 0;
export const RIGHT_HAND = 21;
const HAND_POINTS = 21;
const POSE = 42;
export const FACE = 48;
export const LEFT_SHOULDER = 42;
export const RIGHT_SHOULDER = 43;

const POSE_INDICES = [11, 12, 13, 14, 15, 16];
const FACE_INDICES = [
  0, 4, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80, 81, 82, 84,
  87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157,
  158, 159, 160, 161, 162, 163, 172, 173, 176, 178, 181, 185, 191, 234, 246, 249, 251, 263, 267, 269, 270, 276, 282,
  283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323, 324, 332, 334, 336,
  338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386, 387, 388, 389, 390, 397, 398,
  400, 402, 405, 409, 415, 454, 466, 468, 473,
];

const FINGERS = [
  [0, 1, 2, 3, 4],
  [0, 5, 6, 7, 8],
  [5, 9, 10, 11, 12],
  [9, 13, 14, 15, 16],
  [13, 17, 18, 19, 20],
  [0, 17],
];
const ARMS = [
  [42, 43],
  [42, 44, 46],
  [43, 45, 47],
];
// lines of the face by MediaPipe's numbers: its outline, brows, eyes, lips
const FACE_LINES = [
  [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150,
    136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109, 10,
  ],
  [70, 63, 105, 66, 107, 55, 65, 52, 53, 46],
  [300, 293, 334, 296, 336, 285, 295, 282, 283, 276],
  [33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7, 33],
  [263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249, 263],
  [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146, 61],
  [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95, 78],
];

const row = new Map(FACE_INDICES.map((index, i) => [index, FACE + i]));

/**
 * Lines between rows, by part.
 * @type {Record<"face"|"pose"|"left"|"right", number[][]>}
 */
export const LINES = {
  face: FACE_LINES.map((line) => line.map((index) => /** @type {number} */ (row.get(index)))),
  pose: ARMS,
  left: FINGERS.map((finger) => finger.map((i) => LEFT_HAND + i)),
  right: FINGERS.map((finger) => finger.map((i) => RIGHT_HAND + i)),
};

/**
 * What MediaPipe Holistic says of a picture; a part that it does not see is missing or empty.
 * @typedef {{x: number, y: number, z: number}[]} Landmarks
 * @typedef {{leftHandLandmarks?: Landmarks, rightHandLandmarks?: Landmarks, poseLandmarks?: Landmarks, faceLandmarks?: Landmarks}} Results
 */

/**
 * @param {Float32Array} points
 * @param {number} first
 * @param {Landmarks | undefined} landmarks
 * @param {number[]} indices
 */
function put(points, first, landmarks, indices) {
  if (!landmarks?.length) return;
  indices.forEach((index, i) => {
    const { x, y, z } = landmarks[index];
    points.set([x, y, z], (first + i) * 3);
  });
}

const HAND = Array.from({ length: HAND_POINTS }, (_, i) => i);

/**
 * One result of MediaPipe Holistic as the skeleton.
 * @param {Results} results
 * @returns {Float32Array} 180 × (x, y, z)
 */
export function toPoints(results) {
  const points = new Float32Array(VALUES).fill(NaN);
  put(points, LEFT_HAND, results.leftHandLandmarks, HAND);
  put(points, RIGHT_HAND, results.rightHandLandmarks, HAND);
  put(points, POSE, results.poseLandmarks, POSE_INDICES);
  put(points, FACE, results.faceLandmarks, FACE_INDICES);
  return points;
}

/**
 * Whether a point was seen.
 * @param {Float32Array} points
 * @param {number} index of its row.
 */
export const seen = (points, index) => !Number.isNaN(points[index * 3]);
