"""`augment` and `transform`: from the landmark store to ragged tensors."""

import json

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from stages import augment as augment_stage
from stages import transform as transform_stage
from stages.augment import augment
from stages.dataset.ragged import RaggedClips
from stages.dataset.spec import TensorSpec
from stages.pose.store import Clip, LandmarkStore, StoreWriter
from stages.serving_model.pose2gloss import prepare
from stages.transform import rows, transform
from tests.stages.clips import signer

FPS = {"a": 25.0, "b": 30.0, "c": 24.0, "d": 50.0, "e": 25.0}
SPLIT = {"a": "train", "b": "train", "c": "val", "d": "test", "e": "train"}


def landmarks(name: str) -> np.ndarray:
    clip = signer(700 if name == "e" else 40, ord(name) % 3, ord(name))
    clip[:5, :42] = np.nan
    clip[10:13] = np.nan
    return clip.astype(np.float16)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """What the stages before leave: a store of five clips, one of them not chosen by any split."""
    monkeypatch.chdir(tmp_path)
    with StoreWriter(tmp_path / "data/landmarks") as writer:
        for name in (*FPS, "unused"):
            points = landmarks(name[0])
            writer.append(Clip(name, "book", "train", "s1", "web", "0" * 64, FPS.get(name, 25.0), 320, 240, points))
    table = pd.DataFrame({"video_id": list(SPLIT), "split": list(SPLIT.values())})
    table = table.assign(gloss=["book", "book", "chair", "book", "chair"], signer="s1", source="web")
    table["label"] = (table["gloss"] == "chair").astype("int32")
    table.to_parquet("data/splits.parquet")
    (tmp_path / "data/labels.json").write_text(json.dumps(["book", "chair"]))
    (tmp_path / "params.yaml").write_text("augment: {frequency: 2}\ntransform: {max_frames: 100}\n")
    return tmp_path


def run(repository):
    augment_stage.main()
    transform_stage.main()
    return {name: RaggedClips.open(repository / "data/tensors" / name) for name in ("train", "val", "test")}


def test_clips_arrive_as_serving_would_prepare_them(repository):
    tensors = run(repository)
    for clips in tensors.values():
        for i, row in clips.clips.iterrows():
            if row["variant"] == 0:
                expected = prepare(landmarks(row["video_id"]), FPS[row["video_id"]], 25, 100)
                np.testing.assert_array_equal(clips[i], expected.astype(np.float16))
                assert row["fps"] == 25
                assert row["aspect"] == pytest.approx(4 / 3)


def test_frames_at_changing_intervals_arrive_by_their_times(repository):
    """A clip from which frames were lost arrives, and is copied, as long as it was, each frame at its time."""
    whole = signer(40, 1, 1).astype(np.float16)
    kept = np.delete(np.arange(40), [3, 4, 5, 11, 20, 21, 30])
    known = ("book", "train", "s1", "web", "0" * 64, len(kept) / 1.6, 320, 240)
    with StoreWriter(repository / "data/landmarks") as writer:
        for name in SPLIT:
            writer.append(Clip(name, *known, whole[kept], kept / 25))
    for clips in run(repository).values():
        for i, row in clips.clips.iterrows():
            if row["variant"] == 0:
                assert len(clips[i]) == 40
                np.testing.assert_array_equal(clips[i][kept], whole[kept])
    copies = RaggedClips.open(repository / "data/augmented")
    assert all(rate == pytest.approx(25) for rate in copies.clips["fps"])


def test_each_clip_is_in_its_own_split_with_its_label(repository):
    tensors = run(repository)
    originals = {s: set(c.clips.query("variant == 0")["video_id"]) for s, c in tensors.items()}
    assert originals == {"train": {"a", "b", "e"}, "val": {"c"}, "test": {"d"}}
    for clips in tensors.values():
        np.testing.assert_array_equal(clips.labels, (clips.clips["gloss"] == "chair").astype(int))


def test_copies_are_of_train_clips_and_differ(repository):
    tensors = run(repository)
    assert list(tensors["val"].clips["variant"]) == list(tensors["test"].clips["variant"]) == [0]
    train = tensors["train"]
    assert sorted(zip(train.clips["video_id"], train.clips["variant"], strict=True)) == [
        (v, n) for v in "abe" for n in (0, 1, 2)
    ]
    first, second = (train[train.clips.query(f"video_id == 'a' and variant == {n}").index[0]] for n in (1, 2))
    assert first.shape != second.shape or not np.array_equal(first, second, equal_nan=True)


def test_the_same_parameters_give_the_same_copies(repository):
    augment_stage.main()
    before = (repository / "data/augmented/frames.npy").read_bytes()
    augment_stage.main()
    assert (repository / "data/augmented/frames.npy").read_bytes() == before


def test_no_copies_are_no_error(repository):
    (repository / "params.yaml").write_text("augment: {frequency: 0}")
    assert len(run(repository)["train"]) == 3


def test_a_clip_beyond_the_longest_is_compressed_and_counted(repository):
    written = augment(LandmarkStore("data/landmarks"), pd.read_parquet("data/splits.parquet"),
                      repository / "data/augmented", augment_stage.Params(frequency=0))  # fmt: skip
    assert written == 0
    count = transform(LandmarkStore("data/landmarks"), pd.read_parquet("data/splits.parquet"),
                      repository / "data/augmented", repository / "out", transform_stage.Params())  # fmt: skip
    assert count["train"]["compressed"] == 1
    train = RaggedClips.open(repository / "out/train")
    assert train.lengths.max() == 195


def test_the_spec_says_what_the_tensors_mean(repository):
    run(repository)
    spec = TensorSpec.read("data/tensors/spec.json")
    assert spec.labels == ("book", "chair")
    assert (spec.frame_rate, spec.max_frames, spec.padding_value) == (25.0, 100, -100.0)
    assert spec.chosen_landmarks == rows(transform_stage.Params().chosen_landmarks)
    document = json.loads((repository / "data/tensors/spec.json").read_text())
    (repository / "data/tensors/spec.json").write_text(json.dumps(document | {"skeleton_version": "0"}))
    with pytest.raises(ValueError, match="skeleton"):
        TensorSpec.read("data/tensors/spec.json")


def test_a_split_without_clips_stops_with_a_reason(repository):
    table = pd.read_parquet("data/splits.parquet")
    table[table["split"] != "val"].to_parquet("data/splits.parquet")
    with pytest.raises(SystemExit, match="no clips in val"):
        run(repository)


def test_points_are_chosen_by_group_or_row():
    assert rows(("left_hand", 5, 47)) == (*range(21), 47)
    assert len(rows(("face",))) == 132
    for chosen, said in ((("feet",), "feet"), ((180,), "180"), ((), "at least one")):
        with pytest.raises(ValidationError, match=said):
            transform_stage.Params(chosen_landmarks=chosen)
