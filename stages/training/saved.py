"""A trained network, read back."""

from pathlib import Path

import keras


def load_model(path: str | Path) -> keras.Model:
    """Load a `model.keras` for scoring, without its optimizer.

    Args:
        path: the file that `fit` wrote.

    Returns:
        {"landmarks": (B, T, 180, 3) with NaN, "aspect": (B,)} to logits (B, labels).

    Raises:
        FileNotFoundError: there is no such file.
    """
    from stages.networks import network

    network("gislr")  # loads all networks, so that Keras knows their layers
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path} is missing: run `dvc repro`")
    return keras.models.load_model(path, compile=False)
