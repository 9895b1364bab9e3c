"""Pictures and page of the chosen clips."""

import json
import re

import pandas as pd

from tests.stages import corpora
from tests.stages.splitting import corpus

PNG = b"\x89PNG\r\n\x1a\n"


def test_files(run_split, caplog):
    manifest, valid = corpus()
    folder = run_split(manifest, valid)
    clips = pd.read_parquet(folder / "data" / "splits.parquet")
    assert list(clips) == ["video_id", "gloss", "label", "split", "signer", "source"]
    assert len(clips) == 90
    assert json.loads((folder / "data" / "labels.json").read_text()) == list(corpora.GLOSSES)
    reports = folder / "reports" / "split"
    pictures = {"videos_per_gloss", "length_histogram", "length_boxes", "coverage_by_source", "word_cloud"}
    assert {path.stem for path in reports.glob("*.png")} == pictures
    assert all(path.read_bytes().startswith(PNG) for path in reports.glob("*.png"))
    page = (reports / "split.html").read_text()
    assert not re.search(r"https?://|<link|<script|src=\"(?!data:)", page)
    assert page.count("data:image/png;base64,") == 5
    assert "6 glosses, 90 clips: 54 train, 18 val, 18 test" in caplog.text


def test_a_missing_subset_is_drawn_as_such(run_split):
    manifest, valid = corpus()
    folder = run_split(manifest[manifest["split"].ne("test")], valid)
    document = json.loads((folder / "reports" / "split" / "statistics.json").read_text())
    assert document["subsets"]["test"]["videos"] == 0
    assert document["subsets"]["test"]["frames"] == {"mean": None, "std": None, "min": None, "max": None}
