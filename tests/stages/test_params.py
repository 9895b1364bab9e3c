"""params.yaml: every stage refuses to start while any section does not fit, and says what is wrong where."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from stages import fetch, watch
from stages.params import Section, load

ROOT = Path(__file__).resolve().parents[2]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
EVERY = [(section, name) for section, values in PARAMS.items() for name in values]


def refused(text: str, folder: Path) -> str:
    """What `fetch` says of a file."""
    path = folder / "params.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        load("fetch", fetch.Params, path)
    return str(ended.value)


@pytest.mark.parametrize(("section", "name"), EVERY)
def test_first_stage_finds_a_wrong_type_in_every_section(section, name, tmp_path):
    changed = PARAMS | {section: PARAMS[section] | {name: {"nothing": "of the kind"}}}
    assert f"\n  {section}.{name}" in refused(json.dumps(changed), tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("train: {gislr: {dim: wide}}", "train.gislr.dim: Input should be a valid integer"),
        ("train: {convnext_tiny: {depths: [1, 1, 2]}}", "train.convnext_tiny.depths.3: Field required"),
        ("train: {only: {gislr: {epochs: many}}}", "train.only.gislr.epochs: Input should be a valid integer"),
        ("train: {gislr: {pieces: [bones]}}", "train.gislr.pieces: there is no piece 'bones': choose from place, "),
        ("train: {only: {resnet: {}}}", "train.only.resnet.[key]: there is no network 'resnet': choose one of gislr"),
        ("select: {candidates: [resnet]}", "select.candidates.0: there is no network 'resnet': choose one of gislr"),
        ("train: {augmentation: {flip: 2}}", "train.augmentation.flip: Input should be less than or equal to 1"),
        ("train: {epochs: yes}", "train.epochs: Input should be a number, not true"),
        ("split: {max_labels: off}", "split.max_labels: Input should be a number, not false"),
        ("train: {epoch: 3}", "train.epoch: Extra inputs are not permitted"),
        ("register: {gate: {ece_rise: none}}", "register.gate.ece_rise: Input should be a valid number"),
        ("tune: {space: {learning_rate: {values: [fast]}}}", "tune.space: learning_rate cannot be 'fast'"),
        ("tune: {space: {hyper.dims: {low: 1, high: 2}}}", "tune.space: hyper.dims is no parameter of a training"),
        ("tune: {space: {seed: {low: b, high: 2}}}", "tune.space.seed.low: Input should be a valid number"),
        ("watch: {at_least: soon}", "watch.at_least: Input should be a valid integer"),
        ("fetch: [sample]", "fetch: Input should be parameters by name, not ['sample']"),
        ("export: 0", "export: Input should be parameters by name, not 0"),
        ("trian: {epochs: 3}", "trian: no stage has this name; did you mean train?"),
        ("pose: {}", "pose: no stage has this name"),
        ("params: {}", "params: no stage has this name"),
        ("3: {}", "3: no stage has this name"),
        ("- fetch", "it holds sections"),
        ("fetch", "it holds sections"),
        ("fetch: {", "not valid YAML"),
    ],
)
def test_what_is_wrong_is_named(text, said, tmp_path):
    assert said in refused(text, tmp_path)


def test_all_that_is_wrong_is_said_at_once_and_the_own_section_first(tmp_path):
    said = refused("watch: {at_least: soon}\ntrain: {epochs: many}\nfetch: {takes: few}\n", tmp_path)
    assert [line.split(":")[0].strip() for line in said.splitlines()[1:]] == [
        "fetch.takes",
        "watch.at_least",
        "train.epochs",
    ]


def test_stage_does_nothing_before_the_check(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text("fetch: {source: sample}\nexport: {golden_clips: many}\n")
    with pytest.raises(SystemExit, match=r"export\.golden_clips"):
        fetch.main()
    assert not Path("data").exists()


def test_empty_sections_and_files_take_the_defaults(tmp_path):
    for text in ("", "fetch:\n", "fetch: {}\nwatch:\n"):
        (tmp_path / "params.yaml").write_text(text)
        assert load("fetch", fetch.Params, tmp_path / "params.yaml") == fetch.Params()
        assert load("watch", watch.Params, tmp_path / "params.yaml") == watch.Params()


def test_file_that_is_not_text(tmp_path):
    (tmp_path / "params.yaml").write_bytes(b"fetch: {source: \xff}")
    with pytest.raises(SystemExit, match="not valid YAML"):
        load("fetch", fetch.Params, tmp_path / "params.yaml")


def test_another_folder_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=f"{tmp_path}: run from the repository's root"):
        load("fetch", Section)


CHECK = """
import sys
{hide}
from stages.params import load
from stages.train import Params
load("train", Params)
print(*sorted(sys.modules))
"""


def loaded(hide: str = "") -> set[str]:
    """Modules that a stage has imported once its parameters are read."""
    command = [sys.executable, "-c", CHECK.format(hide=hide)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_check_imports_nothing_heavy():
    heavy = {"tensorflow", "keras", "mediapipe", "great_expectations", "scipy", "sklearn", "matplotlib"}
    heavy |= {"distributed", "mlflow", "optuna", "openai", "sacrebleu", "bentoml", "dvc"}
    assert not heavy & loaded()


def test_environment_without_what_other_stages_need():
    """As JAX's own, which has no OpenCV: its stage runs."""
    found = loaded("sys.modules['cv2'] = None")
    assert "stages.select" in found
    assert "stages.corpus.drawn.drawing" not in found
