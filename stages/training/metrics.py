"""What a model says of clips, and how good that is."""

import keras
import numpy as np
from scipy.special import log_softmax

from stages.dataset.ragged import RaggedClips
from stages.reports.training import ValScores
from stages.training.batches import Batches


def predict_logits(model: keras.Model, clips: RaggedClips, batch_size: int = 64) -> np.ndarray:
    """The network's logits, (clips, labels) float32, in the order of `clips`."""
    return _outputs(model, clips, batch_size)


def embeddings(model: keras.Model, clips: RaggedClips, batch_size: int = 64) -> np.ndarray:
    """The network's embeddings, (clips, E) float32 of unit length, in the order of `clips`.

    Raises:
        ValueError: the network has none.
    """
    return _outputs(keras.Model(model.inputs, model.get_layer("embedding").output), clips, batch_size)


def _outputs(model: keras.Model, clips: RaggedClips, batch_size: int) -> np.ndarray:
    batches = Batches(clips, int(clips.labels.max(initial=0)) + 1, batch_size)
    outputs = np.empty((len(clips), model.output_shape[-1]), np.float32)
    for number, indices in enumerate(batches.batches):
        inputs, _ = batches[number]
        outputs[indices] = keras.ops.convert_to_numpy(model.predict_on_batch(inputs))
    return outputs


def predict(model: keras.Model, clips: RaggedClips, batch_size: int = 64, temperature: float = 1.0) -> np.ndarray:
    """Probabilities, (clips, labels) float32, in the order of `clips`.

    Args:
        model: landmarks and aspect to logits.
        clips: what to score.
        batch_size: clips at once; changes nothing but memory and speed.
        temperature: divides the logits (calibration); 1 = as the network says.
    """
    return np.exp(log_softmax(predict_logits(model, clips, batch_size) / temperature, axis=-1))


def scores(probabilities: np.ndarray, labels: np.ndarray) -> ValScores:
    """Mean cross-entropy, accuracy and top-5 accuracy.

    Args:
        probabilities: (n, labels).
        labels: (n,) int.

    Raises:
        ValueError: nothing to score.
    """
    if not len(labels):
        raise ValueError("no clips to score")
    of_truth = probabilities[np.arange(len(labels)), labels]
    rank = (probabilities > of_truth[:, None]).sum(axis=1)
    return ValScores(
        loss=float(-np.log(np.maximum(of_truth, 1e-12)).mean()),
        accuracy=float((rank == 0).mean()),
        top5_accuracy=float((rank < 5).mean()),
        n=len(labels),
    )
