"""Landmarks in, glosses out: the one file that travels inside the registered model.

It stands alone (numpy and ai_edge_litert) and imports nothing of this project, so serving needs neither TensorFlow
nor MediaPipe. Training uses the same `resample` and `prepare`, so the two cannot drift apart.
"""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

BUCKET = 16  # frames: lengths are padded to a multiple, so that few sizes of graph are prepared
DEFAULT_ASPECT = 4 / 3  # width / height of most webcams
NUM_LANDMARKS = 180
NUM_HAND_LANDMARKS = 42  # both hands come first among the 180 points


def resample(landmarks: np.ndarray, fps: float, target_fps: float, times: Sequence[float] = ()) -> np.ndarray:
    """Bring landmarks to another frame rate, by time.

    A point seen in both neighbouring frames is interpolated linearly; otherwise it takes what the nearer frame has,
    which may be NaN. So nothing is invented where nothing was seen, and nothing that was seen smears into NaN.

    Args:
        landmarks: (frames, points, 3) float, NaN = not seen.
        fps: frames a second of `landmarks`.
        target_fps: frames a second wanted.
        times: (frames,) seconds, where frames are not evenly spaced; they count then, not `fps`.

    Returns:
        (new frames, points, 3) float32, the first frame at the same time as before; at least one frame.

    Raises:
        ValueError: a frame rate is not a positive number, there is no frame, or times do not rise or are not as many.
    """
    for name, rate in (("fps", fps), ("target_fps", target_fps)):
        if not (np.isfinite(rate) and rate > 0):
            raise ValueError(f"{name} must be a positive number of frames a second, not {rate}")
    landmarks = np.asarray(landmarks, np.float32)
    frames = len(landmarks)
    if frames == 0:
        raise ValueError("no frames: at least one is needed")
    if len(times):
        position = _positions(np.asarray(times, np.float64), frames, target_fps)
    elif fps == target_fps:
        return landmarks
    else:
        count = int(np.floor((frames - 1) * target_fps / fps + 1e-6)) + 1
        position = np.minimum(np.arange(count) * (fps / target_fps), frames - 1)
    before = np.floor(position).astype(int)
    after = np.minimum(before + 1, frames - 1)
    weight = (position - before).astype(np.float32)[:, None, None]
    first, second = landmarks[before], landmarks[after]
    between = first * (1 - weight) + second * weight
    nearer = np.where(weight < 0.5, first, second)
    return np.where(np.isnan(between), nearer, between)


def _positions(times: np.ndarray, frames: int, target_fps: float) -> np.ndarray:
    """Where evenly spaced frames lie among frames at these times, in fractions of a frame."""
    if times.shape != (frames,) or not (np.diff(times) > 0).all():
        raise ValueError(f"times must be {frames} rising numbers of seconds, one for each frame")
    count = int(np.floor((times[-1] - times[0]) * target_fps + 0.02)) + 1  # containers round times to ms
    return np.interp(np.arange(count) / target_fps, times - times[0], np.arange(frames))


def prepare(
    landmarks: np.ndarray,
    fps: float,
    target_fps: float = 25.0,
    max_frames: int = 195,
    times: Sequence[float] = (),
) -> np.ndarray:
    """Bring one clip to what the graph takes: frame rate, the signing only, a bounded length.

    Frames before the first and after the last one with a hand are cut: they hold no sign and cost time (a clip
    without any hand is left whole). A clip that is then longer than `max_frames` is compressed in time.

    Args:
        landmarks: (frames, 180, 3) float, image fractions, NaN = not seen.
        fps: its frames a second.
        target_fps: the model's frames a second.
        max_frames: longest result.
        times: (frames,) seconds, where frames are not evenly spaced.

    Returns:
        (1 … max_frames, 180, 3) float32.

    Raises:
        ValueError: wrong shape, no frames, a frame rate that is not positive, or times that do not fit.
    """
    landmarks = np.asarray(landmarks, np.float32)
    if landmarks.ndim != 3 or landmarks.shape[1:] != (NUM_LANDMARKS, 3):
        raise ValueError(f"landmarks must have the shape (frames, {NUM_LANDMARKS}, 3), not {landmarks.shape}")
    clip = resample(landmarks, fps, target_fps, times)
    hands = np.flatnonzero(~np.isnan(clip[:, :NUM_HAND_LANDMARKS, 0]).all(axis=1))
    if len(hands):
        clip = clip[hands[0] : hands[-1] + 1]
    if len(clip) > max_frames:
        kept = np.linspace(0, len(clip) - 1, max_frames).round().astype(int)
        clip = clip[kept]
    return clip


