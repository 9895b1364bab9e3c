"""The pipeline as a watcher runs it."""

import hashlib

import pytest

from stages.start import StageError
from stages.watching.pipeline import DvcPipeline


def test_data_that_a_pointer_names_is_fetched_and_nothing_is_turned_back(small_clone, tmp_path):
    """As after `git pull`: the pointer is new and its data only in the remote, the file beside it is the old one."""
    clone = small_clone.copy(tmp_path)
    data, pointer = (clone.root / "data" / "incoming" / name for name in ("more.npz", "more.npz.dvc"))
    for content in (b"old", b"new data"):
        data.write_bytes(content)
        clone.run("dvc", "add", "-q", str(data))
        clone.commit("More data")
    clone.run("dvc", "push", "-q", str(pointer))
    named, checksum = pointer.read_text(), hashlib.md5(b"new data").hexdigest()  # noqa: S324
    (clone.root / ".dvc" / "cache" / "files" / "md5" / checksum[:2] / checksum[2:]).unlink()
    data.unlink()
    data.write_bytes(b"old")
    pipeline = DvcPipeline(clone.root, tmp_path / "runs.log", [data.parent])
    pipeline.bring()
    assert pipeline.changed()
    assert pipeline.run()
    assert not pipeline.changed()
    assert (data.read_bytes(), pointer.read_text()) == (b"new data", named)
    data.unlink()
    data.write_bytes(b"newer, and not added")
    with pytest.raises(StageError, match="`dvc add` it"):
        pipeline.bring()
    assert data.read_bytes() == b"newer, and not added"
