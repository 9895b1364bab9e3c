"""dvc.yaml tells the truth: every stage is a module, every piece of code it imports is among its deps."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = yaml.safe_load((ROOT / "dvc.yaml").read_text())
PIPELINE = DOCUMENT["stages"]
PATHS = ROOT / "stages" / "paths.py"  # held against dvc.yaml itself, see tests/stages/test_paths.py
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())


def called(node: ast.AST) -> str | None:
    """Name of the function that a node calls."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None


def local_imports(module: Path) -> set[Path]:
    """Files of stages/ and bentos/ that a module reaches, itself included."""
    seen: set[Path] = set()
    todo = [module]
    while todo:
        file = todo.pop()
        if file in seen:
            continue
        seen.add(file)
        tree = ast.parse(file.read_text())
        if file.name == "__init__.py" and any(called(node) == "import_module" for node in ast.walk(tree)):
            todo += file.parent.glob("*.py")  # a package that imports its modules by name
        for node in ast.walk(tree):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif called(node) == "lazy":
                names = [node.args[0].value]
            for name in names:
                path = ROOT.joinpath(*name.split("."))
                todo += [p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()]
    return {p for p in seen if p.name != "__init__.py" and p != PATHS}


@pytest.mark.parametrize("name", PIPELINE)
def test_deps_hold_all_code(name):
    stage = PIPELINE[name].get("do", PIPELINE[name])
    deps = [ROOT / dep for dep in stage["deps"]]
    module = ROOT / "stages" / f"{name}.py"
    assert f"python -m stages.{name}" in stage["cmd"]
    missing = [p for p in local_imports(module) if not any(p == d or d in p.parents for d in deps)]
    assert not missing, f"{name} imports what dvc.yaml does not list: {[str(p.relative_to(ROOT)) for p in missing]}"
    unused = [
        d
        for d in deps
        if d.is_relative_to(ROOT / "stages") and not any(p == d or d in p.parents for p in local_imports(module))
    ]
    assert not unused, f"{name} lists code it does not use: {[str(p.relative_to(ROOT)) for p in unused]}"


@pytest.mark.parametrize("name", PIPELINE)
def test_section_of_params(name):
    stage = PIPELINE[name].get("do", PIPELINE[name])
    assert stage["params"] == [name]
    assert name in PARAMS


def test_no_plot_lies_in_a_folder_of_outputs():
    """DVC opens such a folder after every experiment, and fails where no cache has it."""
    outputs = {ROOT / out for stage in PIPELINE.values() for out in stage.get("do", stage).get("outs", ())}
    pictures = [ROOT / plot for plot in DOCUMENT["plots"] if isinstance(plot, str)]
    assert [plot for plot in pictures if outputs & {plot, *plot.parents}] == []


def test_experiment_with_one_stage_in_a_fresh_clone(tmp_path):
    """No cache has what dvc.lock names."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines():
        if (ROOT / name).is_file() and not name.startswith(("tests/", "reports/")):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name)
    env = os.environ | {f"GIT_{who}_{what}": "t@e.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    env |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "DVC_NO_ANALYTICS": "1"}
    for command in ("git init -q", "git add -A", "git commit -qm Clone", "dvc exp run --dry fetch"):
        done = subprocess.run(command.split(), cwd=tmp_path, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_only_register_always_runs():
    always = [n for n, s in PIPELINE.items() if s.get("do", s).get("always_changed")]
    assert always == ["register"]
