"""Bodies of /predict: right ones are read exactly, wrong ones are refused with the place of the mistake."""

import copy
import gc
import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bentos.errors import RefusedError
from bentos.http import bodies

F16, F32 = bodies.MEDIA_TYPES


def document(clip: np.ndarray, **more) -> dict:
    return {"landmarks": [[[None if np.isnan(v) else float(v) for v in p] for p in f] for f in clip]} | more


def body(clip: np.ndarray, **more) -> bytes:
    return json.dumps(document(clip, **more)).encode()


def test_json_is_read_exactly_and_null_is_nan(clip):
    read = bodies.from_json(body(clip, top_n=3, fps=30, aspect=1.5), 512)
    np.testing.assert_array_equal(read.landmarks, clip)
    assert (read.top_n, read.fps, read.aspect) == (3, 30, 1.5)
    assert np.isnan(read.landmarks[:, :21]).all()


def test_options_may_be_left_out_or_null(clip):
    for more in ({}, {"top_n": None, "fps": None, "aspect": None, "vocabulary": None}):
        read = bodies.from_json(body(clip, **more), 512)
        assert (read.top_n, read.fps, read.aspect, read.vocabulary) == (5, None, None, None)


def test_right_bodies_take_the_fast_path(clip, monkeypatch):
    monkeypatch.setattr(bodies, "_slow", lambda *_: pytest.fail("the slow path was taken"))
    glosses = ["book", "thank you", "café", "don't"]
    before = json.dumps({"vocabulary": glosses} | document(clip)).encode()
    for text in (
        body(clip, fps=25),
        json.dumps(document(clip), indent=1).encode(),
        body(clip[:1], top_n=1),
        body(clip, vocabulary=None),
        body(clip, fps=25, vocabulary=glosses, top_n=2),
        body(clip, vocabulary=["book"]),
        before,
    ):
        read = bodies.from_json(text, 512)
        np.testing.assert_array_equal(read.landmarks, clip[: len(read.landmarks)])
        listed = json.loads(text).get("vocabulary")
        assert read.vocabulary == (None if listed is None else tuple(listed))


@pytest.mark.parametrize("gloss", ["null", "annulled", "yes, please", "[1]", "a]", "9.87654e99", "{}", '"', "\\"])
def test_no_gloss_misleads_the_fast_path(clip, gloss):
    read = bodies.from_json(body(clip, vocabulary=["book", gloss], fps=30), 512)
    assert read.vocabulary == ("book", gloss)
    np.testing.assert_array_equal(read.landmarks, clip)


def test_a_list_of_glosses_hides_no_wrong_frame(clip):
    flat = {"landmarks": [np.nan_to_num(f).ravel().tolist() for f in clip], "vocabulary": ["book", "go", "fine"]}
    for text in (flat, dict(reversed(flat.items()))):
        with pytest.raises(RefusedError, match="frame 0 must be a list of 180 points; it has 540"):
            bodies.from_json(json.dumps(text).encode(), 512)


def test_the_fast_path_makes_no_lists_for_the_collector_to_look_through(clip):
    text = body(np.concatenate([clip] * 8), fps=25)
    bodies.from_json(text, 512)
    before = gc.get_stats()[0]["collections"]
    bodies.from_json(text, 512)
    assert gc.get_stats()[0]["collections"] - before <= 1  # lists of all points would begin tens of collections


def test_both_paths_agree(clip):
    text = body(clip, top_n=2, fps=29.97)
    outline = bodies._outline(text, 512)
    fast, slow = bodies._fast(text, outline, 512), bodies._slow(text, outline, 512)
    np.testing.assert_array_equal(fast.landmarks, slow.landmarks)
    assert (fast.top_n, fast.fps) == (slow.top_n, slow.fps)


