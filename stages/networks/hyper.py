"""The hyper-parameters of the candidate networks, apart from the networks: read without Keras."""

from pydantic import Field

from stages.params import Section


class Gislr(Section):
    """Hyper-parameters of GISLR."""

    dim: int = Field(192, ge=8, description="channels; 192 learns 100 to 1,000 glosses, less is faster")
    stride: int = Field(2, ge=1, description="frames that become one step: 2 halve the work of what follows")
    kernel: int = Field(11, ge=3, description="steps a convolution sees: about 0.9 s")
    groups: int = Field(2, ge=1, description="times (conv blocks, then a transformer block)")
    conv_blocks: int = Field(3, ge=1, description="convolution blocks in each group")
    expand: int = Field(2, ge=1, description="channels inside a block, in multiples of dim")
    heads: int = Field(4, ge=1, description="attention heads; dim must divide by it")
    dropout: float = Field(0.2, ge=0, lt=1, description="drop whole residual branches, and attention")
    late_dropout: float = Field(0.5, ge=0, lt=1, description="dropout before the output, once training is under way")


class ConvnextTiny(Section):
    """Hyper-parameters of ConvNeXt-Tiny."""

    width: int = Field(96, ge=4, description="channels of the first stage; each of the next three doubles them")
    depths: tuple[int, int, int, int] = Field((3, 3, 9, 3), description="blocks in each stage")
    kernel: int = Field(7, ge=3, description="frames and points a convolution sees")
    dropout: float = Field(0.1, ge=0, lt=1, description="drop whole residual branches, more the deeper they lie")
    late_dropout: float = Field(0.5, ge=0, lt=1, description="dropout before the output, once training is under way")


HYPER: dict[str, type[Section]] = {"gislr": Gislr, "convnext_tiny": ConvnextTiny}
