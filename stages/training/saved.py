"""A trained network, read back."""

import zipfile
from pathlib import Path

import keras

import stages.networks.layers  # noqa: F401 - Keras knows the layers of a file once they are defined
from stages.features.inputs import FrameFeatures  # noqa: F401
from stages.features.pieces import UnknownPieceError
from stages.start import StageError


class ModelFileError(StageError, ValueError):
    """A model.keras that cannot be used; the message says why and what to do."""


def load_model(path: str | Path) -> keras.Model:
    """Load a `model.keras` for scoring, without its optimizer.

    Args:
        path: the file that `fit` wrote.

    Returns:
        {"landmarks": (B, T, 180, 3) with NaN, "aspect": (B,)} to logits (B, labels).

    Raises:
        FileNotFoundError: there is no such file.
        ModelFileError: it is damaged, or made of layers or pieces that this code does not have (any more).
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path} is missing: run `dvc repro`")
    if not zipfile.is_zipfile(path):
        raise ModelFileError(f"{path} is no model that Keras saved: it is cut off or something else")
    try:
        return keras.models.load_model(path, compile=False)
    except OSError as error:
        raise ModelFileError(f"{path} is damaged: {error}") from error
    except UnknownPieceError as error:
        raise ModelFileError(
            f"{path} sees what this version of islr does not have ({error}): use the version that made it, or train "
            "it again without that piece"
        ) from error
    except (TypeError, ValueError, KeyError) as error:  # what Keras raises for unknown layers, fields and weights
        raise ModelFileError(
            f"{path} was made by an older version of islr, whose layers this one does not have: train it again, or "
            "begin with `base`"
        ) from error
