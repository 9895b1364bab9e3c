"""Modules that take seconds to import, imported when they are first used."""

from importlib import import_module
from types import ModuleType
from typing import Any


class _Lazy(ModuleType):
    """Stands for a module, and imports it when one of its names is asked for.

    `importlib.util.LazyLoader` would put the unloaded module into `sys.modules`, where whoever looks through all
    modules (`inspect`, `warnings`) loads it.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.__name__), name)


def lazy(name: str) -> ModuleType:
    """A module that costs nothing until it is used: `keras = lazy("keras")`; ImportError comes with the first use."""
    return _Lazy(name)
