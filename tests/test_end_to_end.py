"""The whole factory on a small drawn sample: from `dvc repro` to an answer of the served Production model."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
import yaml

from tests.factory import SMALL


def test_first_run_leaves_the_base_in_production_and_the_sample_beside_it(factory):
    metrics = factory.report("metrics.json")
    for split in ("train", "val", "test"):
        scores = metrics[split]
        assert scores["n"] >= 4
        assert 0 <= scores["accuracy"] <= scores["top5_accuracy"] <= 1
        low, high = scores["accuracy_ci"]
        assert low <= scores["accuracy"] <= high
        assert np.isfinite(scores["loss"])
    for figure in ("split", "evaluate", "tune"):
        assert list((factory.root / "reports" / figure).glob("*.png")), f"no figure in reports/{figure}"
    assert factory.production() == ([1, 2], "1", ["1"])
    said = factory.report("registration.json")
    assert (said["version"], said["promoted"]) == ("2", False)
    assert "drawn movements that are no ASL" in said["reason"]


def test_second_run_repeats_nothing_but_register(factory):
    output = factory.dvc("repro")
    ran = [line for line in output.splitlines() if line.startswith("Running stage")]
    assert [line.split("'")[1] for line in ran] == ["register"]
    assert "already" in output
    assert "`python -m stages.register promote 2`" in output
    assert factory.production() == ([1, 2], "1", ["1"])


@contextlib.contextmanager
def served(factory):
    """`bentoml serve` in the repository's root, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (factory.root.parent / "serve.log").open("w")
    command = ["bentoml", "serve", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=factory.root, env=factory.env, stdout=log, stderr=log, start_new_session=True
    )
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(240):
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{url}/readyz").status_code == 200:
                    break
            assert process.poll() is None, Path(log.name).read_text()[-3000:]
            time.sleep(0.5)
        else:
            pytest.fail(f"not ready in two minutes:\n{Path(log.name).read_text()[-3000:]}")
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
        log.close()


def test_what_a_person_promotes_is_served_and_answers_as_recorded(factory):
    factory.run("python", "-m", "stages.register", "promote", "2", "--why", "to try the machine")
    assert factory.production() == ([1, 2], "2", ["2"])
    golden = json.loads((factory.root / "data" / "export" / "golden.json").read_text())
    arrays = np.load(factory.root / "data" / "export" / "golden.npz", allow_pickle=False)
    frames, offsets = arrays["landmarks"], arrays["offsets"]
    with served(factory) as url:
        assert httpx.get(f"{url}/health").status_code == 200
        assert httpx.get(f"{url}/metadata").json()["version"] == "2"
        assert len(golden) >= 4
        for clip, low, high in zip(golden, offsets[:-1], offsets[1:], strict=True):
            landmarks = np.where(np.isnan(frames[low:high]), None, frames[low:high].astype(float)).tolist()
            body = {"landmarks": landmarks, "fps": clip["fps"], "aspect": clip["aspect"]}
            found = httpx.post(f"{url}/predict", json=body, timeout=60).json()["predictions"]
            expected = clip["predictions"]
            assert [p["gloss"] for p in found] == [p["gloss"] for p in expected]
            np.testing.assert_allclose([p["score"] for p in found], [p["score"] for p in expected], atol=1e-3)
        best = [[{"gloss": clip["predictions"][0]["gloss"], "score": 0.9}] for clip in golden[:2]]
        answer = httpx.post(f"{url}/translate", json={"candidates": best}).json()
        assert answer["source"] == "glosses"
        assert answer["glosses"] == [sign[0]["gloss"] for sign in best]
        assert httpx.get(url).headers["content-type"].startswith("text/html")


def test_experiment_reruns_what_depends_on_it_and_does_not_promote(factory):
    output = factory.dvc("exp", "run", "--name", "short", "-S", "evaluate.bins=8")
    ran = {line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage")}
    assert ran >= {"evaluate", "export", "register"}
    assert not ran & {"fetch", "landmarks", "transform", "train@gislr", "train@convnext_tiny", "select", "tune"}
    assert factory.production() == ([1, 2, 3], "2", ["2"])
    shown = factory.dvc("exp", "show", "--csv")
    assert "short" in shown
    assert {"test.top1", "evaluate.bins"} <= set(shown.splitlines()[0].split(","))
    assert "evaluate.bins" in factory.dvc("params", "diff")
    assert "version" in factory.dvc("metrics", "diff", "HEAD")  # it was registered; its scores are the same


def test_added_zip_is_noticed(factory):
    assert "fetch" not in factory.dvc("status", "fetch", "--json")
    added = factory.root / "data" / "incoming" / "wlasl-processed.zip"
    added.write_bytes(b"PK")
    try:
        assert "modified" in factory.dvc("status", "fetch", "--json")
    finally:
        added.unlink()


@pytest.mark.slow
def test_the_watch_trains_once_on_new_zips_and_not_without(factory, tmp_path):
    """The sample's zips as if somebody had downloaded them; then the same with a second take of every sign."""
    from stages.corpus.drawn.archives import write_sample

    incoming, record = factory.root / "data" / "incoming", factory.root / "data" / "watch" / "watch.json"
    params = yaml.safe_load((factory.root / "params.yaml").read_text())
    params["fetch"]["source"] = "wlasl"
    params["watch"] |= {"threshold": 0.0}
    (factory.root / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))

    def arrive(paths):
        for path in paths:
            new = shutil.copy(path, incoming)  # what was downloaded before gives way
            os.utime(new, (0, 0))  # long ago: the copy is whole

    def look():
        watch = [sys.executable, "-m", "stages.watch"]
        subprocess.run(watch, cwd=factory.root, env=factory.env, check=True, timeout=1500)
        return json.loads(record.read_text())["runs"]

    arrive((factory.root / "data" / "raw").glob("*.zip"))
    factory.dvc("repro")
    before, clips = factory.production()[0], factory.report("landmarks.json")["clips"]
    assert look() == []
    arrive(write_sample(tmp_path, SMALL["fetch"]["glosses"], 2, 0))
    (run,) = look()
    assert run["outcome"] == "success"
    assert look() == [run]
    assert factory.report("landmarks.json")["clips"] > clips
    assert factory.production()[0] == [*before, before[-1] + 1]


def test_plots_are_drawn(factory):
    factory.dvc("plots", "show")
    page = (factory.root / "dvc_plots" / "index.html").read_text()
    assert "val_accuracy" in page
    assert "predicted" in page
