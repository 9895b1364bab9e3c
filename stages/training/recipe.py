"""How to train: every choice that a training can be told."""

from typing import Any, Literal

from pydantic import Field

from stages.augmentation.random import Strength
from stages.params import Section


class Training(Section):
    """What all networks share. Rates are per step, shares are 0 to 1."""

    epochs: int = Field(100, ge=1, description="at most")
    batch_size: int = Field(32, ge=1, description="clips a step")
    optimizer: Literal["adamw", "muon"] = Field(
        "adamw", description="adamw, or muon: fewer epochs from nothing, each 1.3 times as long"
    )
    learning_rate: float = Field(1e-3, gt=0, description="reached after the warm-up")
    weight_decay: float = Field(0.05, ge=0, description="decoupled; biases and normalisation are left out")
    schedule: Literal["cosine", "plateau"] = Field(
        "cosine", description="cosine, or plateau: how the learning rate falls"
    )
    warmup_epochs: float = Field(5.0, ge=0, description="epochs of linear rise before the cosine")
    plateau_factor: float = Field(0.7, gt=0, lt=1, description="plateau: multiply the learning rate by this")
    plateau_patience: int = Field(5, ge=1, description="plateau: after as many epochs without a lower val loss")
    label_smoothing: float = Field(0.1, ge=0, lt=1, description="0-1; share of each target that all glosses get")
    average_momentum: float = Field(0.9, ge=0, lt=1, description="averaging of weights, per epoch; 0 = off")
    average_start: float = Field(0.5, ge=0, le=1, description="0-1; share of the training before weights are averaged")
    late_start: float = Field(0.1, ge=0, le=1, description="share of the training before late dropout begins")
    early_stop_patience: int = Field(30, ge=1, description="epochs without a better val accuracy or loss")
    mixed_precision: bool = Field(
        False, description="16-bit arithmetic (bfloat16): for GPUs that have it; a CPU gains little"
    )
    seed: int = Field(0, description="of all chance")
    warm_start: str = Field(
        "", description="base, a model.keras, or models:/pose2gloss/3: where to begin; its glosses may differ"
    )
    start_share: float = Field(0.0, ge=0, lt=1, description="0-1; share of warm_start's weights in those that are kept")
    augmentation: Strength = Field(Strength(), description="how clips are changed at random, from epoch to epoch")


class Recipe(Training):
    """One training: the shared choices, and one network with its hyper-parameters."""

    network: str = Field(description="its name in stages/networks")
    hyper: dict[str, Any] = Field(default_factory=dict, description="fields of the network's own Hyper")
