"""The walk of bentos/README.md: from ten signs that people taught the page to a version in Production."""

import json
import shlex
import sys

import numpy as np
import pytest

from bentos.model.vocabulary import HEADER, UNSEEN, example
from tests.factory import ROOT
from tests.stages.corpus.exports import exported, take

BASE = ROOT / "data" / "base"
SHOWN = ("book", "drink", "computer", "before", "chair", "no", "clothes", "who", "fine", "walk")
SIGNS = [f"Sign {letter}" for letter in "ABCDEFGHIJ"]


def signed(gloss: str, chance: np.random.Generator) -> np.ndarray:
    """(frames, 180, 3): as the base shows the gloss, by a hand that trembles, nearer to the camera or further away."""
    content = example(BASE, gloss)
    _, _, frames, scale = HEADER.unpack(content[: HEADER.size])
    steps = np.frombuffer(content[HEADER.size :], "<i2").reshape(frames, 180, 3).astype(np.float32)
    landmarks = np.where(steps == UNSEEN, np.nan, steps / scale)
    centre = np.array([0.5, 0.5, 0.0])
    return centre + (landmarks - centre) * chance.uniform(0.85, 1.1) + chance.normal(0, 0.003, landmarks.shape)


def commands() -> list[list[str]]:
    """What the document says to type, without the size: two epochs of the small network are enough here."""
    text = (ROOT / "bentos" / "README.md").read_text()
    walk = text[text.index("### From ten taught signs to a version") :]
    block = walk[walk.index("```sh") + 5 : walk.index("```", walk.index("```sh") + 5)]
    lines = [shlex.split(line) for line in block.replace("\\\n", " ").splitlines() if line.strip()]
    small = {"wlasl100": ["sample", "train.epochs=2"], "python": [sys.executable]}
    return [[part for word in line for part in small.get(word, [word])] for line in lines]


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_taught_signs_become_a_version(factory):
    chance = np.random.default_rng(0)
    (factory.root / "exports").mkdir()
    (factory.root / "clips").mkdir()
    for person in range(2):
        signs = [
            {"name": name, "takes": [take(signed(gloss, chance), fps=12.5) for _ in range(3)]}
            for name, gloss in zip(SIGNS, SHOWN, strict=True)
        ]
        exported(factory.root / "exports" / f"person{person}.json", *signs)
    before = factory.production()[0]
    for words in commands():
        files = [str(path) for path in sorted((factory.root / "exports").glob("*.json"))]
        factory.run(*(part for word in words for part in (files if word == "exports/*.json" else [word])))
    new = before[-1] + 1
    assert factory.production() == ([*before, new], "1", ["1"])
    assert sorted(json.loads((factory.root / "data/export/metadata.json").read_text())["labels"]) == SIGNS
    assert np.isfinite(factory.report("metrics.json")["val"]["loss"])
    factory.run(sys.executable, "-m", "stages.register", "promote", str(new), "--why", "our own signs")
    assert factory.production()[1:] == (str(new), [str(new)])
