"""The candidate networks, by name."""

from types import ModuleType


def network(name: str) -> ModuleType:
    """The module of a network: `Hyper` (its parameters) and `build(spec, hyper, late_step)`.

    Raises:
        ValueError: no network of that name.
    """
    from stages.networks import convnext_tiny, gislr

    known = {"gislr": gislr, "convnext_tiny": convnext_tiny}
    if name not in known:
        raise ValueError(f"no network {name!r}: choose one of {', '.join(known)}")
    return known[name]
