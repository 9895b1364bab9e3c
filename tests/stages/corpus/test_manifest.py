"""The manifest is read as it was written, or says what to run."""

import pandas as pd
import pytest

from stages.corpus.manifest import read_manifest, to_frame, write_manifest

ROW = {"video_id": "00001", "gloss": "book", "label": 0, "part": [10, 30], "fps": 25.0, "times": []}


def test_what_is_written_is_read_back_and_equal_clips_give_equal_bytes(tmp_path):
    paths = [tmp_path / name / "manifest.parquet" for name in ("one", "two")]
    for path in paths:
        write_manifest(to_frame([ROW]), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    (read,) = read_manifest(paths[0]).to_dict("records")
    assert (read["video_id"], read["label"], read["fps"], list(read["part"])) == ("00001", 0, 25.0, [10, 30])


def test_none_and_one_of_an_older_ingest_say_what_to_run(tmp_path):
    path = tmp_path / "manifest.parquet"
    with pytest.raises(FileNotFoundError, match="run `dvc repro ingest`"):
        read_manifest(path)
    pd.DataFrame([ROW]).drop(columns="part").to_parquet(path)
    with pytest.raises(FileNotFoundError, match=r"has no .*part.*: run `dvc repro --force ingest`"):
        read_manifest(path)
