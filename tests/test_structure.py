"""What may import what, that every library that is imported is declared, and that tests lie where their code does."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = [Path(name) for name in subprocess.check_output(["git", "ls-files", "*.py"], cwd=ROOT, text=True).split()]
OURS = ("stages", "bentos", "tests")
TRAVELS = Path("data/base")  # code of a version that was exported earlier


def module(file: Path) -> str:
    return ".".join(file.with_suffix("").parts).removesuffix(".__init__")


MODULES = {module(file): file for file in FILES if TRAVELS not in file.parents}


def imports(file: Path, only_at_import: bool = False) -> Iterator[str]:
    """The modules that a file imports, wherever in it, or only when it is imported itself."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    for node in tree.body if only_at_import else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                below = f"{node.module}.{alias.name}"
                yield below if below in MODULES else node.module


def arrows(start: str) -> set[tuple[str, str]]:
    """(importer, imported) for all modules below a package."""
    files = {name: file for name, file in MODULES.items() if name.split(".")[0] == start}
    return {(name, target) for name, file in files.items() for target in imports(file)}


def test_training_leans_on_the_contract_and_on_translation_alone():
    rooms = {".".join(target.split(".")[:2]) for _, target in arrows("stages") if target.split(".")[0] == "bentos"}
    assert rooms == {"bentos.contract", "bentos.translation"}


def test_serving_never_imports_training():
    assert not [arrow for arrow in arrows("bentos") if arrow[1].split(".")[0] in ("stages", "tests")]


def test_the_contract_knows_of_neither_side():
    inside = [(name, target) for name, target in arrows("bentos") if name.startswith("bentos.contract")]
    ours = [arrow for arrow in inside if arrow[1].split(".")[0] in OURS]
    assert ours
    assert all(target.startswith("bentos.contract") for _, target in ours)


def test_no_import_goes_round_in_a_circle():
    graph = {name: {t for t in imports(file, only_at_import=True) if t in MODULES} for name, file in MODULES.items()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(MODULES)  # raises CycleError


MIRRORED = 0.8  # of a room's modules that do something


def acts(file: Path) -> bool:
    """Whether a module does anything: one of constants and types alone has nothing to test."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(tree))


@pytest.mark.parametrize("package", ["bentos", "stages"])
def test_tests_mirror_the_rooms(package):
    rooms = defaultdict(dict)
    for file in FILES:
        if file.parts[0] == package and file.stem != "__init__" and "live" not in file.parts and acts(file):
            rooms[file.parent][file.name] = Path("tests", file.parent, f"test_{file.name}") in FILES
    assert len(rooms) > 4
    for room, tested in rooms.items():
        without = [name for name, found in tested.items() if not found]
        assert sum(tested.values()) >= MIRRORED * len(tested), f"tests/{room} has no tests named after {without}"


def declared() -> tuple[set[str], set[str]]:
    """Names of all distributions that pyproject.toml asks for, and of those of the group `serve`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = {"": project["project"]["dependencies"], **project["dependency-groups"]}
    names = {  # an extra, as in dask[distributed], is a distribution of that name here
        group: {name.lower() for line in lines for name in re.findall(r"[\w.-]+", line.split("=")[0])}
        for group, lines in groups.items()
    }
    return set().union(*names.values()), names["serve"]


LEFT_TO_THE_REGISTRY = {"mlflow", "sqlalchemy", "alembic"}  # a bento holds its model, and has no registry to ask


@pytest.mark.parametrize("package", OURS)
def test_what_is_imported_is_declared(package):
    known, serve = declared()
    distributions = packages_distributions()
    wanted = {target.split(".")[0] for _, target in arrows(package)} - sys.stdlib_module_names - set(OURS)
    for name in wanted:
        # of a group that is not installed only names can be told: psycopg2 is of psycopg2-binary
        found = distributions.get(name) or [one for one in known if one.startswith(name)]
        of = {re.sub(r"[._]", "-", one.lower()) for one in found}
        allowed = serve | LEFT_TO_THE_REGISTRY if package == "bentos" else known
        assert of & allowed, f"{name} ({', '.join(of) or 'not installed'}) is imported in {package}, not declared"


def test_the_bento_holds_what_the_group_serve_asks_for():
    uv = Path(sys.executable).with_name("uv")
    if not (uv.is_file() and (ROOT / "uv.lock").is_file()):
        pytest.skip("needs uv and the uv.lock that `uv run` leaves: see the README's test command")
    command = [uv, "export", "--frozen", "--only-group", "serve", "--no-annotate", "--no-header", "-q"]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert (ROOT / "bentos" / "requirements.txt").read_text(encoding="utf-8") == made, "see pyproject.toml, serve"
