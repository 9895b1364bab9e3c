"""A recipe and a space to search."""

from stages.tuning.space import Choice

SPACE = {"learning_rate": Choice(low=1e-4, high=1e-2, log=True), "hyper.dim": Choice(values=(8, 16))}
RECIPE = {"network": "gislr", "epochs": 4, "learning_rate": 1e-3, "hyper": {"dim": 192}, "augmentation": {}}
