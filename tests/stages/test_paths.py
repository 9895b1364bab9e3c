"""Paths between the stages: said once, and each of them what dvc.yaml says."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from stages import paths
from tests.conftest import ROOT
from tests.test_pipeline import PIPELINE

PATHS = {name: value for name, value in vars(paths).items() if isinstance(value, Path)}
NOT_IN_DVC = {
    "INCOMING": "its place is a parameter, fetch.folder",
    "BASE": "carried by git",
    "UNFINISHED": "gone when a training has ended",
    "PREVIEWS": "written when a person asks for one",
    "REPORTS": "the folder of the others",
    "WATCH": "kept by the watcher, which is no stage",
    "CANDIDATES": "the folder of what `train` writes",
    "TRAINED": "the folder of what `train` writes",
    "REGISTRATION": "of this clone's registry, not of the work",
    "VERSION": "likewise; a metric that git keeps",
}
SPELLED = re.compile(r"\b(data|reports)/[a-z]")


def files(stage: dict) -> set[Path]:
    """What a stage of dvc.yaml reads and writes."""
    stage = stage.get("do", stage)
    listed = [*stage["deps"], *stage.get("outs", ()), *stage.get("metrics", ()), *stage.get("plots", ())]
    return {Path(path) for entry in listed for path in ([entry] if isinstance(entry, str) else entry)}


EVERY = set().union(*map(files, PIPELINE.values()))


def is_among(path: Path, listed: set[Path]) -> bool:
    """Whether a path is one of these, or lies in one, or holds one."""
    return any(path == other or other in path.parents or path in other.parents for other in listed)


@pytest.mark.parametrize("name", PATHS)
def test_path_is_of_a_stage_or_explained(name):
    listed = any(PATHS[name] == path or path in PATHS[name].parents for path in EVERY)
    written_one_by_one = any(PATHS[name] in path.parents for path in EVERY)
    assert listed or written_one_by_one or name in NOT_IN_DVC


def test_nothing_is_explained_that_is_no_path_any_more():
    assert NOT_IN_DVC.keys() <= PATHS.keys()


def used_paths(node: ast.AST) -> Iterator[str]:
    """Names of the paths in a piece of code; an f-string only tells a person of them."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Attribute) and isinstance(child.value, ast.Name) and child.value.id == "paths":
            yield child.attr
        elif not isinstance(child, ast.JoinedStr):
            yield from used_paths(child)


@pytest.mark.parametrize("name", PIPELINE)
def test_stage_lists_the_paths_that_its_module_uses(name):
    used = set(used_paths(ast.parse((ROOT / "stages" / f"{name}.py").read_text()))) - NOT_IN_DVC.keys()
    assert {one for one in used if not is_among(PATHS[one], files(PIPELINE[name]))} == set()


def strings(module: Path) -> Iterator[str]:
    """Strings of a module, its docstrings left out."""
    tree = ast.parse(module.read_text())
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def test_no_other_module_spells_a_path():
    modules = [path for path in (ROOT / "stages").rglob("*.py") if path.name != "paths.py"]
    assert len(modules) > 50
    found = {str(m.relative_to(ROOT)): s for m in modules for s in strings(m) if SPELLED.search(s)}
    assert found == {}
