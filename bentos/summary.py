"""One row of numbers about a clip: the same for those that a model learns from and those that it is asked about."""

import numpy as np

PARTS = {"left_hand": slice(0, 21), "right_hand": slice(21, 42), "pose": slice(42, 48), "face": slice(48, 180)}
HANDS, SHOULDERS = slice(0, 42), (42, 43)
SEEN = (*(f"{part}_share" for part in PARTS), "hand_share")
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