@pytest.mark.parametrize(
    ("change", "where", "says"),
    [
        (lambda d: d["landmarks"][3][17].append(1.0), "landmarks[3][17]", "frame 3, point 17 (left hand 17)"),
        (lambda d: d["landmarks"][3][30].pop(), "landmarks[3][30]", "frame 3, point 30 (right hand 9)"),
        (lambda d: d["landmarks"][2].pop(), "landmarks[2]", "frame 2 must be a list of 180 points; it has 179"),
        (lambda d: d["landmarks"].insert(1, []), "landmarks[1]", "it has 0 items"),
        (
            lambda d: d["landmarks"][4][50].__setitem__(1, "high"),
            "landmarks[4][50][1]",
            "(face 2): y is 'high'",
        ),
        (lambda d: d["landmarks"][4][44].__setitem__(2, True), "landmarks[4][44][2]", "(pose 2): z is true"),
        (lambda d: d["landmarks"][0][22].__setitem__(0, 320.5), "landmarks[0][22][0]", "x is 320.5"),
        (lambda d: d["landmarks"][0][22].__setitem__(0, 1e300), "landmarks[0][22][0]", "within ±100"),
        (lambda d: d["landmarks"][1].__setitem__(5, None), "landmarks[1][5]", "must be [x, y, z], not null"),
        (lambda d: d["landmarks"].__setitem__(1, {"a": 1}), "landmarks[1]", "not an object"),
        (lambda d: d.update(landmarks="none"), "landmarks", "a list of frames"),
        (lambda d: d.update(landmarks=[]), "landmarks", "no frames"),
        (lambda d: d.update(top_n=0), "top_n", "whole number from 1"),
        (lambda d: d.update(top_n=2.5), "top_n", "2.5"),
        (lambda d: d.update(top_n=True), "top_n", "true"),
        (lambda d: d.update(fps=0), "fps", "from 1 to 240"),
        (lambda d: d.update(fps="25"), "fps", "'25'"),
        (lambda d: d.update(aspect=-1), "aspect", "from 0.1 to 10"),
        (lambda d: d.update(speed=1), None, "unknown field 'speed'"),
    ],
)
def test_mistakes_are_named(clip, change, where, says):
    wrong = copy.deepcopy(document(clip))
    change(wrong)
    with pytest.raises(RefusedError) as caught:
        bodies.from_json(json.dumps(wrong).encode(), 512)
    assert caught.value.status == 422
    assert caught.value.where == where
    assert says in caught.value.message


def test_a_frame_of_flat_numbers_with_the_right_total_is_refused(clip):
    flat = json.dumps({"landmarks": [np.nan_to_num(f).ravel().tolist() for f in clip]}).encode()
    with pytest.raises(RefusedError, match="frame 0 must be a list of 180 points; it has 540"):
        bodies.from_json(flat, 512)


@pytest.mark.parametrize(
    ("text", "status", "says"),
    [
        (b"", 400, "not valid JSON"),
        (b"{", 400, "not valid JSON"),
        (b"\xff\xfe", 400, "not valid JSON"),
        (b'{"landmarks": [[[NaN]]]}', 400, "a point that was not seen is null"),
        (b"[]", 422, 'JSON object with the field "landmarks"'),
        (b'{"landmarks": ' + b"[" * 100_000, 400, "nested"),
        (b'{"landmarks": [[[1' + b"0" * 5000 + b"]]]}", 400, "JSON"),
    ],
)
def test_what_is_no_clip_at_all(text, status, says):
    with pytest.raises(RefusedError) as caught:
        bodies.from_json(text, 512)
    assert caught.value.status == status
    assert says in caught.value.message


def test_too_many_frames_is_413(clip):
    for read in (
        lambda: bodies.from_json(body(clip), 29),
        lambda: bodies.from_binary(clip.tobytes(), F32, {}, 29),
    ):
        with pytest.raises(RefusedError, match="30 frames; right is at most 29") as caught:
            read()
        assert caught.value.status == 413


def test_a_clip_in_which_nothing_was_seen_is_refused(clip):
    empty = np.full_like(clip, np.nan)
    for read in (
        lambda: bodies.from_json(body(empty), 512),
        lambda: bodies.from_binary(empty.tobytes(), F32, {}, 512),
    ):
        with pytest.raises(RefusedError, match="no point was seen"):
            read()


