"""Makes a tiny real TFLite model with the contract of the served one. Run as a program: TensorFlow stays in it.

python -m tests.bentos.tiny_model FOLDER SEED [embedding]
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np

from bentos.contract import integrity, loading

CODE = Path(__file__).resolve().parents[2] / "stages" / "serving_model" / "pose2gloss.py"  # travels in every model
LABELS = ["book", "drink", "computer", "before", "chair", "go", "clothes", "who", "candy", "cousin", "deaf", "fine"]
EMBEDDING = 16  # numbers


def accuracy(vocabulary: int, top1: float, part: str = "val") -> dict:
    """How often a model was right within its first glosses, as metadata says it."""
    interval = [top1 - 0.1, top1 + 0.1]
    measured = {"top1": top1, "top1_ci": interval, "top5": top1, "top5_ci": interval}
    return {"vocabulary": vocabulary, "part": part, "n": 20, **measured}


def described(labels: list[str]) -> dict:
    """What metadata.json says of it."""
    return {
        "name": "pose2gloss",
        "labels": labels,
        "frame_rate": 25,
        "max_frames": 195,
        "padding_value": -100.0,
        "num_landmarks": 180,
        "network": "tiny",
        "language": "drawn",
        "source": "clips made up for tests",
        "learnt_from": {"clips": list(range(20, 8, -1)), "signers": [None, *range(11, 0, -1)]},
        "accuracy": [accuracy(4, 0.9), accuracy(8, 0.8), accuracy(12, 0.7), accuracy(12, 0.5, "test")],
        "git_commit": "0123456789abcdef",
        "data_version": "fedcba9876543210",
        "metrics": {"test": {"accuracy": 0.5, "top5_accuracy": 0.9, "n": 10}},
    }


def space(rng: np.random.Generator, glosses: int) -> dict:
    """Where its glosses lie among its embeddings: somewhere, and nothing is whitened."""
    places = rng.normal(0, 1, (glosses, EMBEDDING))
    arrays = {"centre": np.zeros(EMBEDDING), "whitening": np.eye(EMBEDDING)}
    arrays["glosses"] = places / np.linalg.norm(places, axis=1, keepdims=True)
    return {**arrays, "scale": 10.0, "slope": 1.5, "offset": 0.0}


def write(folder: Path, seed: int, embedding: bool, labels: list[str] = LABELS) -> None:
    """Write model.tflite, metadata.json, the code that travels with it, golden.npz and the manifest.

    The graph may give an embedding, too.
    """
    import tensorflow as tf

    rng = np.random.default_rng(seed)
    place = rng.permutation(np.linspace(0, 4 / 3, len(labels)))  # each gloss has its place from left to right
    weights = rng.normal(0, 1, (6, len(labels)))
    weights[0] = 200 * place
    weights, bias = weights.astype(np.float32), (-100 * place**2).astype(np.float32)
    directions = rng.normal(0, 1, (6, EMBEDDING)).astype(np.float32)

    class Tiny(tf.Module):
        @tf.function(
            input_signature=[
                tf.TensorSpec((1, None, 180, 3), tf.float32, "landmarks"),
                tf.TensorSpec((1,), tf.float32, "aspect"),
            ]
        )
        def __call__(self, landmarks, aspect):
            hands = landmarks[:, :, :42, :]
            seen = tf.cast(tf.equal(hands, hands), tf.float32)
            hands = tf.where(tf.equal(hands, hands), hands, tf.zeros_like(hands))
            count = tf.reduce_sum(seen, [1, 2]) + 1e-6
            mean = tf.reduce_sum(hands, [1, 2]) / count
            square = tf.reduce_sum(hands * hands, [1, 2]) / count
            features = tf.concat([mean * tf.reshape(aspect, (1, 1)), square], axis=-1)
            given = {"probabilities": tf.nn.softmax(tf.matmul(features, weights) + bias)}
            if embedding:  # it turns with the place of the hands
                given["embedding"] = tf.math.l2_normalize(tf.sin(tf.matmul(8 * features, directions)), axis=-1)
            return given

    module = Tiny()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([module.__call__.get_concrete_function()], module)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.tflite").write_bytes(converter.convert())
    (folder / "metadata.json").write_text(json.dumps(described(labels)))
    shutil.copy(CODE, folder)
    if embedding:
        np.savez(folder / "own_signs.npz", **space(rng, len(labels)))
    record(folder)


def altered(model: Path, folder: Path, without: tuple[str, ...] = (), **metadata) -> Path:
    """A copy of a model in `folder` whose metadata has other values, and lacks some; sealed."""
    shutil.copytree(model, folder)
    path = folder / "metadata.json"
    said = json.loads(path.read_text()) | metadata
    path.write_text(json.dumps({key: value for key, value in said.items() if key not in without}))
    if "labels" in metadata:
        record(folder)
    integrity.seal(folder)
    return folder


def broken(model: Path, folder: Path, **files: str | bytes | None) -> Path:
    """A copy of a model in `folder` with other files, None: without them; sealed. `model__tflite` is model.tflite."""
    shutil.copytree(model, folder)
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    integrity.seal(folder)
    return folder


def recorded(folder: Path, to: Path) -> Path:
    """A copy of a model with its own answers to two clips."""
    shutil.copytree(folder, to)
    record(to)
    return to


def record(folder: Path) -> None:
    """Write a model's own answers to two clips, as `export` records them, and seal it."""
    model = loading.load(folder)
    clips = [np.random.default_rng(i).random((30 + i, 180, 3)).astype(np.float16) for i in range(2)]
    clips[0][:, :21] = np.nan
    answers = [model.predict(clip.astype(np.float32), 30.0, 1.5) for clip in clips]
    np.savez(
        folder / "golden.npz",
        landmarks=np.concatenate(clips),
        offsets=np.cumsum([0, *map(len, clips)]),
        fps=np.full(2, 30.0),
        aspect=np.full(2, 1.5),
        probabilities=np.stack(answers),
        labels=model.labels,
    )
    integrity.seal(folder)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:] == ["embedding"])
