"""What numbers say about a clip: the same for those that a model learns from and those that it is asked about."""

import numpy as np

from bentos.contract.skeleton import (
    HANDS,
    KNUCKLES,
    LEFT_SHOULDER,
    LEFT_WRIST,
    PARTS,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
    THUMB,
    TIPS,
)

SHOULDERS, WRISTS = (LEFT_SHOULDER, RIGHT_SHOULDER), (LEFT_WRIST, RIGHT_WRIST)
SEEN = (*(f"{part}_share" for part in PARTS), "hand_share")
SIDES = ("side_by_wrists", "side_by_shoulders", "side_by_thumbs")
UNSURE = 0.1  # of `side_by_thumbs`: 1 clip in 30 of real signers is below minus that though its sides are right
MEASURED = ("duration", *SEEN, "shoulder_width", "hand_x", "hand_y", "hand_size", "hand_speed")


def measure(points: np.ndarray, fps: float) -> dict[str, float]:
    """Describe a clip by numbers from which nobody can be recognised.

    Args:
        points: (frames, 180, 3) float32 landmarks, image fractions, NaN = not seen.
        fps: frames a second.

    Returns:
        `MEASURED`: `duration` (s); `left_hand_share`, `right_hand_share`, `pose_share`, `face_share`, `hand_share`
        (share of frames in which the part, or any hand, is seen); `shoulder_width` (median, in picture widths);
        `hand_x`, `hand_y` (mean place of the hands), `hand_size` (median diagonal of a hand's box) and `hand_speed`
        (mean way of a hand's centre in picture sizes a second). What cannot be measured is NaN.
    """
    missing = np.isnan(points).any(axis=2)
    seen = {f"{part}_share": ~missing[:, rows].all(axis=1) for part, rows in PARTS.items()}
    seen["hand_share"] = seen["left_hand_share"] | seen["right_hand_share"]
    return {
        "duration": len(points) / fps if fps > 0 else np.nan,
        **{name: mean(flags) for name, flags in seen.items()},
        **_shape(points, fps),
    }


def placeholders(points: np.ndarray) -> np.ndarray:
    """Points that hold a constant, as of data in which 0, say, stands for "not seen".

    Args:
        points: (frames, 180, 3), NaN = not seen.

    Returns:
        (frames, 180) bool: x, y and z are one number, or all points of the part are at one place.
    """
    found = (points[..., 0] == points[..., 1]) & (points[..., 1] == points[..., 2])
    for rows in PARTS.values():
        places = points[:, rows, :2]
        found[:, rows] |= (places == places[:, :1]).all(axis=(1, 2))[:, None]
    return found


def sides(points: np.ndarray) -> dict[str, float]:
    """Whether what is called left is left, by three signs of it: swapped hands or a mirrored picture show in them.

    Args:
        points: (frames, 180, 3) image fractions, NaN = not seen.

    Returns:
        `SIDES`, each from -1 (the wrong side) to 1 (the right one), NaN where it cannot be told: `side_by_wrists`, how
        much nearer hands are to their own wrist of the pose than to the other; `side_by_shoulders`, whether the left
        one is on the picture's right, as of a person who faces an unmirrored camera; `side_by_thumbs`, whether fingers
        bend and the thumb stands out towards the palm of such a hand, from whichever side it is seen.
    """
    hands = points[:, HANDS].reshape(-1, 2, 21, 3)  # (frames, hand, point, xyz)
    wrists, shoulders = points[:, WRISTS, :2], points[:, SHOULDERS, :2]
    ways = np.linalg.norm(hands[:, :, None, 0, :2] - wrists[:, None], axis=-1)  # (frames, hand, wrist)
    own, other = ways[:, (0, 1), (0, 1)], ways[:, (0, 1), (1, 0)]
    across = shoulders[:, 0] - shoulders[:, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "side_by_wrists": mean((other - own) / np.linalg.norm(wrists[:, 0] - wrists[:, 1], axis=-1)[:, None]),
            "side_by_shoulders": mean(across[:, 0] / np.linalg.norm(across, axis=-1)),
            "side_by_thumbs": mean(np.clip(_palm_side(hands), -1, 1) * np.array([-1, 1])),
        }


def _palm_side(hands: np.ndarray) -> np.ndarray:
    """How far fingers and thumb stand out of the plane of the palm, in palms: above 0 as those of a right hand."""
    along, across = hands[..., 9, :] - hands[..., 0, :], hands[..., 5, :] - hands[..., 17, :]
    normal = np.cross(across, along)
    bent = (hands[..., TIPS, :] - hands[..., KNUCKLES, :]).mean(axis=-2) + hands[..., THUMB, :] - hands[..., 0, :]
    flat = np.ptp(hands[..., 2], axis=-1) == 0  # without depth, a palm cannot be told from a back
    size = np.linalg.norm(normal, axis=-1) * np.linalg.norm(along, axis=-1)
    return np.where(flat, np.nan, (normal * bent).sum(axis=-1) / size)


def advice(points: np.ndarray) -> str | None:
    """A sentence on sides that seem wrong, None where they seem right or cannot be told; points as in `sides`."""
    by_wrists, by_shoulders, by_thumbs = sides(points).values()
    if by_wrists < 0:
        return (
            "left and right hand seem to have changed places, for each is nearer to the other's wrist: points 0-20 are "
            "the signer's own left hand, 21-41 the right one, in a picture that is not mirrored"
        )
    if by_shoulders < 0:
        return (
            "the picture seems mirrored, for the left shoulder is on its left: send the landmarks of an unmirrored "
            "picture, 1 - x in place of x"
        )
    if np.isnan(by_wrists) and by_thumbs < -UNSURE:
        return (
            "left and right hand seem to have changed places, or the picture to be mirrored, for the thumbs are on the "
            "wrong side: points 0-20 are the signer's own left hand, 21-41 the right one, in an unmirrored picture"
        )
    return None


def mean(values: np.ndarray) -> float:
    """Mean of the finite values; NaN, without a warning, if there is none."""
    values = values[np.isfinite(values)]
    return float(values.mean()) if values.size else float("nan")


def _shape(points: np.ndarray, fps: float) -> dict[str, float]:
    """Where the hands are, how large they are, how fast they move, and how wide the shoulders are."""
    hands = points[:, HANDS, :2].reshape(-1, 2, 21, 2)  # (frames, hand, point, xy)
    seen = ~np.isnan(hands).any(axis=(2, 3))
    centres = np.where(seen[..., None], hands.mean(axis=2), np.nan)  # (frames, hand, xy)
    boxes = np.linalg.norm(hands[seen].max(axis=1) - hands[seen].min(axis=1), axis=-1)
    steps = np.linalg.norm(np.diff(centres, axis=0), axis=-1)
    widths = np.linalg.norm(points[:, SHOULDERS[1], :2] - points[:, SHOULDERS[0], :2], axis=-1)
    widths = widths[np.isfinite(widths)]
    return {
        "shoulder_width": float(np.median(widths)) if widths.size else np.nan,
        "hand_x": mean(centres[..., 0]),
        "hand_y": mean(centres[..., 1]),
        "hand_size": float(np.median(boxes)) if boxes.size else np.nan,
        "hand_speed": mean(steps) * fps,
    }
