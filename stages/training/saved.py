"""A trained network, read back."""

import zipfile
from pathlib import Path

import keras


class ModelFileError(ValueError):
    """A model.keras that cannot be used; the message says why and what to do."""


def load_model(path: str | Path) -> keras.Model:
    """Load a `model.keras` for scoring, without its optimizer.

    Args:
        path: the file that `fit` wrote.

    Returns:
        {"landmarks": (B, T, 180, 3) with NaN, "aspect": (B,)} to logits (B, labels).

    Raises:
        FileNotFoundError: there is no such file.
        ModelFileError: it is damaged, or made of layers that this code does not have (any more).
    """
    from stages.networks import network

    network("gislr")  # loads all networks, so that Keras knows their layers
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path} is missing: run `dvc repro`")
    if not zipfile.is_zipfile(path):
        raise ModelFileError(f"{path} is no model that Keras saved: it is cut off or something else")
    try:
        return keras.models.load_model(path, compile=False)
    except OSError as error:
        raise ModelFileError(f"{path} is damaged: {error}") from error
    except (TypeError, ValueError, KeyError) as error:  # what Keras raises for unknown layers, fields and weights
        raise ModelFileError(
            f"{path} was made by an older version of islr, whose layers this one does not have: train it again, or "
            "begin with `base`"
        ) from error
