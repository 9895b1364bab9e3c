"""The drawn zips: layout of WLASL, separation of signers, the same bytes every time."""

import json
import zipfile
from pathlib import Path

import cv2
import pytest

from stages.corpus.drawn import archives
from stages.corpus.drawn.archives import FIRST, plan, whole_zip, write_sample
from stages.corpus.drawn.lexicon import LEXICON
from stages.corpus.drawn.signer import CAST


@pytest.fixture(scope="module")
def few():
    """Half the cast, so that a sample is drawn quickly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archives, "CAST", CAST[::2])
        yield


@pytest.fixture(scope="module")
def zips(tmp_path_factory, few) -> tuple[Path, Path]:
    return write_sample(tmp_path_factory.mktemp("sample"), glosses=2, takes=1, seed=0)


def test_plan_leaves_gaps_that_the_second_zip_fills_in_part():
    instances = plan(12, 1, 0)
    assert len({t.video_id for t in instances}) == len(instances)
    drawn = [t for t in instances if t.first or t.second]
    assert len(drawn) == 12 * len(CAST)
    assert any(t.first and t.second for t in drawn)
    assert any(t.second and not t.first for t in drawn)
    assert any(not t.first and not t.second for t in instances)
    assert sum(t.signer.split == "test" for t in drawn) >= 24
    assert plan(12, 1, 0) == instances != plan(12, 1, 1)


def test_zips_have_the_layout_of_wlasl(zips):
    with zipfile.ZipFile(zips[0]) as first, zipfile.ZipFile(zips[1]) as second:
        entries = json.loads(first.read("WLASL_v0.3.json"))
        videos = {n.removeprefix("videos/")[:-4] for n in first.namelist() if n.startswith("videos/")}
        others = {n.removeprefix("wlasl-complete/videos/")[:-4] for n in second.namelist()}
        missing = first.read("missing.txt").decode().split()
        subsets = json.loads(first.read("nslt_2.json"))
        classes = first.read("wlasl_class_list.txt").decode()
    assert [e["gloss"] for e in entries] == list(LEXICON)[:2]
    assert classes == "0\tbook\n1\tdrink\n"
    listed = {i["video_id"]: i for e in entries for i in e["instances"]}
    assert set(missing) == set(listed) - videos
    assert set(subsets) == videos
    assert all(listed[v]["split"] == subsets[v]["subset"] for v in videos)
    assert others
    assert others <= set(listed)
    expected = {"bbox", "fps", "frame_end", "frame_start", "instance_id", "signer_id", "source", "split", "url"}
    assert set(entries[0]["instances"][0]) == expected | {"variation_id", "video_id"}


def test_a_clip_decodes_at_its_room_size_and_rate(zips, tmp_path):
    with zipfile.ZipFile(zips[0]) as first:
        name = next(n for n in first.namelist() if n.endswith(".mp4"))
        (tmp_path / "clip.mp4").write_bytes(first.read(name))
    video = cv2.VideoCapture(str(tmp_path / "clip.mp4"))
    assert video.get(cv2.CAP_PROP_FPS) in {s.room.fps for s in CAST}
    frames = 0
    while video.read()[0]:
        frames += 1
    assert 18 <= frames <= 40


def test_the_same_arguments_give_the_same_bytes_whatever_the_workers(zips, tmp_path):
    again = write_sample(tmp_path, glosses=2, takes=1, seed=0, workers=1)
    assert [p.read_bytes() for p in again] == [p.read_bytes() for p in zips]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError("disk full")])
def test_a_broken_off_zip_never_gets_its_name(tmp_path, error):
    def break_off():
        with whole_zip(target) as archive:
            archive.writestr("videos/1.mp4", b"x")
            raise error

    target = tmp_path / FIRST
    with pytest.raises(type(error)):
        break_off()
    assert list(tmp_path.iterdir()) == []
    target.write_bytes(b"old")
    with pytest.raises(type(error)):
        break_off()
    assert target.read_bytes() == b"old"