class Pose2Gloss:
    """A TFLite model in a folder with its `metadata.json`; safe to use from several threads at once.

    An interpreter is kept for each length (padded to a multiple of 16 frames) and for each call that runs at the same
    time; all map the same file, so its bytes are in memory once.

    Args:
        folder: holds `model.tflite` and `metadata.json`.
        num_threads: threads of one interpreter; more than there are cores is far slower.
        file: name of the TFLite file, another variant than the one to be served.

    Attributes:
        metadata: what `metadata.json` says.
        labels: the glosses, in the order of the probabilities.
        embedding_size: numbers that `embed` gives; 0 where the graph has no embedding.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: the graph does not fit the metadata.
    """

    def __init__(self, folder: str | Path, num_threads: int = 1, file: str = "model.tflite"):
        self.path = Path(folder) / file
        metadata = Path(folder) / "metadata.json"
        for needed in (self.path, metadata):
            if not needed.is_file():
                raise FileNotFoundError(f"{needed} is missing: this folder holds no complete model")
        self.metadata: dict[str, Any] = json.loads(metadata.read_text(encoding="utf-8"))
        self.labels: list[str] = self.metadata["labels"]
        self.num_threads = num_threads
        self._idle: dict[int, list[_Graph]] = defaultdict(list)
        self._lock = threading.Lock()
        with self._graph(BUCKET) as graph:
            self.embedding_size = graph.embedding_size

    @contextmanager
    def _graph(self, frames: int) -> "Iterator[_Graph]":
        with self._lock:
            graph = self._idle[frames].pop() if self._idle[frames] else None
        graph = graph or _Graph(self.path, frames, self.num_threads, len(self.labels))
        yield graph
        with self._lock:  # after an error the interpreter is not used again
            self._idle[frames].append(graph)

    def predict(self, landmarks: np.ndarray, fps: float | None = None, aspect: float | None = None) -> np.ndarray:
        """How likely each gloss is for one signed clip.

        Args:
            landmarks: (frames, 180, 3) float, image fractions, unmirrored, NaN = not seen.
            fps: frames a second of `landmarks`; the model's own by default.
            aspect: width / height of the picture; 4:3 by default.

        Returns:
            (labels,) float32, probabilities in the order of `labels`.

        Raises:
            ValueError: wrong shape, no frames, or an fps or aspect that is not a positive number.
            RuntimeError: the graph gave a value that is no probability.
        """
        return self._run(landmarks, fps, aspect)[0]

    def embed(
        self, landmarks: np.ndarray, fps: float | None = None, aspect: float | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """How likely each gloss is for one clip, and where the clip lies among all signs, in one run of the graph.

        Takes what `predict` takes.

        Returns:
            (labels,) float32 probabilities; (embedding_size,) float32 of unit length, to be compared by cosine.

        Raises:
            ValueError: as for `predict`, or the graph has no embedding.
            RuntimeError: as for `predict`, or the embedding has no direction.
        """
        if not self.embedding_size:
            raise ValueError(f"{self.path} has no output for an embedding")
        probabilities, embedding = self._run(landmarks, fps, aspect)
        length = float(np.linalg.norm(embedding))
        if not (np.isfinite(length) and length > 0):
            raise RuntimeError(f"{self.path} gave an embedding without a direction: the model is broken")
        return probabilities, embedding / length

    def _run(self, landmarks: np.ndarray, fps: float | None, aspect: float | None) -> tuple[np.ndarray, np.ndarray]:
        """(labels,) probabilities and (embedding_size,), as the graph gives it."""
        rate, longest = float(self.metadata["frame_rate"]), int(self.metadata["max_frames"])
        aspect = DEFAULT_ASPECT if aspect is None else float(aspect)
        if not (np.isfinite(aspect) and aspect > 0):
            raise ValueError(f"aspect must be a positive number, width / height, not {aspect}")
        clip = prepare(landmarks, rate if fps is None else float(fps), rate, longest)
        frames = min(-(-len(clip) // BUCKET) * BUCKET, max(longest, BUCKET))
        padded = np.full((1, frames, NUM_LANDMARKS, 3), np.nan, np.float32)
        padded[0, : len(clip)] = clip
        with self._graph(frames) as graph:
            probabilities, embedding = graph.run(padded, aspect)
        if not np.isfinite(probabilities).all():
            raise RuntimeError(f"{self.path} gave values that are no probabilities: the model is broken")
        return probabilities, embedding


class _Graph:
    """One interpreter, prepared for clips of one length."""

    def __init__(self, path: Path, frames: int, num_threads: int, labels: int):
        from ai_edge_litert.interpreter import Interpreter  # here, so that training need not load it

        self._interpreter = Interpreter(model_path=str(path), num_threads=num_threads)
        by_rank = {len(i["shape"]): i["index"] for i in self._interpreter.get_input_details()}
        if set(by_rank) != {1, 4}:
            raise ValueError(f"{path} must take landmarks (1, frames, {NUM_LANDMARKS}, 3) and aspect (1,)")
        self._landmarks, self._aspect = by_rank[4], by_rank[1]
        self._interpreter.resize_tensor_input(self._landmarks, (1, frames, NUM_LANDMARKS, 3))
        self._interpreter.allocate_tensors()
        outputs = _outputs(self._interpreter)
        if not {"probabilities"} <= set(outputs) <= {"probabilities", "embedding"}:
            raise ValueError(f"{path} must give probabilities and, if anything else, an embedding, not {list(outputs)}")
        self._probabilities, given = outputs["probabilities"]
        if given != labels:
            raise ValueError(f"{path} gives {given} probabilities for {labels} labels")
        self._embedding, self.embedding_size = outputs.get("embedding", (-1, 0))

    def run(self, landmarks: np.ndarray, aspect: float) -> tuple[np.ndarray, np.ndarray]:
        """(1, frames, 180, 3) and width / height to (labels,) and (embedding_size,)."""
        self._interpreter.set_tensor(self._landmarks, landmarks)
        self._interpreter.set_tensor(self._aspect, np.asarray([aspect], np.float32))
        self._interpreter.invoke()
        probabilities = self._interpreter.get_tensor(self._probabilities)[0]
        if not self.embedding_size:
            return probabilities, np.empty(0, np.float32)
        return probabilities, self._interpreter.get_tensor(self._embedding)[0]


def _outputs(interpreter: Any) -> dict[str, tuple[int, int]]:
    """Index and width of each output by its name in the graph's signature; an only one is the probabilities."""
    found = interpreter.get_output_details()
    if len(found) > 1:
        found = interpreter.get_signature_runner().get_output_details().items()
    else:
        found = [("probabilities", found[0])]
    return {name: (int(detail["index"]), int(detail["shape"][-1])) for name, detail in found}
