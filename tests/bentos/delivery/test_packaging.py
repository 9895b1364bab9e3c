"""`bentoml build` packs a version, and the bento serves it from an empty folder without registry and repository."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from mlflow import MlflowClient

from bentos.contract import integrity
from tests.bentos.registered import promote, register
from tests.bentos.serving import ROOT, code_alone, loaded_libraries, serve
from tests.bentos.tiny_model import recorded

BENTOML = str(Path(sys.executable).with_name("bentoml"))
UNWANTED = ("tensorflow", "mediapipe", "opencv", "keras", "mlflow", "torch", "dvc", "great-expectations", "pandas")


def pins(text: str) -> dict[str, str]:
    return dict(re.findall(r'^\s*"?([a-z0-9-]+)==([0-9][^",\s]*)', text, flags=re.MULTILINE))


def test_the_image_gets_the_projects_own_pins_and_nothing_heavy():
    packed = pins((ROOT / "bentos" / "requirements.txt").read_text())
    project = pins((ROOT / "pyproject.toml").read_text())
    shared = packed.keys() & project.keys()
    assert {"bentoml", "fastapi", "ai-edge-litert", "numpy", "openai", "starlette"} <= shared
    assert {name: packed[name] for name in shared} == {name: project[name] for name in shared}
    assert not [name for name in packed if name.startswith(UNWANTED)]


@pytest.fixture(scope="module")
def built(tiny_models, tmp_path_factory) -> tuple[Path, Path]:
    """A BentoML home with a bento of version 1 while version 2 is Production, and the bento's folder."""
    base = tmp_path_factory.mktemp("build")
    uri = f"sqlite:///{base}/mlflow.db"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    one = recorded(tiny_models(1), base / "one")
    (one / "training").mkdir()
    (one / "training" / "model.keras").write_bytes(b"large")
    integrity.seal(one)
    register(client, one)
    promote(client, register(client, tiny_models(2)))
    environ = {k: v for k, v in os.environ.items() if not k.startswith("ISLR_")}
    environ |= {"BENTOML_HOME": str(base / "home"), "MLFLOW_TRACKING_URI": uri, "BENTOML_DO_NOT_TRACK": "True"}
    command = [BENTOML, "build", "--arg", "model_version=1", "-o", "tag"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    (folder,) = (p.parent for p in (base / "home" / "bentos").glob("*/*/bento.yaml"))
    return base / "home", folder


def test_the_bento_says_what_is_in_it(built):
    home, folder = built
    assert list((home / "models").rglob("metadata.json"))
    assert not list((home / "models").rglob("model.keras"))  # only serving's own files
    labels = yaml.safe_load((folder / "bento.yaml").read_text())["labels"]
    assert labels["model"] == "pose2gloss"
    assert labels["model_version"] == "1"
    assert labels["git"] == "0123456789abcdef"
    assert labels["data"] == "fedcba9876543210"


def test_all_that_is_installed_in_the_image_is_pinned_with_hashes(built):
    _, folder = built
    text = (folder / "env" / "python" / "requirements.txt").read_text()
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    unpinned = [line for line in lines if "==" not in line or "--hash=sha256:" not in line]
    assert unpinned == ["bentoml==1.4.39"]  # BentoML's own addition to the line that has the hashes
    assert len(lines) > 80


def test_the_bento_carries_the_list_of_its_parts(built):
    _, folder = built
    parts = json.loads((folder / "src" / "bentos" / "sbom.json").read_text())
    assert parts["bomFormat"] == "CycloneDX"
    listed = {part["name"]: part for part in parts["components"]}
    packed = pins((ROOT / "bentos" / "requirements.txt").read_text())
    assert {name: listed[name]["version"] for name in packed} == packed
    assert all(re.search("[0-9a-f]{64}", json.dumps(listed[name])) for name in packed)
    model = listed["pose2gloss"]
    assert (model["type"], model["version"]) == ("machine-learning-model", "1")
    (sealed,) = (folder.parents[2] / "models").rglob("manifest.json")
    assert model["hashes"] == [{"alg": "SHA-256", "content": integrity.fingerprint(sealed.parent)}]


def test_the_bento_answers_as_recorded(built):
    """As `.ci/deploy` asks before it makes an image."""
    home, folder = built
    command = [sys.executable, "-m", "bentos.delivery.smoke", "--bento", f"{folder.parent.name}:{folder.name}"]
    environ = os.environ | {"BENTOML_HOME": str(home)}
    done = subprocess.run(
        [*command, "--latency-ms", "60000"], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.startswith("version 1 answers 2 recorded clips as recorded")


def test_the_dockerfile_installs_nothing_heavy(built):
    _, folder = built
    dockerfile = (folder / "env" / "docker" / "Dockerfile").read_text().lower()
    assert "python" in dockerfile
    assert "requirements.txt" in dockerfile
    requirements = (folder / "env" / "python" / "requirements.txt").read_text().lower()
    for text in (dockerfile, requirements):
        assert not [name for name in UNWANTED if name in text]
    names = {path.relative_to(folder / "src").parts[0] for path in (folder / "src").rglob("*") if path.is_file()}
    assert "bentos" in names
    assert names <= {"bentos", "data", "bentofile.yaml"}
    packed = {path.relative_to(folder / "src") for path in (folder / "src" / "data").rglob("*") if path.is_file()}
    assert packed == {p.relative_to(ROOT) for p in (ROOT / "data" / "page").rglob("*") if p.is_file()}  # the page's own


def test_the_bento_serves_from_an_empty_folder_without_registry(built, tmp_path):
    home, folder = built
    empty = tmp_path / "empty"
    empty.mkdir()
    environ = {"BENTOML_HOME": str(home), "MLFLOW_TRACKING_URI": "http://127.0.0.1:9/none"}
    tag = f"{folder.parent.name}:{folder.name}"
    with serve(tmp_path / "log", cwd=empty, target=tag, **environ) as served:
        served.wait("/readyz", 200)
        metadata = served.wait("/metadata", 200).json()
        assert (metadata["version"], metadata["source"]) == ("1", "bento")
        assert served.get("/").status_code == 200
        assert loaded_libraries(served) == set()
    assert not list(empty.iterdir())


def test_without_a_registry_the_base_is_packed(tiny_model, tmp_path):
    clone = code_alone(tmp_path / "clone")
    shutil.copytree(tiny_model, clone / "data" / "base")
    (clone / "data" / "base" / "training").mkdir()
    (clone / "data" / "base" / "training" / "model.keras").write_bytes(b"large")
    integrity.seal(clone / "data" / "base")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("ISLR_", "MLFLOW_"))}
    environ |= {"BENTOML_HOME": str(tmp_path / "home"), "BENTOML_DO_NOT_TRACK": "True"}
    program = (
        "from bentos.delivery.packaging import BuildArguments, Chosen, Labels\n"
        "print(sorted(dict(Labels(Chosen(BuildArguments()))).items()))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=clone, env=environ, capture_output=True, text=True, timeout=120)
    facts = [
        ("data", "fedcba9876543210"),
        ("git", "0123456789abcdef"),
        ("model", "pose2gloss"),
        ("model_version", "base"),
    ]
    assert done.stdout.splitlines()[-1:] == [str(facts)], done.stderr[-2000:]
    packed = {path.name for path in (tmp_path / "home" / "models").rglob("*") if path.is_file()}
    assert packed >= {"model.tflite", "metadata.json", "pose2gloss.py"}
    assert "model.keras" not in packed
    assert not (clone / "mlflow.db").exists()
