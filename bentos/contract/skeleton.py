"""The skeleton: which 180 points describe a frame, and in which order.

Every array of landmarks in islr is (frames, 180, 3) float, the last axis x, y, z: x and y are fractions of the
image's width and height (unmirrored, origin top left), z is MediaPipe's depth on the scale of x. A point that was
not seen is NaN. Hands and pose follow MediaPipe's own numbering; the face is the 132 of its 478 refined points that
outline lips, eyes, irises, brows, nose and jaw.
"""

SKELETON_VERSION = "1"

POSE_INDICES = (11, 12, 13, 14, 15, 16)  # shoulders, elbows, wrists; left before right each time
FACE_INDICES = (
    *(0, 4, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80, 81),
    *(82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153),
    *(154, 155, 157, 158, 159, 160, 161, 162, 163, 172, 173, 176, 178, 181, 185, 191, 234, 246, 249, 251, 263, 267),
    *(269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321),
    *(323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386),
    *(387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 473),
)

LEFT_HAND = slice(0, 21)
RIGHT_HAND = slice(21, 42)
HANDS = slice(0, 42)
POSE = slice(42, 48)
FACE = slice(48, 180)
NUM_LANDMARKS = 180
COORDINATES = 3

LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_WRIST, RIGHT_WRIST = 42, 43, 46, 47
KNUCKLES, TIPS, THUMB = (5, 9, 13, 17), (8, 12, 16, 20), 2  # of a hand; from the forefinger to the little one
NOSE = 49
# Width of the shoulders / mean distance from the wrist to the four knuckles: median over 263 real clips in which all of
# them were seen. It tells the width within 19 % (deviation of the logarithm).
SHOULDERS_PER_PALM = 3.8
PARTS = {"left_hand": LEFT_HAND, "right_hand": RIGHT_HAND, "pose": POSE, "face": FACE}

# The face's left and right partners by MediaPipe's numbers, from the symmetry of its mesh; the rest lie on the middle.
_FACE_PAIRS = (
    *((7, 249), (21, 251), (33, 263), (37, 267), (39, 269), (40, 270), (46, 276), (52, 282), (53, 283), (54, 284)),
    *((55, 285), (58, 288), (61, 291), (63, 293), (65, 295), (66, 296), (67, 297), (70, 300), (78, 308), (80, 310)),
    *((81, 311), (82, 312), (84, 314), (87, 317), (88, 318), (91, 321), (93, 323), (95, 324), (103, 332), (105, 334)),
    *((107, 336), (109, 338), (127, 356), (132, 361), (133, 362), (136, 365), (144, 373), (145, 374), (146, 375)),
    *((148, 377), (149, 378), (150, 379), (153, 380), (154, 381), (155, 382), (157, 384), (158, 385), (159, 386)),
    *((160, 387), (161, 388), (162, 389), (163, 390), (172, 397), (173, 398), (176, 400), (178, 402), (181, 405)),
    *((185, 409), (191, 415), (234, 454), (246, 466), (468, 473)),
)

# Groups of points by name, beside the parts: what a person chooses from. Face points by MediaPipe's numbers.
_LIPS = (0, 17, 37, 39, 40, 61, 84, 91, 146, 181, 185, 267, 269, 270, 291, 314, 321, 375, 405, 409)
_FACE_ANCHORS = (4, 10, 105, 152, 234, 334, 454, 468, 473)  # nose tip, forehead, brows, chin, ears, irises
GROUPS = {name: tuple(range(part.start, part.stop)) for name, part in PARTS.items()} | {
    name: tuple(FACE.start + FACE_INDICES.index(i) for i in indices)
    for name, indices in (("lips", _LIPS), ("face_anchors", _FACE_ANCHORS))
}


def _mirror() -> tuple[int, ...]:
    """Row of each point's partner on the other side of the body."""
    row = {index: FACE.start + i for i, index in enumerate(FACE_INDICES)}
    partner = list(range(NUM_LANDMARKS))
    for i in range(21):
        partner[i], partner[21 + i] = 21 + i, i
    for i in range(POSE.start, POSE.stop, 2):
        partner[i], partner[i + 1] = i + 1, i
    for a, b in _FACE_PAIRS:
        partner[row[a]], partner[row[b]] = row[b], row[a]
    return tuple(partner)


MIRROR = _mirror()  # landmarks[:, MIRROR] with x turned to 1 - x is what the mirrored signer would have given
