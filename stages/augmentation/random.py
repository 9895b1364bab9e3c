"""Random changes of a clip: which, how far and how often."""

import numpy as np
from pydantic import Field

from bentos.contract.skeleton import LEFT_HAND, PARTS, RIGHT_HAND
from stages.augmentation import geometry, loss
from stages.params import Section
from stages.serving_model.pose2gloss import resample


class Strength(Section):
    """How far (drawn evenly up to that) and how often clips are changed; 0 switches a change off."""

    speed: float = Field(0.5, ge=0, lt=1, description="signed 1 - speed to 1 + speed times as fast")
    flip: float = Field(0.5, ge=0, le=1, description="chance of the mirrored signer")
    rotate: float = Field(12.0, ge=0, description="degrees in the plane of the picture")
    tilt: float = Field(10.0, ge=0, description="degrees about the picture's two own axes; needs depth, so small")
    zoom: float = Field(0.2, ge=0, lt=1, description="1 - zoom to 1 + zoom times the size")
    stretch: float = Field(0.15, ge=0, lt=1, description="1 - stretch to 1 + stretch times the width")
    shift: float = Field(0.1, ge=0, description="fraction of the picture")
    shear: float = Field(0.1, ge=0, description="slant, as a fraction of the height")
    hand_rotate: float = Field(8.0, ge=0, description="degrees of each hand about its wrist")
    hand_zoom: float = Field(0.1, ge=0, lt=1, description="1 - hand_zoom to 1 + hand_zoom times each hand's size")
    jitter: float = Field(0.002, ge=0, description="standard deviation of noise, fraction of the picture")
    blank: float = Field(0.4, ge=0, le=1, description="chance that nothing is seen for a stretch of the clip")
    blank_length: float = Field(0.3, ge=0, le=1, description="longest such stretch, as a share of the clip")
    drop_hand: float = Field(0.1, ge=0, le=1, description="chance of losing one hand, if the other was seen")
    drop_face: float = Field(0.2, ge=0, le=1, description="chance of losing the face")
    drop_pose: float = Field(0.2, ge=0, le=1, description="chance of losing the pose")
    drop_frames: float = Field(0.1, ge=0, le=1, description="share of frames to lose, in half of the clips")
    drop_points: float = Field(0.02, ge=0, le=1, description="share of points to lose, in half of the clips")
    slow_camera: float = Field(0.0, ge=0, le=1, description="chance of a camera of two fifths to four fifths the rate")
    cut_ends: float = Field(0.0, ge=0, lt=0.5, description="largest share to cut from each end, in half of the clips")
    swap_hands: float = Field(0.0, ge=0, le=1, description="chance that each hand is taken for the other")
    neighbours: float = Field(
        0.0, ge=0, le=1, description="chance of the ends of other signs before it, after it or both"
    )


class RandomChanges:
    """Change one clip at random, each time otherwise.

    Args:
        strength: how far and how often.
    """

    def __init__(self, strength: Strength):
        self.strength = strength

    def speeds(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """(count,) float32: how many times as fast each clip is to be signed."""
        s = self.strength.speed
        return rng.uniform(1 - s, 1 + s, count).astype(np.float32)

    def __call__(self, clip: np.ndarray, aspect: float, speed: float, rng: np.random.Generator) -> np.ndarray:
        """Change a clip.

        Args:
            clip: (frames, 180, 3) float32, image fractions, NaN = not seen.
            aspect: width / height of its picture.
            speed: how many times as fast.
            rng: source of all chance.

        Returns:
            (about frames / speed, 180, 3) float32; a hand is still seen if one was.
        """
        s = self.strength
        if s.cut_ends and rng.random() < 0.5:
            clip = loss.cut_ends(clip, *rng.uniform(0, s.cut_ends, 2))
        clip = resample(clip, speed, 1.0)
        if s.slow_camera and rng.random() < s.slow_camera:  # and back, as serving does with what a webcam gives
            rate = rng.uniform(0.4, 0.8)
            clip = resample(resample(clip, 1.0, rate), rate, 1.0)
        changed = self._lose(self._move(clip, aspect, rng), rng)
        return changed if _has_hand(changed) or not _has_hand(clip) else clip

    def _move(self, clip: np.ndarray, aspect: float, rng: np.random.Generator) -> np.ndarray:
        s = self.strength
        if rng.random() < s.flip:
            clip = geometry.flip(clip)
        matrix = np.eye(3)  # one product of all: a clip is moved once
        for axis, most in (("x", s.tilt), ("y", s.tilt), ("z", s.rotate)):
            matrix = geometry.rotation(rng.uniform(-most, most), axis) @ matrix
        size, width = rng.uniform(1 - s.zoom, 1 + s.zoom), rng.uniform(1 - s.stretch, 1 + s.stretch)
        matrix = geometry.scaling(size, size) @ geometry.scaling(width) @ matrix
        clip = geometry.linear(clip, geometry.slant(rng.uniform(-s.shear, s.shear)) @ matrix, aspect)
        if s.shift:
            clip = geometry.shift(clip, *rng.uniform(-s.shift, s.shift, 2))
        if s.hand_rotate or s.hand_zoom:
            for part in (LEFT_HAND, RIGHT_HAND):
                turn = rng.uniform(-s.hand_rotate, s.hand_rotate)
                size = rng.uniform(1 - s.hand_zoom, 1 + s.hand_zoom)
                clip = geometry.swing_hand(clip, part, turn, size, aspect)
        return loss.jitter(clip, s.jitter, rng) if s.jitter else clip

    def _lose(self, clip: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        s = self.strength
        if s.swap_hands and rng.random() < s.swap_hands:
            clip = loss.swap_hands(clip)
        if rng.random() < s.drop_hand:
            first, second = rng.permutation(["left_hand", "right_hand"])
            if not np.isnan(clip[:, PARTS[second], 0]).all():
                clip = loss.drop_part(clip, str(first))
        for part, chance in (("face", s.drop_face), ("pose", s.drop_pose)):
            if rng.random() < chance:
                clip = loss.drop_part(clip, part)
        if rng.random() < s.blank:
            length = int(rng.uniform(0, s.blank_length) * len(clip))
            clip = loss.blank(clip, int(rng.integers(0, len(clip) - length + 1)), length)
        if s.drop_frames and rng.random() < 0.5:
            clip = loss.drop_frames(clip, rng.uniform(0, s.drop_frames), rng)
        if s.drop_points and rng.random() < 0.5:
            clip = loss.drop_points(clip, rng.uniform(0, s.drop_points), rng)
        return clip


def _has_hand(clip: np.ndarray) -> bool:
    return not np.isnan(clip[:, : RIGHT_HAND.stop, 0]).all()
