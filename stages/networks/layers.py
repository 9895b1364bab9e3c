"""The layers of the networks. What mixes frames takes a mask, so that padding changes nothing."""

import keras
from keras import ops

EMBEDDING = 256  # numbers that stand for a clip


class _Masked(keras.layers.Layer):
    """Base: called with values and a mask, gives values of the same shape; builds from the values' shape alone."""

    def build_from_config(self, config):
        """As Keras; models saved while the mask had another name tell its shape too."""
        before = config.get("shapes_dict", {}).get("inputs_shape")
        super().build_from_config({"input_shape": before} if before else config)

    def compute_output_shape(self, input_shape):
        """As the values."""
        return input_shape


@keras.saving.register_keras_serializable("islr")
class MaskedMean(_Masked):
    """Mean over time of what is there: (batch, frames, channels), mask (batch, frames, 1) to (batch, channels)."""

    def call(self, inputs, mask):
        mask = ops.cast(mask, inputs.dtype)
        # by index, not by transpose: see Attention
        total = ops.matmul(mask[:, None, :, 0], inputs)[:, 0]
        return total / ops.maximum(ops.sum(mask, axis=1), 1.0)

    def compute_output_shape(self, input_shape):
        """(batch, channels)."""
        return input_shape[0], input_shape[-1]


@keras.saving.register_keras_serializable("islr")
class MaskedBatchNorm(_Masked, keras.layers.BatchNormalization):
    """Batch normalisation whose statistics leave padding out; (batch, frames, channels), mask (batch, frames, 1)."""

    def _moments(self, inputs, mask):
        """Mean and variance, (channels,), as products with the mask: Keras' own makes a mask as large as the inputs."""
        weight = ops.reshape(ops.cast(mask, inputs.dtype), (1, -1))  # (1, batch * frames)
        weight = weight / ops.maximum(ops.sum(weight), 1.0)
        flat = ops.reshape(inputs, (-1, inputs.shape[-1]))
        mean = ops.matmul(weight, flat)
        variance = ops.matmul(weight, ops.square(flat - ops.stop_gradient(mean)))
        return mean[0], variance[0]

    def call(self, inputs, mask, training=None):
        return super().call(inputs, training=training, mask=ops.greater(mask[..., 0], 0.5))


@keras.saving.register_keras_serializable("islr")
class LateDropout(keras.layers.Dropout):
    """Dropout that begins after `start_step` training steps (Kaggle ISLR 2023, first place).

    A strong dropout from the first step on keeps a small network from learning at all.
    """

    def __init__(self, rate, start_step=0, **kwargs):
        super().__init__(rate, **kwargs)
        self.start_step = int(start_step)

    def build(self, input_shape):
        self.step = self.add_weight(name="step", shape=(), dtype="int32", initializer="zeros", trainable=False)
        super().build(input_shape)

    def call(self, inputs, training=False):
        if not training:
            return inputs
        started = ops.greater_equal(self.step, self.start_step)
        self.step.assign(self.step + 1)
        return ops.where(started, super().call(inputs, training=True), inputs)

    def get_config(self):
        """What `from_config` needs."""
        return {**super().get_config(), "start_step": self.start_step}


