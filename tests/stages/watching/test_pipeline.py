"""The pipeline as a watcher runs it."""

import hashlib
import threading
from pathlib import Path

from stages.watching.loop import StoppedError
from stages.watching.pipeline import DvcPipeline
from tests.stages.watching.pretend import until


def test_stop_ends_a_run_and_its_stages(clone):
    (clone / "fetch.py").write_text("import time, os\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(300)\n")
    stop = threading.Event()
    pipeline = DvcPipeline(clone, clone / "data/watch/runs.log", stop)
    failed = []

    def run():
        try:
            pipeline.run()
        except StoppedError:
            failed.append("stopped")

    thread = threading.Thread(target=run)
    thread.start()
    until(lambda: (clone / "pid").is_file() and (clone / "pid").read_text())
    stop.set()
    thread.join(60)
    assert failed == ["stopped"]
    pid = int((clone / "pid").read_text())
    until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2])


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
    pipeline = DvcPipeline(clone.root, tmp_path / "runs.log", threading.Event(), [data.parent])
    assert pipeline.run() is None, pipeline.log_file.read_text()
    assert (data.read_bytes(), pointer.read_text()) == (b"new data", named)
    data.unlink()
    data.write_bytes(b"newer, and not added")
    assert "`dvc add` it" in pipeline.run()
    assert data.read_bytes() == b"newer, and not added"
