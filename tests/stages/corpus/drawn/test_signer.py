"""The drawn people."""

from stages.corpus.drawn.lexicon import LEXICON
from stages.corpus.drawn.signer import CAST


def test_the_cast_is_varied_and_apart_between_splits():
    assert len({s.signer_id for s in CAST}) == len(CAST) >= 4
    assert {s.split for s in CAST} == {"train", "val", "test"}
    assert {s.left_handed for s in CAST if s.split == "train"} == {True, False}
    assert len({(s.room.width, s.room.height, s.room.fps) for s in CAST}) == 3
    assert len(LEXICON) >= 12
