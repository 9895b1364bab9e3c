"""What tests of the watcher share."""

import pytest

from stages.watching.causes import NewData
from stages.watching.loop import Watcher
from stages.watching.memory import Memory
from tests.stages.watching.pretend import Clock


@pytest.fixture
def incoming(tmp_path):
    folder = tmp_path / "incoming"
    folder.mkdir()
    (folder / "wlasl-processed.zip").write_bytes(b"first")
    return folder


@pytest.fixture
def make(tmp_path, incoming):
    clock, told = Clock(), []

    def build(pipeline, *more, data=True, **settings):
        sources = [NewData([incoming], lambda: True), *more] if data else more
        memory = Memory(tmp_path / "watch")
        made = Watcher(sources, pipeline, memory, lambda *a: told.append(a), now=clock, **settings)
        made.clock, made.told = clock, told
        return made

    return build
