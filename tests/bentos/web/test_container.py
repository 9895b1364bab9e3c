"""What people bring: files that are read, and files that cannot be, with the reason."""

import io
import os
import re
import wave
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.bentos.serving import ROOT
from tests.bentos.web import filmed
from tests.bentos.web.filmed import EVEN


def sound() -> bytes:
    """A second of silence, as a file of sound."""
    out = io.BytesIO()
    with wave.open(out, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(8000)
        written.writeframes(bytes(16000))
    return out.getvalue()


HEVC = Path(__file__).with_name("hevc.mov").read_bytes()  # a test picture with sound


def test_a_file_that_cannot_be_played_is_refused_with_a_reason(visit, full_front):
    view = visit(full_front).ready()
    content = filmed.film(view, "mp4", EVEN)
    frames = content.index(b"mdat") + 4
    for name, given, says in [
        ("clip.avi", b"RIFF", "do not play AVI"),
        ("notes.txt", b"hello", "Right are mp4, webm and mov"),
        ("broken.mp4", b"\0" * 4000, "cannot decode broken.mp4: it is damaged"),
        ("empty.mp4", b"", "cannot decode empty.mp4: it is damaged"),
        ("cut.mov", HEVC[: HEVC.index(b"moov")], "holds no picture, or is cut off"),
        ("damaged.mp4", content[:frames] + bytes(len(content) - frames), "Not even the first picture can be decoded"),
        ("sound.mp4", sound(), "sound but no picture"),
        ("IMG_0001.MOV", HEVC, r"cannot decode HEVC video\. Convert it .*Most Compatible"),
        ("IMG_0002.MOV", HEVC.replace(b"hvc1", b"hev1"), "cannot decode HEVC video"),
        ("old.mov", HEVC.replace(b"hvc1", b"SVQ3"), "cannot decode SVQ3 video"),
        ("old.mp4", HEVC.replace(b"hvc1", b"mp4v"), "cannot decode MPEG-4 Part 2 video"),
    ]:
        view.run("() => app.notice.clear()")
        filmed.give(view, given, name)
        view.notice("clip")
        expect(view["#notice"]).to_contain_text(re.compile(says))
        expect(view["#welcome"]).to_be_visible()


CASES = {"first_long.mp4": 24, "live.webm": 24, "frag.mp4": 24, "iphone_hevc.mov": "cannot decode HEVC video"}


@pytest.mark.parametrize("name", CASES)
def test_what_people_bring(visit, full_front, name):
    folder = Path(os.environ.get("ISLR_CASES_DIR") or ROOT.parent / "shared" / "cases") / "web"
    if not (folder / name).is_file():
        pytest.skip(f"{name} is not in {folder}: set ISLR_CASES_DIR to the folder of such files")
    view = visit(full_front).ready()
    filmed.watch(view)
    content = (folder / name).read_bytes()
    if isinstance(right := CASES[name], int):
        assert len(filmed.look(view, content, name)["times"]) == right
    else:
        filmed.give(view, content, name)
        view.notice("clip")
        expect(view["#notice"]).to_contain_text(right)


def test_files_that_the_server_lacks_are_told(visit, front):
    view = visit(front).ready()
    view.page.route("**/assets/**", lambda route: route.fulfill(status=404))
    filmed.give(view, HEVC, "clip.mov")
    view.notice("no-models")
