"""From a trained Keras model to a TFLite file that takes raw landmarks and gives probabilities."""

import contextlib
import io
import tempfile
from pathlib import Path

VARIANTS = {"fp32": "model-fp32.tflite", "int8": "model-int8.tflite"}


def with_probabilities(model, temperature: float):
    """The model with its calibrated softmax inside, and with its embedding beside it.

    Args:
        model: {"landmarks": (B, T, 180, 3), "aspect": (B,)} to logits (B, labels).
        temperature: logits are divided by it (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017).

    Returns:
        A Keras model of the same inputs to {"probabilities": (B, labels)}; with "embedding": (B, 256), of unit length,
        where the model has a layer of that name.
    """
    import keras

    inputs = {
        "landmarks": keras.Input((None, 180, 3), batch_size=1, name="landmarks", dtype="float32"),
        "aspect": keras.Input((), batch_size=1, name="aspect", dtype="float32"),
    }
    has = {layer.name: layer.output for layer in model.layers if layer.name == "embedding"}
    made = keras.Model(model.inputs, {"logits": model.output, **has})(inputs, training=False)
    logits = keras.ops.cast(made.pop("logits"), "float32")
    outputs = {"probabilities": keras.ops.softmax(logits / float(temperature)), **made}
    return keras.Model(inputs, outputs, name="pose2gloss")


def convert(model, temperature: float, folder: Path, variants: tuple[str, ...] = ("fp32", "int8")) -> dict[str, Path]:
    """Write the TFLite variants of a model.

    By way of a saved model: `from_concrete_functions` on a Keras 3 model gives a file that answers NaN.

    Args:
        model: as for `with_probabilities`.
        temperature: of the softmax.
        folder: where the files go.
        variants: "fp32", and "int8": weights in 8 bits, arithmetic as the device likes (dynamic range).

    Returns:
        {variant: file}.

    Raises:
        ValueError: an unknown variant.
    """
    import tensorflow as tf
    from keras import InputSpec

    unknown = set(variants) - set(VARIANTS)
    if unknown:
        raise ValueError(f"no TFLite variant {sorted(unknown)}: choose from {sorted(VARIANTS)}")
    folder.mkdir(parents=True, exist_ok=True)
    signature = {
        "landmarks": InputSpec(shape=(1, None, 180, 3), dtype="float32", name="landmarks"),
        "aspect": InputSpec(shape=(1,), dtype="float32", name="aspect"),
    }
    files = {}
    with tempfile.TemporaryDirectory() as saved, contextlib.redirect_stdout(io.StringIO()):
        whole = with_probabilities(model, temperature)
        whole.export(saved, format="tf_saved_model", input_signature=[signature], verbose=False)
        for variant in variants:
            converter = tf.lite.TFLiteConverter.from_saved_model(saved)
            if variant == "int8":
                converter.optimizations = [tf.lite.Optimize.DEFAULT]
            files[variant] = folder / VARIANTS[variant]
            files[variant].write_bytes(converter.convert())
    return files