@keras.saving.register_keras_serializable("islr")
class Shrink(_Masked):
    """Convolution of size = stride, aligned to the clip's first frame: (B, T, P, C) to (B, T / n, P / m, filters).

    Zeros are added at the end only and always n - 1 and m - 1 of them, so that nothing depends on the length. The mask
    (B, T, 1, 1) shrinks with it: a new frame is there when any of its n frames was.

    Args:
        filters: channels of the result.
        size: (n, m), frames and points that become one.
    """

    def __init__(self, filters, size, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.size = filters, tuple(size)
        self.conv = keras.layers.Conv2D(filters, self.size, strides=self.size)
        self.pool = keras.layers.MaxPooling2D((self.size[0], 1), strides=(self.size[0], 1))

    def build(self, input_shape):
        self.conv.build(input_shape)

    def call(self, inputs, mask):
        frames, points = (n - 1 for n in self.size)
        padded = ops.pad(inputs * mask, ((0, 0), (0, frames), (0, points), (0, 0)))
        mask = ops.pad(mask, ((0, 0), (0, frames), (0, 0), (0, 0)))
        return self.conv(padded), self.pool(mask)

    def compute_output_shape(self, input_shape):
        """Shapes of values and mask."""
        frames, points = (None if n is None else -(-n // by) for n, by in zip(input_shape[1:3], self.size, strict=True))
        return (input_shape[0], frames, points, self.filters), (input_shape[0], frames, 1, 1)

    def get_config(self):
        """What `from_config` needs."""
        return {**super().get_config(), "filters": self.filters, "size": self.size}


@keras.saving.register_keras_serializable("islr")
class ChannelAttention(_Masked):
    """ECA: weigh channels by a small convolution over their means in time; (B, T, C), mask to (B, T, C)."""

    def __init__(self, kernel=5, **kwargs):
        super().__init__(**kwargs)
        self.kernel = kernel
        self.mean = MaskedMean()
        self.conv = keras.layers.Conv1D(1, kernel, padding="same", use_bias=False)

    def build(self, input_shape):
        self.conv.build((input_shape[0], input_shape[-1], 1))

    def call(self, inputs, mask):
        weight = self.conv(self.mean(inputs, mask)[..., None])  # (B, C, 1)
        return inputs * ops.sigmoid(ops.transpose(weight, (0, 2, 1)))

    def get_config(self):
        """What `from_config` needs."""
        return {**super().get_config(), "kernel": self.kernel}


@keras.saving.register_keras_serializable("islr")
class Attention(_Masked):
    """Multi-head self-attention over frames that the mask leaves; (B, T, D), mask (B, T, 1) to (B, T, D)."""

    def __init__(self, heads, dropout=0.0, **kwargs):
        super().__init__(**kwargs)
        self.heads, self.dropout_rate = heads, dropout
        self.dropout = keras.layers.Dropout(dropout)

    def build(self, input_shape):
        dim = input_shape[-1]
        if dim % self.heads:
            raise ValueError(f"dim {dim} must divide by heads {self.heads}")
        self.to_qkv = keras.layers.Dense(3 * dim, use_bias=False, name="to_qkv")
        self.to_out = keras.layers.Dense(dim, use_bias=False, name="to_out")
        self.to_qkv.build(input_shape)
        self.to_out.build(input_shape)

    def call(self, inputs, mask, training=False):
        batch, frames, dim = ops.shape(inputs)[0], ops.shape(inputs)[1], inputs.shape[-1]
        qkv = ops.reshape(self.to_qkv(inputs), (batch, frames, 3 * self.heads, dim // self.heads))
        query, key, value = ops.split(ops.transpose(qkv, (0, 2, 1, 3)), 3, axis=1)  # (B, heads, T, D / heads)
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))) * (dim // self.heads) ** -0.5
        # by index, not by transpose: TFLite converts the transpose of (1, T, 1) into something else, without an error
        blocked = (1.0 - ops.cast(mask[:, :, 0], scores.dtype)) * -1e4  # (B, T)
        weights = self.dropout(ops.softmax(scores + blocked[:, None, None, :]), training=training)
        mixed = ops.transpose(ops.matmul(weights, value), (0, 2, 1, 3))
        return self.to_out(ops.reshape(mixed, (batch, frames, dim)))

    def get_config(self):
        """What `from_config` needs."""
        return {**super().get_config(), "heads": self.heads, "dropout": self.dropout_rate}


@keras.saving.register_keras_serializable("islr")
class LayerScale(keras.layers.Layer):
    """Multiply each channel by a learned factor that starts small."""

    def __init__(self, initial=1e-2, **kwargs):
        super().__init__(**kwargs)
        self.initial = initial

    def build(self, input_shape):
        start = keras.initializers.Constant(self.initial)
        self.gamma = self.add_weight(name="gamma", shape=(input_shape[-1],), initializer=start)

    def call(self, inputs):
        return inputs * ops.cast(self.gamma, inputs.dtype)

    def get_config(self):
        """What `from_config` needs."""
        return {**super().get_config(), "initial": self.initial}


@keras.saving.register_keras_serializable("islr")
class CosineClassifier(keras.layers.Layer):
    """Logits as scaled cosines to one prototype a label (Wang et al., "NormFace", ACM Multimedia 2017).

    Called with unit vectors (batch, channels), gives (batch, labels). What it takes in is then made for comparison by
    cosine, signs that it never saw included.

    Args:
        labels: how many.
        scale: largest logit; 20 lets a gloss among thousands come near to certainty, and pulls no clip after that.
    """

    def __init__(self, labels, scale=20.0, **kwargs):
        super().__init__(**kwargs)
        self.labels, self.scale = labels, scale

    def build(self, input_shape):
        self.prototypes = self.add_weight(name="prototypes", shape=(input_shape[-1], self.labels))

    def call(self, inputs):
        return self.scale * ops.matmul(inputs, ops.normalize(self.prototypes, axis=0))

    def get_config(self):
        """What `from_config` needs."""
        return {**super().get_config(), "labels": self.labels, "scale": self.scale}


def classify(x, labels: int):
    """From what a network has of a clip, (batch, channels), to logits (batch, labels), by way of the embedding.

    The embedding is the layer of that name: (batch, 256) of unit length.
    """
    x = keras.layers.Dense(EMBEDDING, use_bias=False, dtype="float32")(x)
    x = keras.layers.UnitNormalization(dtype="float32", name="embedding")(x)
    return CosineClassifier(labels, dtype="float32", name="logits")(x)
