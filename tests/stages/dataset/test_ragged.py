"""Clips of different lengths in one memory-mapped folder."""

import numpy as np
import pytest

from stages.dataset.ragged import RaggedClips, RaggedWriter

ROW = {"gloss": "book", "split": "train", "signer": "s", "source": "w", "fps": 25.0, "aspect": 1.5, "variant": 0}


def write(folder, lengths):
    with RaggedWriter(folder) as writer:
        for i, n in enumerate(lengths):
            writer.add(np.full((n, 180, 3), i, np.float32), i % 3, video_id=str(i), **ROW)
    return RaggedClips.open(folder)


def test_clips_come_back_as_written(tmp_path):
    lengths = [5, 1, 195, 30]
    clips = write(tmp_path / "r", lengths)
    assert list(clips.lengths) == lengths
    for i, n in enumerate(lengths):
        np.testing.assert_array_equal(clips[i], np.full((n, 180, 3), i, np.float16))
    assert list(clips.labels) == [0, 1, 2, 0]
    assert clips.aspects.dtype == np.float32
    assert list(clips.clips["video_id"]) == ["0", "1", "2", "3"]


def test_frames_are_mapped_not_read(tmp_path):
    clips = write(tmp_path / "r", [3, 4])
    assert isinstance(clips.frames, np.memmap)
    assert clips[1].base is not None


def test_missing_points_stay_missing(tmp_path):
    clip = np.full((2, 180, 3), np.nan, np.float32)
    clip[1, 3] = 0.25
    with RaggedWriter(tmp_path / "r") as writer:
        writer.add(clip, 0, video_id="a", **ROW)
    np.testing.assert_array_equal(RaggedClips.open(tmp_path / "r")[0], clip.astype(np.float16))


def test_a_subset_keeps_what_belongs_together(tmp_path):
    part = write(tmp_path / "r", [5, 1, 7, 30]).subset(np.array([3, 0]))
    assert list(part.clips["video_id"]) == ["3", "0"]
    assert part[0].shape == (30, 180, 3)
    assert float(part[0].max()) == 3
    assert list(part.labels) == [0, 0]
    assert len(part.subset(np.array([False, True]))) == 1


def test_no_clips_are_no_error(tmp_path):
    assert len(write(tmp_path / "r", [])) == 0


def test_an_interrupted_write_leaves_what_was_there(tmp_path):
    write(tmp_path / "r", [5])
    writer = RaggedWriter(tmp_path / "r")

    def interrupted():
        with writer:
            writer.add(np.zeros((2, 180, 3)), 0, video_id="a", **ROW)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(RaggedClips.open(tmp_path / "r").lengths) == [5]
    assert [p.name for p in tmp_path.iterdir()] == ["r"]


def test_a_missing_file_is_named(tmp_path):
    write(tmp_path / "r", [5])
    (tmp_path / "r" / "labels.npy").unlink()
    with pytest.raises(FileNotFoundError, match=r"labels\.npy"):
        RaggedClips.open(tmp_path / "r")


def test_files_that_do_not_fit_are_refused(tmp_path):
    write(tmp_path / "r", [5])
    np.save(tmp_path / "r" / "labels.npy", np.zeros(2, np.int32))
    with pytest.raises(ValueError, match="do not fit"):
        RaggedClips.open(tmp_path / "r")


def test_wrong_shapes_and_columns_are_refused(tmp_path):
    writer = RaggedWriter(tmp_path / "r")
    with pytest.raises(ValueError, match="180"):
        writer.add(np.zeros((5, 42, 3)), 0, video_id="a", **ROW)
    with pytest.raises(ValueError, match="columns"):
        writer.add(np.zeros((5, 180, 3)), 0, video_id="a")
