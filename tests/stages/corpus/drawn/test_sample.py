"""The drawn sample: layout of its zips, separation of signers, determinism."""

import json
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from bentos.contract.skeleton import PARTS
from stages.corpus.drawn import archives
from stages.corpus.drawn.archives import FIRST, plan, whole_zip, write_sample
from stages.corpus.drawn.hand import joints
from stages.corpus.drawn.lexicon import FIST, FIVE, LEXICON, motion
from stages.corpus.drawn.sample import encode_clip, render_clip, write_video
from stages.corpus.drawn.signer import CAST
from stages.pose.extractor import ExtractorSettings, HolisticExtractor
from stages.pose.video import decode


@pytest.fixture(scope="module")
def few():
    """Half the cast, so that a sample is drawn quickly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archives, "CAST", CAST[::2])
        yield


@pytest.fixture(scope="module")
def zips(tmp_path_factory, few) -> tuple[Path, Path]:
    return write_sample(tmp_path_factory.mktemp("sample"), glosses=2, takes=1, seed=0)


def test_the_cast_is_varied_and_apart_between_splits():
    assert len({s.signer_id for s in CAST}) == len(CAST) >= 4
    assert {s.split for s in CAST} == {"train", "val", "test"}
    assert {s.left_handed for s in CAST if s.split == "train"} == {True, False}
    assert len({(s.room.width, s.room.height, s.room.fps) for s in CAST}) == 3
    assert len(LEXICON) >= 12


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


def test_mediapipe_finds_the_drawn_signer():
    extractor = HolisticExtractor(ExtractorSettings())
    for gloss, signer, both in (("many", 2, True), ("black", 10, False)):
        landmarks = extractor(decode(encode_clip(gloss, signer, 0)[0]))
        seen = {part: (~np.isnan(landmarks[:, rows, 0])).all(axis=1).mean() for part, rows in PARTS.items()}
        assert seen["pose"] == 1
        assert seen["face"] > 0.95
        assert seen["left_hand"] > 0.85
        assert (seen["right_hand"] > 0.85) == both
    extractor.close()


def test_takes_signers_and_glosses_look_different():
    base = render_clip("book", 1, 0)[0]
    for other in (render_clip("book", 1, 1)[0], render_clip("book", 4, 0)[0], render_clip("yes", 1, 0)[0]):
        shared = min(len(base), len(other))
        assert np.abs(base[:shared].astype(int) - other[:shared]).mean() > 2


def test_a_left_hander_leads_with_the_hand_on_the_right_of_the_picture():
    for signer in (s for s in CAST if s.room.pattern == "plain"):
        frames = render_clip("tall", signer, 0)[0].astype(int)
        moved = np.abs(frames[len(frames) // 2] - frames[0]).sum(axis=(0, 2))
        middle = round(signer.offset[0] * len(moved))
        assert (moved[middle:].sum() > moved[:middle].sum()) == signer.left_handed


def test_unknown_glosses_and_signers_are_named():
    with pytest.raises(ValueError, match="no script for 'xyz'"):
        render_clip("xyz", 1)
    with pytest.raises(ValueError, match="no signer 99"):
        render_clip("book", 99)


def test_encoded_clip_tells_what_it_holds():
    data, properties = encode_clip("yes", 3, 0)
    frames, fps = render_clip("yes", 3, 0)
    assert len(data) > 1000
    assert properties == {"frames": len(frames), "fps": fps, "width": 480, "height": 360}


def test_a_video_that_cannot_be_written_is_an_error(tmp_path):
    with pytest.raises(OSError, match="cannot write"):
        write_video(np.zeros((2, 48, 64, 3), np.uint8), 25, tmp_path / "missing" / "clip.mp4")


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


def test_fingers_curl_to_the_palm_and_spread_apart():
    straight, fist = joints(FIVE.vector(), 0, 0, 0), joints(FIST.vector(), 0, 0, 0)
    tips = [8, 12, 16, 20]
    assert (np.linalg.norm(straight[tips], axis=1) > 13).all()
    assert (np.linalg.norm(fist[tips], axis=1) < 10).all()
    assert fist[tips, 2].min() > 0
    assert joints(FIVE.vector(), 0, 180, 0)[4, 0] < 0 < straight[4, 0]
    assert joints(FIVE.vector(), 90, 0, 0)[12, 0] > 15


def test_motion_passes_through_its_keys_and_holds_outside_them():
    keys = LEXICON["tall"].lead
    states = motion(keys, np.array([-0.5, 0.0, 0.5, 1.0, 2.0]))
    assert np.allclose(states[0], keys[0].vector())
    assert np.allclose(states[-1], keys[-1].vector())
    assert np.allclose(states[2, 1], (keys[0].up + keys[1].up) / 2)
