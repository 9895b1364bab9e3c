"""The candidate networks, by name; all that needs their names takes them from here.

A network is a module of its name beside this one, which can be imported without Keras: `Hyper`, its hyper-parameters,
and `build(spec, hyper, late_step)`, which gives the whole network, from raw landmarks to logits.
"""

from importlib import import_module
from types import ModuleType
from typing import Annotated

from pydantic import AfterValidator

NAMES = (  # a new network: its file, and its name here
    "gislr",
    "convnext_tiny",
)
NETWORKS: dict[str, ModuleType] = {name: import_module(f"stages.networks.{name}") for name in NAMES}


def _known(name: str) -> str:
    network(name)
    return name


Name = Annotated[str, AfterValidator(_known)]  # of a network, in the parameters of stages


def network(name: str) -> ModuleType:
    """The module of a network.

    Raises:
        ValueError: no network of that name.
    """
    if name not in NETWORKS:
        raise ValueError(f"there is no network {name!r}: choose one of {', '.join(NETWORKS)}")
    return NETWORKS[name]
