"""A bento's list of parts names its packages and its model, or says why it cannot be made."""

import json

import pytest

from bentos.delivery import sbom

MODEL = {"name": "pose2gloss", "version": "3", "fingerprint": "a" * 64, "run_id": "abc"}


def test_packages_come_with_their_hashes_and_the_model_with_its_own(tmp_path, monkeypatch):
    packages = tmp_path / "requirements.txt"
    packages.write_text(f"numpy==1.26.4 --hash=sha256:{'b' * 64}\n")
    monkeypatch.setattr(sbom, "PACKAGES", packages)
    sbom.write(MODEL, tmp_path / "sbom.json")
    parts = json.loads((tmp_path / "sbom.json").read_text())
    package, model = parts["components"]
    assert (package["name"], package["version"], "b" * 64 in json.dumps(package)) == ("numpy", "1.26.4", True)
    assert parts["metadata"]["component"]["name"] == "islr"
    assert model["hashes"] == [{"alg": "SHA-256", "content": "a" * 64}]
    assert model["properties"] == [{"name": "islr:run_id", "value": "abc"}]


def test_a_list_that_cannot_be_made_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(sbom, "PACKAGES", tmp_path / "missing.txt")
    with pytest.raises(sbom.SbomError, match="`uv sync` installs cyclonedx-bom"):
        sbom.write(MODEL, tmp_path / "sbom.json")
