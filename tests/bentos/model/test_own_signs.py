"""Own signs: what is read, how they are compared, and that they share one scale with the glosses."""

import base64
import timeit

import numpy as np
import pytest

from bentos.contract import loading
from bentos.model import own_signs
from bentos.model.own_signs import OwnSigns, OwnSignsError, Space, encode

SIZE = 16


def unit(*shape: int, seed: int = 0) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    return values / np.linalg.norm(values, axis=-1, keepdims=True)


def space_of(glosses: np.ndarray, **changes) -> Space:
    size = glosses.shape[1]
    plain = {"centre": np.zeros(size), "whitening": np.eye(size), "scale": 10.0, "slope": 1.0, "offset": 0.0}
    return Space("here", glosses=glosses, **plain | changes)


@pytest.fixture
def space() -> Space:
    return space_of(unit(30, SIZE, seed=1))


def test_takes_come_back_as_they_were_sent(space):
    takes = unit(3, SIZE)
    own = space.read([("Anna", [encode(take) for take in takes])])
    assert own.names == ("Anna",)
    again = OwnSigns(space, {"Anna": takes})
    np.testing.assert_allclose(own.logits(takes[0]), again.logits(takes[0]), atol=0.02)


@pytest.mark.parametrize(
    ("take", "says"),
    [
        ("é!", "no base64"),
        ("abc", "no base64"),
        (encode(unit(SIZE + 1)), "has 34 bytes"),
        ("", "has 0 bytes"),
        (encode(2 * unit(SIZE)), "has the length 2"),
        (encode(np.zeros(SIZE)), "has the length 0"),
        (encode(np.full(SIZE, np.nan)), "has the length nan"),
        (base64.b64encode(b"\xff" * 2 * SIZE).decode(), "has the length nan"),
    ],
)
def test_what_is_no_embedding_is_refused_with_its_place(space, take, says):
    with pytest.raises(OwnSignsError, match=says) as refused:
        space.read([("Anna", [encode(unit(SIZE))]), ("Ben", [encode(unit(SIZE)), take])])
    assert refused.value.where == "own_signs.signs[1].takes[1]"
    assert "right is what POST /embed gives" in str(refused.value)


def test_a_name_is_there_once(space):
    with pytest.raises(OwnSignsError, match="'Anna' is there twice"):
        space.read([("Anna", [encode(unit(SIZE))])] * 2)


def test_shares_of_glosses_and_own_signs_add_up_to_one(space):
    own = OwnSigns(space, {"Anna": unit(3, SIZE, seed=2), "Ben": unit(1, SIZE, seed=3)})
    probabilities = np.array([0.0, 0.9, 0.1], np.float32)
    for seed in range(20):
        glosses, signs = own.mix(probabilities, unit(SIZE, seed=seed))
        assert glosses.sum() + sum(signs.values()) == pytest.approx(1, abs=1e-5)
        assert glosses[1] == pytest.approx(9 * glosses[2], rel=1e-3)  # what the glosses keep, they share as before


def test_the_nearer_a_clip_the_more_it_is_an_own_sign(space):
    own = OwnSigns(space, {"Anna": unit(1, SIZE, seed=2), "Ben": unit(1, SIZE, seed=3)})
    sure = np.array([0.9, 0.1], np.float32)
    said = [
        own.mix(sure, (1 - w) * unit(1, SIZE, seed=2)[0] + w * unit(1, SIZE, seed=3)[0])[1] for w in (0, 0.3, 0.7, 1)
    ]
    anna, ben = [s["Anna"] for s in said], [s["Ben"] for s in said]
    assert anna == sorted(anna, reverse=True)
    assert ben == sorted(ben)
    assert anna[0] > 0.5 > anna[3]


def test_takes_that_cancel_out_are_near_to_nothing(space):
    take = unit(SIZE)
    own = OwnSigns(space, {"Anna": np.stack([take, -take])})
    assert np.isfinite(own.logits(take)).all()


def test_a_sign_that_is_near_to_many_glosses_must_be_nearer_itself(space):
    takes = unit(1, SIZE, seed=2)
    crowd = space_of(np.concatenate([space.glosses, takes.repeat(30, 0)]))
    alone, crowded = OwnSigns(space, {"Anna": takes}), OwnSigns(crowd, {"Anna": takes})
    assert crowded.logits(takes[0]) < alone.logits(takes[0])


def test_a_direction_in_which_clips_of_one_gloss_scatter_tells_less():
    loud, clear = np.eye(SIZE)[:2]
    deaf = space_of(unit(30, SIZE, seed=1), whitening=np.diag([0.1] + [1.0] * (SIZE - 1)))
    sign = unit(1, SIZE, seed=2)
    own = OwnSigns(deaf, {"Anna": sign})
    off_loud, off_clear = (own_signs.unit(sign[0] + way) for way in (loud, clear))
    assert own.logits(off_loud) > own.logits(off_clear)


def test_logits_are_those_of_a_softmax_over_distances_to_prototypes(space):
    takes, seen = unit(2, SIZE, seed=2), unit(SIZE, seed=4)
    shifted = space_of(space.glosses, centre=0.1 * unit(SIZE, seed=5), slope=0.5, offset=-1.0)
    w = [own_signs.unit(vector - shifted.centre) for vector in (*takes, seen)]
    centroid = own_signs.unit(w[0] + w[1])
    cosine = (max(w[0] @ w[2], w[1] @ w[2]) + centroid @ w[2]) / 2
    right = 0.5 * (10 * cosine - np.log(np.exp(10 * space.glosses @ w[2]).sum())) - 1
    np.testing.assert_allclose(OwnSigns(shifted, {"Anna": takes}).logits(seen), [right], rtol=1e-5)


def test_only_versions_with_an_embedding_and_a_scale_take_own_signs(embedding_model, tiny_model, tmp_path):
    assert Space.of(tiny_model, loading.load(tiny_model)) is None
    space = Space.of(embedding_model, loading.load(embedding_model))
    assert (len(space.id), space.size, space.slope) == (16, SIZE, 1.5)
    (tmp_path / loading.MODEL_FILE).write_bytes((embedding_model / loading.MODEL_FILE).read_bytes())
    assert Space.of(tmp_path, loading.load(embedding_model)) is None
    np.savez(tmp_path / loading.OWN_SIGNS_FILE, glosses=space.glosses, slope=1.2, offset=-3.9)  # as it once was
    assert Space.of(tmp_path, loading.load(embedding_model)) is None


def test_a_hundred_own_signs_cost_little_beside_a_large_model():
    space = space_of(unit(2000, own_signs.MOST_NUMBERS))
    signs = {
        f"sign {i}": unit(own_signs.MOST_TAKES, own_signs.MOST_NUMBERS, seed=i) for i in range(own_signs.MOST_SIGNS)
    }
    own, seen = OwnSigns(space, signs), unit(own_signs.MOST_NUMBERS)
    probabilities = np.full(2000, 1 / 2000, np.float32)
    took = timeit.repeat(lambda: own.mix(probabilities, seen), number=1, repeat=50)
    assert min(took) < 0.25  # seconds; 0.3 ms on a machine that has time: tests/benchmarks/own_signs.py measures it
