"""What the watch remembers."""

from stages.watching.memory import MOST_RUNS, Memory


def test_it_is_kept_from_look_to_look_and_bounded(tmp_path):
    with Memory(tmp_path).hold() as alone:
        assert alone
    for number in range(3):
        memory = Memory(tmp_path)
        with memory.hold():
            memory.failed = str(number)
            memory.runs += [{"outcome": "success"}] * MOST_RUNS
    again = Memory(tmp_path)
    with again.hold():
        assert (again.failed, len(again.runs)) == ("2", MOST_RUNS)


def test_what_an_older_watch_wrote_is_read(tmp_path):
    (tmp_path / "watch.json").write_text('{"done": {}, "retry_at": 0.0, "seen": {}, "runs": [{"outcome": "success"}]}')
    memory = Memory(tmp_path)
    with memory.hold():
        assert len(memory.runs) == 1


def test_a_state_is_told_once(tmp_path):
    memory = Memory(tmp_path)
    assert [memory.news("drift", state) for state in ([], ["fps"], ["fps"], [], [])] == [
        False,
        True,
        False,
        True,
        False,
    ]
