"""Changes of place: every point that was seen moves, and by the same rule.

All take and give landmarks (frames, 180, 3) float, image fractions, NaN = not seen; a point not seen stays not seen.
`aspect` is width / height of the picture: turning and shearing happen in units that are square.
"""

import numpy as np

from bentos.contract.skeleton import MIRROR

AXES = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}  # the plane that a rotation about each axis turns in


def middle(landmarks: np.ndarray) -> np.ndarray:
    """Mean of all points seen, (3,); zeros where none was."""
    seen = ~np.isnan(landmarks[..., 0])
    return landmarks[seen].mean(axis=0) if seen.any() else np.zeros(3, landmarks.dtype)


def linear(landmarks: np.ndarray, matrix: np.ndarray, aspect: float = 1.0) -> np.ndarray:
    """Apply a (3, 3) matrix about the middle of the clip, in units of the picture's height.

    The middle stays where it is, so changes one after the other are one change by the product of their matrices.
    """
    square = np.array([aspect, 1.0, aspect])
    matrix = (square[:, None] * matrix.T / square).astype(landmarks.dtype)
    about = middle(landmarks)
    return landmarks @ matrix + (about - about @ matrix)


def rotation(degrees: float, axis: str = "z") -> np.ndarray:
    """(3, 3) matrix that turns about an axis; about "z" it is in the plane of the picture, clockwise.

    Raises:
        ValueError: the axis is not x, y or z.
    """
    if axis not in AXES:
        raise ValueError(f"axis must be x, y or z, not {axis!r}")
    a, b = AXES[axis]
    angle = np.deg2rad(degrees)
    matrix = np.eye(3)
    matrix[a, a] = matrix[b, b] = np.cos(angle)
    matrix[a, b], matrix[b, a] = -np.sin(angle), np.sin(angle)
    return matrix


def scaling(x: float, y: float | None = None) -> np.ndarray:
    """(3, 3) matrix that widens by `x` and, with `y`, heightens by that and deepens as it widens.

    Raises:
        ValueError: a factor is not positive.
    """
    if x <= 0 or (y is not None and y <= 0):
        raise ValueError(f"factors must be positive, not {x} and {y}")
    return np.diag([x, 1.0, 1.0]) if y is None else np.diag([x, y, x])


def slant(amount: float) -> np.ndarray:
    """(3, 3) matrix by which x grows by `amount` times the height above or below the middle."""
    matrix = np.eye(3)
    matrix[0, 1] = amount
    return matrix


def rotate(landmarks: np.ndarray, degrees: float, axis: str = "z", aspect: float = 1.0) -> np.ndarray:
    """Turn about an axis through the middle of the clip; see `rotation`."""
    return linear(landmarks, rotation(degrees, axis), aspect)


def zoom(landmarks: np.ndarray, factor: float) -> np.ndarray:
    """Enlarge about the middle of the clip; see `scaling`."""
    return linear(landmarks, scaling(factor, factor))


def stretch(landmarks: np.ndarray, factor: float) -> np.ndarray:
    """Widen: x alone grows by the factor about the middle of the clip; see `scaling`."""
    return linear(landmarks, scaling(factor))


def shear(landmarks: np.ndarray, amount: float, aspect: float = 1.0) -> np.ndarray:
    """Slant about the middle of the clip; see `slant`."""
    return linear(landmarks, slant(amount), aspect)


def shift(landmarks: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """Move everything by fractions of the picture."""
    return landmarks + np.array([dx, dy, 0.0], landmarks.dtype)


def flip(landmarks: np.ndarray) -> np.ndarray:
    """What the mirrored signer would have given: x is turned round, and left and right points change places."""
    flipped = landmarks[:, MIRROR]
    flipped[..., 0] = 1 - flipped[..., 0]
    return flipped


def swing_hand(landmarks: np.ndarray, part: slice, degrees: float, factor: float, aspect: float = 1.0) -> np.ndarray:
    """Turn and enlarge one hand about its own wrist, frame by frame, and leave the rest where it is.

    Args:
        landmarks: (frames, 180, 3).
        part: rows of the hand; the wrist is the first.
        degrees: turn in the plane of the picture.
        factor: enlargement.
        aspect: width / height of the picture.
    """
    changed = landmarks.copy()
    hand = landmarks[:, part]
    square = np.array([aspect, 1.0, aspect])
    matrix = (square[:, None] * (rotation(degrees) * factor).T / square).astype(landmarks.dtype)
    changed[:, part] = hand[:, :1] + (hand - hand[:, :1]) @ matrix
    return changed
