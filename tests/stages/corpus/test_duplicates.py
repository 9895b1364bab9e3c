"""Identical clips are resolved by the rule."""

from pathlib import Path

from stages import paths
from tests.stages.ingesting import run_ingest
from tests.stages.media import make_index, make_video, write_archives, write_zip


def test_identical_clips_are_resolved_by_the_rule(repository: Path) -> None:
    entries = [
        ("00001", "book", "train"),  # the same bytes as 00002, under another gloss: neither is right for sure
        ("00002", "apple", "train"),
        ("00003", "apple", "train"),  # the same bytes as 00004 in test, which stays
        ("00004", "apple", "test"),
        ("00005", "go", "val"),  # twice in one split: the lower id stays
        ("00006", "go", "val"),
        ("00007", "go", "train"),
    ]
    seeds = {"00001": 1, "00002": 1, "00003": 3, "00004": 3, "00005": 5, "00006": 5, "00007": 7}
    members = {f"videos/{name}.mp4": make_video(seed) for name, seed in seeds.items()}
    archive = write_zip(repository / "a.zip", {"WLASL_v0.3.json": make_index(entries), **members})
    write_archives(repository, (archive, "zip"))
    report, manifest = run_ingest()
    assert manifest["video_id"].tolist() == ["00004", "00005", "00007"]
    before, after = report["duplicates"]["before"], report["duplicates"]["after"]
    assert before == {"groups": 3, "clips": 6, "conflicting_gloss_groups": 1, "across_splits_groups": 1}
    assert set(after.values()) == {0}
    assert "00001 (book, train), 00002 (apple, train)" in paths.INGESTED_READABLE.read_text()
    report, manifest = run_ingest(resolve_duplicates=False)
    assert len(manifest) == 7
    assert report["duplicates"]["after"] == before


def test_synonyms_share_a_recording_within_one_split(repository: Path) -> None:
    entries = [
        ("00001", "mother", "train"),  # the same bytes under two glosses: both stay
        ("00002", "mom", "train"),
        ("00003", "mom", "train"),  # … and the second of one gloss does not
        ("00004", "past", "train"),  # the same bytes in val under another gloss: val stays alone
        ("00005", "before", "val"),
        ("00006", "past", "val"),
    ]
    seeds = {"00001": 1, "00002": 1, "00003": 1, "00004": 4, "00005": 4, "00006": 4}
    members = {f"videos/{name}.mp4": make_video(seed) for name, seed in seeds.items()}
    archive = write_zip(repository / "a.zip", {"WLASL_v0.3.json": make_index(entries), **members})
    write_archives(repository, (archive, "zip"))
    report, manifest = run_ingest(synonyms=True)
    assert manifest["video_id"].tolist() == ["00001", "00002", "00006", "00005"]  # in the order of the glosses
    assert report["duplicates"]["after"]["across_splits_groups"] == 0
    text = paths.INGESTED_READABLE.read_text()
    assert "synonyms in one split, 00001 and 00002 stay" in text
    assert "synonyms in several splits, 00005 and 00006 stay" in text
