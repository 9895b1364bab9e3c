"""The phrases that translation is measured on."""

import json

import pytest

from stages.translation import phrases


def test_there_are_enough_phrases_with_two_different_references():
    found = phrases.read()
    assert len(found) >= 100
    assert len({phrase.glosses for phrase in found}) == len(found)
    for phrase in found:
        assert phrase.references[0] != phrase.references[1]
        assert all(reference[0].isupper() and reference[-1] in ".?!" for reference in phrase.references)


def test_the_words_are_those_of_wlasl100(wlasl_dir):
    import zipfile

    with zipfile.ZipFile(wlasl_dir / "wlasl-processed.zip") as archive:
        name = next(n for n in archive.namelist() if n.endswith("WLASL_v0.3.json"))
        known = {entry["gloss"] for entry in json.loads(archive.read(name))}
    assert {gloss for phrase in phrases.read() for gloss in phrase.glosses} <= known


@pytest.mark.parametrize("line", ["book\tA book.", "book\t\tA book.", "a\tb\tc\td"])
def test_a_bad_line_is_named(tmp_path, line):
    path = tmp_path / "phrases.tsv"
    path.write_text(f"book\tA book.\tOne book.\n{line}\n")
    with pytest.raises(ValueError, match="tsv:2 must be"):
        phrases.read(path)
