"""Trains one candidate network. Run as `python -m stages.train NETWORK`, with a name of stages/networks.

Interrupted, it goes on from its last whole epoch when started again. The candidates may train side by side, each
with its share of the cores: TF_NUM_INTRAOP_THREADS=1 python -m stages.train gislr &

JAX trains the same network from the same tensors, in an environment of its own (jax, keras, numpy, pandas, pyarrow,
pydantic, pyyaml, scipy, tqdm; no TensorFlow): KERAS_BACKEND=jax python -m stages.train gislr
"""

import argparse
import logging
from typing import Any

from pydantic import Field, create_model

from stages import paths
from stages.networks import NETWORKS, Name
from stages.reports.files import write_json
from stages.reports.training import TrainReport
from stages.start import stage
from stages.training.recipe import Recipe, Training

log = logging.getLogger(__name__)


class TrainParams(Training):
    """What `Training` has for all networks, and by network what differs."""

    only: dict[Name, Training] | None = Field(
        None, description="fields that one network has otherwise: {gislr: {epochs: 20, warm_start: base}}"
    )

    def recipe(self, name: str) -> Recipe:
        """All choices for one network."""
        shared = self.model_dump(include=set(Training.model_fields))
        other = (self.only or {}).get(name)
        own = other.model_dump(exclude_unset=True) if other else {}
        return Recipe(**{**shared, **own}, network=name, hyper=getattr(self, name).model_dump(exclude_unset=True))


# Parameters of `train`: those above, and the hyper-parameters of each network under its name.
_hyper: dict[str, Any] = {name: (network.Hyper, network.Hyper()) for name, network in NETWORKS.items()}
Params = create_model("Params", __base__=TrainParams, **_hyper)


def train(name: str, params: TrainParams) -> TrainReport:
    """Train on data/tensors; write data/models/candidates/<name>, reports/train/<name>.json and .csv.

    Returns:
        The report of `fit`.
    """
    import pandas as pd

    from stages.dataset.ragged import RaggedClips
    from stages.dataset.spec import TensorSpec
    from stages.tracking.live import curves
    from stages.training.callbacks import LiveCurves
    from stages.training.fit import fit, run_key

    spec, recipe = TensorSpec.read(paths.SPEC), params.recipe(name)
    clips, val = RaggedClips.open(paths.TENSORS / "train"), RaggedClips.open(paths.TENSORS / "val")
    key = run_key(recipe, spec, clips, val)
    with curves(key, f"train {name}", recipe.model_dump(), {"stage": "train", "network": name}) as live:
        report = fit(recipe, spec, clips, val, paths.CANDIDATES / name, [LiveCurves(live)], paths.UNFINISHED)
    write_json(paths.TRAINED / f"{name}.json", report.in_short())
    pd.DataFrame(report.history).to_csv(paths.TRAINED / f"{name}.csv", index=False)
    return report


def main() -> None:
    """Run the stage for one network."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=tuple(NETWORKS))
    name = parser.parse_args().network
    with stage("train", Params) as params:
        report = train(name, params)
        log.info("%s: val %s after epoch %d, %.0f s", name, report.val, (report.best_epoch or 0) + 1, report.seconds)


if __name__ == "__main__":
    main()
