"""Trains one candidate network. Run as `python -m stages.train gislr` or `python -m stages.train convnext_tiny`.

Interrupted, it goes on from its last whole epoch when started again. The candidates may train side by side, each
with its share of the cores: TF_NUM_INTRAOP_THREADS=1 python -m stages.train gislr &

JAX trains the same network from the same tensors, in an environment of its own (jax, keras, numpy, pandas, pyarrow,
pydantic, pyyaml, scipy, tqdm; no TensorFlow): KERAS_BACKEND=jax python -m stages.train gislr
"""

import argparse
import json
import logging
import os
from typing import Literal, get_args

from pydantic import Field

from stages import paths
from stages.networks.hyper import ConvnextTiny, Gislr
from stages.params import load
from stages.training.recipe import Recipe, Training

TENSORS = paths.TENSORS
MODELS = paths.CANDIDATES
REPORTS = paths.TRAINED

Network = Literal["gislr", "convnext_tiny"]

log = logging.getLogger(__name__)


class Params(Training):
    """Parameters of `train`: what `Training` has for all networks, and by network what differs.

    Attributes:
        gislr, convnext_tiny: the network's own hyper-parameters; see its `Hyper`.
        only: fields of Training that one network has otherwise, by network.
    """

    gislr: Gislr = Gislr()
    convnext_tiny: ConvnextTiny = ConvnextTiny()
    only: dict[Network, Training] = Field(
        default_factory=dict,
        description="fields that one network has otherwise: {gislr: {epochs: 20, warm_start: base}}",
    )

    def recipe(self, network: Network) -> Recipe:
        """All choices for one network."""
        shared = self.model_dump(include=set(Training.model_fields))
        own = self.only[network].model_dump(exclude_unset=True) if network in self.only else {}
        return Recipe(**{**shared, **own}, network=network, hyper=getattr(self, network).model_dump(exclude_unset=True))


def train(network: Network, params: Params) -> dict:
    """Train on data/tensors; write data/models/<network>, reports/train/<network>.json and .csv.

    Returns:
        The report of `fit`.
    """
    import pandas as pd

    from stages.dataset.ragged import RaggedClips
    from stages.dataset.spec import TensorSpec
    from stages.tracking.live import curves
    from stages.training.callbacks import LiveCurves
    from stages.training.fit import fit, run_key

    spec, recipe = TensorSpec.read(TENSORS / "spec.json"), params.recipe(network)
    clips, val = RaggedClips.open(TENSORS / "train"), RaggedClips.open(TENSORS / "val")
    key = run_key(recipe, spec, clips, val)
    with curves(key, f"train {network}", recipe.model_dump(), {"stage": "train", "network": network}) as live:
        report = fit(recipe, spec, clips, val, MODELS / network, [LiveCurves(live)])
    REPORTS.mkdir(parents=True, exist_ok=True)
    said = {
        k: report[k]
        for k in ("network", "run_key", "val", "best_epoch", "epochs", "parameters", "seconds", "clips_per_second")
    }
    (REPORTS / f"{network}.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    pd.DataFrame(report["history"]).to_csv(REPORTS / f"{network}.csv", index=False)
    return report


def main() -> None:
    """Run the stage for one network."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=get_args(Network))
    network = parser.parse_args().network
    from stages.training.saved import ModelFileError

    try:
        report = train(network, load("train", Params))
    except (FileNotFoundError, ModelFileError) as error:
        raise SystemExit(str(error)) from None
    log.info("%s: val %s after epoch %d, %.0f s", network, report["val"], report["best_epoch"] + 1, report["seconds"])


if __name__ == "__main__":
    main()
