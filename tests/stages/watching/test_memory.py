"""A watcher's memory is on disk, and one watcher's at a time."""

from stages.watching.memory import MOST_RUNS, Memory


def test_what_one_watcher_wrote_the_next_one_knows_and_the_newest_runs_are_kept(tmp_path):
    first, second = Memory(tmp_path / "watch"), Memory(tmp_path / "watch")
    with first.hold() as alone:
        assert alone
        first.done["zip"] = "success"
        first.retry_at = 12.5
        first.runs += [{"why": str(number)} for number in range(MOST_RUNS + 1)]
        first.write()
        with second.hold() as alone:
            assert not alone
    assert second.done == {}
    with second.hold() as alone:
        assert alone
    assert (second.done, second.retry_at) == ({"zip": "success"}, 12.5)
    assert (len(second.runs), second.runs[0]) == (MOST_RUNS, {"why": "1"})
