"""What the fuzz tests draw from. `ISLR_FUZZ_CASES`: how many cases each test tries."""

import base64
import json
import os

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from bentos.model import own_signs
from tests.bentos.tiny_model import EMBEDDING, LABELS

CASES = int(os.environ.get("ISLR_FUZZ_CASES", "60"))
FUZZ = settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=CASES < 1000)
numbers = st.one_of(st.none(), st.floats(allow_nan=False), st.integers(), st.booleans(), st.text(max_size=3))
vocabularies = st.lists(st.sampled_from(LABELS) | st.text(max_size=3) | numbers, max_size=14) | numbers
TAKE = own_signs.encode(np.eye(EMBEDDING)[0])
NAMES = st.sampled_from(("Anna", "my school", "O'Neill-2", "Café", LABELS[0])) | st.text(
    "abc ", min_size=1, max_size=40
)
WRONG_TAKES = (
    numbers
    | st.text(max_size=50)
    | st.binary(max_size=40).map(lambda some: base64.b64encode(some).decode())
    | st.sampled_from(
        [own_signs.encode(v) for v in (np.zeros(EMBEDDING), np.full(EMBEDDING, np.nan), np.full(EMBEDDING, 9.0))]
    )
)
WRONG_NAMES = st.sampled_from(("<b>x", "x\n", "", " ", "x" * 41, "x" * 9000)) | st.text(max_size=45) | numbers


@st.composite
def openings(draw, space):
    """Opening messages with own signs: right ones, and ones with one or two things wrong, at any depth."""
    takes = st.lists(st.just(TAKE), min_size=1, max_size=5)
    signs = [
        {"name": name, "takes": draw(takes)} for name in draw(st.lists(NAMES, min_size=1, max_size=8, unique=True))
    ]
    given = {"space": space, "signs": signs}
    message = {"type": "start", "own_signs": given}
    for _ in range(draw(st.integers(0, 2))):
        sign = draw(st.sampled_from(signs))
        change = draw(st.sampled_from(("take", "takes", "name", "sign", "signs", "space", "own_signs", "more", "many")))
        if change == "take":
            sign["takes"] = [*draw(takes), draw(WRONG_TAKES)]
        elif change == "takes":
            sign["takes"] = draw(numbers | st.lists(WRONG_TAKES, max_size=6) | st.just([TAKE] * 6))
        elif change == "name":
            sign["name"] = draw(WRONG_NAMES)
        elif change == "sign":
            sign.pop(draw(st.sampled_from(("name", "takes"))), None)
            signs.append({"name": "", "takes": [], **draw(st.dictionaries(st.text(max_size=5), numbers, max_size=2))})
        elif change in ("signs", "space"):
            given[change] = draw(numbers | st.text(max_size=70) | st.lists(numbers, max_size=3))
        elif change == "own_signs":
            message["own_signs"] = draw(numbers | st.text(max_size=50) | st.lists(numbers, max_size=3))
        elif change == "more":
            draw(st.sampled_from((message, given, sign)))[draw(st.text(max_size=5))] = draw(numbers)
        else:
            signs += [{"name": f"sign {i}", "takes": [TAKE]} for i in range(draw(st.sampled_from((92, 100, 101))))]
    return json.dumps(message)
