"""The smoke test passes a service that answers as recorded, and says what is wrong with any other."""

import shutil

import numpy as np
import pytest

from bentos.delivery import smoke
from tests.bentos.serving import free_port, serve
from tests.bentos.tiny_model import recorded


@pytest.fixture(scope="module")
def model(tiny_model, tmp_path_factory):
    return recorded(tiny_model, tmp_path_factory.mktemp("smoke") / "model")


@pytest.fixture(scope="module")
def url(model, tmp_path_factory):
    environ = {"ISLR_MODEL_DIR": str(model), "ISLR_VOCABULARY": "first 8"}  # the others cannot be asked for by default
    with serve(tmp_path_factory.mktemp("smoke") / "log", **environ) as served:
        yield served.url


def test_a_service_that_answers_as_recorded_passes(url, model, capsys):
    smoke.main([url, "--model", str(model), "--latency-ms", "60000"])
    said = capsys.readouterr().out
    assert "recorded clips as recorded" in said
    assert "65 frames take" in said


def test_another_model_does_not(url, tiny_models, tmp_path):
    other = recorded(tiny_models(2), tmp_path / "other")
    with pytest.raises(SystemExit, match=r"recorded clip 0 gets probabilities that differ by 0\.\d+"):
        smoke.main([url, "--model", str(other), "--latency-ms", "60000"])


def test_other_names_for_the_same_answers_do_not(url, model, tmp_path):
    """The service names its answers as its metadata does; what was recorded says what is right."""
    other = shutil.copytree(model, tmp_path / "other")
    with np.load(other / "golden.npz") as file:
        golden = {name: file[name] for name in file.files}
    np.savez(other / "golden.npz", **golden | {"labels": golden["labels"][::-1]})
    with pytest.raises(smoke.SmokeError, match="recorded clip 0 gets probabilities that differ"):
        smoke.check(url, other, 60000)


def test_another_version_does_not(url, model):
    with pytest.raises(smoke.SmokeError, match="serves version 0, not 3"):
        smoke.check(url, model, 60000, version="3")


def test_a_slow_one_does_not(url, model):
    with pytest.raises(smoke.SmokeError, match=r"65 frames take \d+ ms, allowed are 0\.001 ms"):
        smoke.check(url, model, 0.001)


def test_nothing_there_and_nothing_recorded(model, tmp_path):
    with pytest.raises(smoke.SmokeError, match="is not ready after 1 s; it last said nothing"):
        smoke.check(f"http://127.0.0.1:{free_port()}", model, 500, wait_s=1)
    bare = shutil.copytree(model, tmp_path / "bare", ignore=shutil.ignore_patterns("golden.npz"))
    with pytest.raises(smoke.SmokeError, match="nothing to compare"):
        smoke.golden(bare)


def test_what_is_recorded_is_read_whole(model):
    labels, clips = smoke.golden(model)
    assert clips
    for clip in clips:
        assert clip["landmarks"].dtype == np.float32
        assert clip["landmarks"].shape[1:] == (180, 3)
        assert clip["probabilities"].shape == (len(labels),)
