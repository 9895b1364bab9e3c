"""The page's files: right types, compressed where that pays, kept where that is safe."""

import gzip
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bentos.model.versions import FolderSource
from bentos.settings import Settings
from tests.bentos.clients import client_for


@pytest.fixture
def assets(tmp_path) -> Path:
    """What the stage `page` writes, in small."""
    folder = tmp_path / "page" / "holistic" / "1.0"
    folder.mkdir(parents=True)
    (tmp_path / "page" / "holistic.json").write_text('{"base": "holistic/1.0/"}')
    for name in ("code.js", "code.mjs", "code.wasm", "pose.tflite"):
        (folder / name).write_bytes(name.encode() * 50)
    (folder / "code.wasm.gz").write_bytes(gzip.compress(b"code.wasm" * 50))
    return tmp_path / "page"


def serving(page: Path, model: Path) -> TestClient:
    return client_for(FolderSource(model), Settings(page_dir=page))


def test_files_have_their_types_and_are_kept_by_their_version(assets, tiny_model):
    client = serving(assets, tiny_model)
    types = {
        "code.js": "text/javascript",
        "code.mjs": "text/javascript",  # browsers run no module of another type
        "code.wasm": "application/wasm",
        "pose.tflite": "application/octet-stream",
    }
    for name, media_type in types.items():
        for encoding in ("gzip", "identity"):
            answer = client.get(f"/assets/holistic/1.0/{name}", headers={"accept-encoding": encoding})
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith(media_type)
            assert answer.content == name.encode() * 50
            assert "immutable" in answer.headers["cache-control"]
            packed = name == "code.wasm" and encoding == "gzip"
            assert answer.headers.get("content-encoding") == ("gzip" if packed else None)
            assert answer.headers["vary"] == "accept-encoding"
    listed = client.get("/assets/holistic.json")
    assert (listed.headers["content-type"], listed.headers["cache-control"]) == ("application/json", "no-cache")
    page = client.get("/web/page.js")
    assert page.headers["cache-control"] == "no-cache"
    again = client.get("/web/page.js", headers={"if-none-match": page.headers["etag"]})
    assert again.status_code == 304


def test_without_the_files_the_page_is_served_all_the_same(tmp_path, tiny_model):
    client = serving(tmp_path / "nothing", tiny_model)
    assert client.get("/").status_code == 200
    assert client.get("/assets/holistic.json").status_code == 404
    assert client.get("/assets/../settings.py").status_code == 404
    assert client.get("/assets/%2e%2e/settings.py").status_code == 404


def test_the_page_asks_nothing_of_other_hosts(client):
    page = client.get("/")
    assert "islr" in page.text
    for name in ("page.js", "page.css", "icon.svg"):
        answer = client.get(f"/web/{name}")
        assert answer.status_code == 200
        foreign = answer.text.replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in foreign
        assert "https://" not in foreign
    assert "http" not in page.text


def test_the_routes_are_described_by_files_of_our_own(assets, tiny_model):
    client = serving(assets, tiny_model)
    page = client.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    files = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert "/swagger/swagger-ui-bundle.js" in files
    assert {path: client.get(path).status_code for path in files} == dict.fromkeys(files, 200)
    assert "<script>" not in page.text  # our policy runs none within a page
