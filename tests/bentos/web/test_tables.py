"""What the page and the training both must hold is the same in both."""

import re
from pathlib import Path

import pytest
import yaml

from bentos.contract import skeleton
from stages.pose.extractor import ExtractorSettings
from tests.bentos.serving import ROOT

WEB = ROOT / "bentos" / "web"


def table(name: str) -> tuple[int, ...]:
    (found,) = re.findall(rf"const {name} = \[([\d,\s]*)\]", (WEB / "skeleton.js").read_text())
    return tuple(int(n) for n in re.findall(r"\d+", found))


def test_the_skeleton_is_the_one_of_training():
    assert table("FACE_INDICES") == skeleton.FACE_INDICES
    assert table("POSE_INDICES") == skeleton.POSE_INDICES
    text = (WEB / "skeleton.js").read_text()
    places = {name: int(value) for name, value in re.findall(r"const (\w+) = (\d+);", text)}
    assert places == {
        "NUM_LANDMARKS": skeleton.NUM_LANDMARKS,
        "LEFT_HAND": skeleton.LEFT_HAND.start,
        "RIGHT_HAND": skeleton.RIGHT_HAND.start,
        "HAND_POINTS": 21,
        "POSE": skeleton.POSE.start,
        "FACE": skeleton.FACE.start,
        "LEFT_SHOULDER": skeleton.LEFT_SHOULDER,
        "RIGHT_SHOULDER": skeleton.RIGHT_SHOULDER,
    }


@pytest.mark.parametrize("values", [{}, yaml.safe_load((ROOT / "params.yaml").read_text())["landmarks"]])
def test_mediapipe_is_set_as_the_extractor_sets_it(values):
    wanted = ExtractorSettings(**{k: v for k, v in values.items() if k in ExtractorSettings.__dataclass_fields__})
    text = (WEB / "holistic.js").read_text()
    settings = dict(re.findall(r"^  (\w+): ([\w.]+),", text[text.index("const SETTINGS") :], flags=re.MULTILINE))
    assert settings["modelComplexity"] == "1"  # the only one that the extractor has
    assert float(settings["minDetectionConfidence"]) == wanted.min_detection_confidence
    assert float(settings["minTrackingConfidence"]) == wanted.min_tracking_confidence
    assert (settings["refineFaceLandmarks"], settings["selfieMode"]) == ("true", "false")


def test_the_page_asks_for_files_that_the_stage_gets():
    from stages import page

    loaded = set(re.findall(r'"(holistic[\w.]*\.js(?:on)?)"', (WEB / "holistic.js").read_text()))
    assert loaded - {f"{page.HOLISTIC.folder}.json"} <= page.HOLISTIC.files.keys()
    reads = (WEB / "container.js").read_text()
    assert f"/assets/{page.MEDIABUNNY.folder}.json" in reads
    assert {name for name in map(Path, page.MEDIABUNNY.files) if f"{name.name}`" in reads}


def test_nothing_in_the_page_comes_from_elsewhere():
    for path in WEB.iterdir():
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text, path
        assert "https://" not in text, path
        assert len(text.splitlines()) <= 250 or path.name == "protocol.d.ts", path  # which no person writes