@pytest.mark.parametrize(
    ("frame", "rows", "value", "where", "says"),
    [
        (4, slice(0, 21), 0, "landmarks[4][0]", "frame 4: all 21 points of the left hand are equal, (0, 0, 0)"),
        (0, slice(21, 42), -1, "landmarks[0][21]", "frame 0: all 21 points of the right hand are equal, (-1, -1, -1)"),
        (9, slice(42, 48), (0.5, 0.5, 0), "landmarks[9][42]", "all 6 points of the pose are equal, (0.5, 0.5, 0)"),
        (2, slice(46, 47), 0, "landmarks[2][46]", "frame 2, point 46 (pose 4) is (0, 0, 0)"),
    ],
)
def test_a_constant_for_what_was_not_seen_is_refused(clip, frame, rows, value, where, says):
    clip[frame, rows] = value
    for read in (
        lambda: bodies.from_json(body(clip), 512),
        lambda: bodies._slow(body(clip), bodies._outline(body(clip), 512), 512),
        lambda: bodies.from_binary(clip.tobytes(), F32, {}, 512),
        lambda: bodies.from_binary(clip.astype("<f2").tobytes(), F16, {}, 512),
    ):
        with pytest.raises(RefusedError, match="what was not seen is null") as caught:
            read()
        assert (caught.value.status, caught.value.where) == (422, where)
        assert says in caught.value.message


def test_binary_is_read_exactly(clip):
    options = {"top_n": "3", "fps": "29.97", "aspect": "1.7", "vocabulary": ["book", "go"]}
    read = bodies.from_binary(clip.tobytes(), F32, options, 512)
    np.testing.assert_array_equal(read.landmarks, clip)
    assert (read.top_n, read.fps, read.aspect, read.vocabulary) == (3, 29.97, 1.7, ("book", "go"))
    half = bodies.from_binary(clip.astype("<f2").tobytes(), F16, {}, 512)
    np.testing.assert_allclose(half.landmarks, clip, atol=1e-3)


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        (b"", {}, "0 bytes; right is a whole number of frames of 2160"),
        (b"\0" * 2159, {}, "2159 bytes"),
        (b"\0" * 2160, {"top_n": "many"}, "top_n is 'many'"),
        (b"\0" * 2160, {"tops": "1"}, "unknown option 'tops'"),
        (b"\0" * 2160, {"fps": "nan"}, "fps is"),
        (np.full(540, np.inf, "<f4").tobytes(), {}, "frame 0, point 0 (left hand 0): x is inf"),
    ],
)
def test_binary_mistakes_are_named(content, options, says):
    with pytest.raises(RefusedError) as caught:
        bodies.from_binary(content, F32, options, 512)
    assert caught.value.status == 422
    assert says in caught.value.message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=200), json_values.map(lambda v: json.dumps({"landmarks": v}).encode())))
def test_nothing_but_refusals_whatever_comes(text):
    with pytest.raises(RefusedError):
        bodies.from_json(text, 512)


HOSTILE = {
    "empty lists": b'{"landmarks": [' + b"[]," * 1_000_000 + b"[]]}",
    "nested lists": b'{"landmarks": ' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}",
    "one flat list": b'{"landmarks": [' + b"1," * 2_000_000 + b"1]}",
    "unique keys": json.dumps({f"k{i}": 0 for i in range(200_000)}).encode(),
    "nested objects": b'{"a":' * 400_000 + b"1" + b"}" * 400_000,
    "rows of nested objects": b'{"landmarks": [' + b",".join([b'{"a":' * 300 + b"1" + b"}" * 300] * 500) + b"]}",
    "empty lists as glosses": b'{"landmarks": [[[1,2,3]]], "vocabulary": [' + b"[]," * 1_000_000 + b"[]]}",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_parser_that_builds_objects_sees_a_body_with_more_in_it_than_a_clip_has(kind, monkeypatch):
    monkeypatch.setattr(bodies.json, "loads", lambda *_, **__: pytest.fail("the slow parser was asked"))
    with pytest.raises(RefusedError) as caught:
        bodies.from_json(HOSTILE[kind], 512)
    assert caught.value.status in (400, 413, 422)
    assert "right is" in caught.value.message


def test_a_refused_body_leaves_the_memory_as_it_was():
    tracemalloc.start()
    try:
        for text in HOSTILE.values():
            with pytest.raises(RefusedError):
                bodies.from_json(text, 512)
            assert tracemalloc.get_traced_memory()[1] < 40 * 2**20
    finally:
        tracemalloc.stop()
