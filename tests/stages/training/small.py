"""A recipe that learns few glosses in seconds."""

from stages.augmentation.random import Strength
from stages.training.recipe import Recipe

GLOSSES = 3
RECIPE = Recipe(
    **{"network": "gislr", "epochs": 20, "batch_size": 12, "learning_rate": 1e-2, "warmup_epochs": 1},
    **{"hyper": {"dim": 16, "groups": 1, "conv_blocks": 1, "kernel": 5, "late_dropout": 0.1}},
    augmentation=Strength(speed=0.2, drop_hand=0, flip=0),
)
