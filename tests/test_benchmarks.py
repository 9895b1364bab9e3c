"""The benchmarks run by hand; what they import must still be there when somebody does."""

import importlib
from pathlib import Path

import pytest

NAMES = sorted(path.stem for path in (Path(__file__).parent / "benchmarks").glob("[!_]*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_can_be_imported(name):
    module = importlib.import_module(f"tests.benchmarks.{name}")
    assert module.__doc__, "says what it measures, and how it is run"
