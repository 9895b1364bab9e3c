"""Sizes by one word: what a preset writes, that it fits, and that nothing else is touched."""

import shutil
from pathlib import Path

import pytest
import yaml

from bentos.contract.skeleton import HANDS
from stages import augment, fetch, ingest, preset, register, select, split, train, transform, tune, validate
from stages.networks import NETWORKS
from stages.params import load

ROOT = Path(__file__).resolve().parents[2]
STAGES = (fetch, ingest, validate, split, augment, transform, train, select, tune, register)


@pytest.fixture
def params(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copy(ROOT / "params.yaml", tmp_path / "params.yaml"))


def test_params_yaml_is_the_sample(params):
    before = params.read_text()
    preset.main(["sample"])
    assert params.read_text() == before


@pytest.mark.parametrize("name", preset.presets())
def test_there_and_back_leaves_every_byte(params, name):
    before = params.read_text()
    preset.main([name, "fetch.folder=/data/wlasl"])
    assert yaml.safe_load(params.read_text())["fetch"]["folder"] == "/data/wlasl"
    preset.main(["sample", "fetch.folder=data/incoming"])
    assert params.read_text() == before


@pytest.mark.parametrize("name", preset.presets())
def test_every_stage_takes_it(params, name):
    preset.main([name])
    for stage in STAGES:
        load(stage.__name__.split(".")[-1], stage.Params)
    for network in NETWORKS:
        load("train", train.Params).recipe(network)


def test_each_preset_can_follow_any_other():
    presets = preset.presets()
    sections = {stage.__name__.split(".")[-1] for stage in STAGES}
    for values in presets.values():
        assert set(values) <= set(presets["sample"])
        assert {field.split(".")[0] for field in values} <= sections


def test_what_goes_on_from_the_base_looks_at_the_same_points(params):
    for name in ("base", "wlasl100", "wlasl300"):
        preset.main([name])
        assert transform.rows(load("transform", transform.Params).chosen_landmarks) == tuple(
            range(HANDS.start, HANDS.stop)
        )
        hyper = load("train", train.Params).gislr
        assert (hyper.dim, hyper.stride, hyper.kernel) == (192, 1, 17)


def test_values_are_yaml_and_may_be_new_below_a_field(params):
    preset.main(["base", "train.epochs=3", "train.only={gislr: {epochs: 2}}", "train.gislr.heads=2"])
    found = yaml.safe_load(params.read_text())["train"]
    assert (found["epochs"], found["only"], found["gislr"]["heads"]) == (3, {"gislr": {"epochs": 2}}, 2)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("train.epoch=3", "train.epoch: params.yaml has no such field"),
        ("trains.epochs=3", "params.yaml has no trains"),
        ("fetch.folder=[", "flow"),
    ],
)
def test_a_wrong_field_changes_nothing(params, given, said):
    before = params.read_text()
    with pytest.raises(SystemExit, match=said):
        preset.main(["base", given])
    assert params.read_text() == before


def test_an_unknown_preset_is_refused(params, capsys):
    with pytest.raises(SystemExit):
        preset.main(["wlasl"])
    assert "wlasl100" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        preset.main(["base", "train.epochs"])
    assert "no section.field=value" in capsys.readouterr().err


def test_without_params_it_says_where_to_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="run from the repository's root"):
        preset.main(["base"])
