"""Downloads from Kaggle: the real client against a stand-in for Kaggle's server on this machine."""

import hashlib
import io
import json
import threading
import zipfile
from base64 import b64encode
from collections import namedtuple
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import kagglehub
import pytest
from kagglesdk import kaggle_env

from stages import fetch
from stages.corpus import kaggle, sources

FIRST, SECOND = sources.DATASETS.values()
Usage = namedtuple("Usage", "total used free")


def packed(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


class StandIn:
    """What the server holds, how it misbehaves, and what it was asked for."""

    def __init__(self):
        video = bytes(range(256)) * 12_000
        self.archives = {
            FIRST: packed({"WLASL_v0.3.json": b"[]", "videos/00001.mp4": video}),
            SECOND: packed({"wlasl-complete/videos/00002.mp4": video}),
        }
        self.status = 200
        self.break_after = None  # bytes of a download, then the connection is closed
        self.hashes = True
        self.ranges = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: StandIn

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.state.status != 200:
            return self.reply(self.state.status, b'{"code": %d, "message": "no"}' % self.state.status)
        if self.path.endswith("/GetDataset"):
            return self.reply(200, json.dumps({"id": 1, "currentVersionNumber": 3}).encode())
        handle = f"{body['ownerSlug']}/{body['datasetSlug']}"
        return self.reply(302, b"", Location=f"/files/{handle}")

    def do_GET(self):
        content = self.state.archives[self.path.removeprefix("/files/")]
        start = int((self.headers["Range"] or "bytes=0-")[6:-1])
        self.state.ranges.append(start)
        headers = {"Accept-Ranges": "bytes"}
        if self.state.hashes:
            headers["X-Goog-Hash"] = "md5=" + b64encode(hashlib.md5(content).digest()).decode()  # noqa: S324
        self.reply(206 if start else 200, content[start:], self.state.break_after, **headers)

    def reply(self, status, content, cut=None, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status < 300 and not headers:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:cut])
        self.close_connection = cut is not None

    def log_message(self, *_):
        pass


@pytest.fixture
def standin(tmp_path, monkeypatch):
    state = StandIn()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"state": state}))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.LOCAL, address)
    monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "LOCALHOST")
    monkeypatch.setenv("KAGGLE_USERNAME", "somebody")
    monkeypatch.setenv("KAGGLE_KEY", "secret")
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield state
    server.shutdown()
    server.server_close()


def take(tmp_path, sizes=(0.001, 0.001)):
    return fetch.fetch(fetch.Params(source="kaggle", kaggle_gb=sizes), tmp_path / "raw")


def test_both_data_sets_are_unpacked_into_the_cache_and_listed_as_folders(standin, tmp_path):
    first, second = take(tmp_path)
    assert [first.kind, second.kind] == ["folder", "folder"]
    folder = kaggle.complete_versions(FIRST)[-1]
    assert first.path == str(folder.resolve())
    assert (folder / "WLASL_v0.3.json").read_bytes() == b"[]"
    assert (folder / "videos/00001.mp4").stat().st_size == 3_072_000
    assert first.size == 3_072_002
    assert first.sha256 != second.sha256
    assert not list((tmp_path / "cache").rglob("*.archive"))


def test_a_second_fetch_downloads_nothing_and_lists_the_same(standin, tmp_path):
    once = take(tmp_path)
    asked = len(standin.ranges)
    assert take(tmp_path) == once
    assert len(standin.ranges) == asked


def test_a_broken_off_download_goes_on_where_it_stopped(standin, tmp_path):
    standin.break_after = 2_500_000
    with pytest.raises(
        sources.SourceError, match=r"broke off during risangbaskoro/wlasl-processed .*run the stage again"
    ):
        take(tmp_path)
    assert not (tmp_path / "raw" / "archives.json").exists()
    assert not kaggle.complete_versions(FIRST)
    (half,) = (tmp_path / "cache").rglob("*.archive")
    assert 0 < half.stat().st_size <= 2_500_000
    kept, standin.break_after, standin.ranges = half.stat().st_size, None, []
    take(tmp_path)
    assert kept in standin.ranges
    assert (kaggle.complete_versions(FIRST)[-1] / "videos/00001.mp4").stat().st_size == 3_072_000


def test_a_damaged_archive_is_removed_and_named(standin, tmp_path):
    good, standin.hashes = standin.archives[FIRST], False
    for damaged in (good[:300_000], b"<html>not a zip</html>" * 999):
        standin.archives[FIRST] = damaged
        with pytest.raises(sources.SourceError, match="archive of risangbaskoro/wlasl-processed is damaged"):
            take(tmp_path)
        assert not list((tmp_path / "cache").rglob("*.archive"))
    standin.archives[FIRST] = good
    assert len(take(tmp_path)) == 2


def test_bytes_that_changed_on_the_way_are_found(standin, tmp_path):
    archive = kaggle.cache_of(FIRST) / "3.archive"
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"rubbish that a download left")
    with pytest.raises(sources.SourceError, match="is damaged"):
        take(tmp_path)
    assert len(take(tmp_path)) == 2


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "KAGGLE_API_TOKEN"), (403, "API token in your account"), (404, "no data set"), (503, "run the stage again")],
)
def test_what_kaggle_refuses_is_said_in_a_sentence(standin, tmp_path, status, words):
    standin.status = status
    with pytest.raises(sources.SourceError, match=rf"(?s)HTTP {status}.*{words}|{words}.*HTTP {status}"):
        take(tmp_path)


def test_a_broken_credentials_file_is_named(standin, tmp_path, monkeypatch):
    monkeypatch.delenv("KAGGLE_USERNAME")
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    (tmp_path / "kaggle.json").write_text("{")
    with pytest.raises(sources.SourceError, match=r"Invalid Kaggle credentials file.*KAGGLE_API_TOKEN"):
        take(tmp_path)


def test_offline_says_so_and_takes_what_is_complete(standin, tmp_path, monkeypatch):
    address = kaggle_env._env_to_endpoint[kaggle_env.KaggleEnv.LOCAL]
    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.LOCAL, "http://127.0.0.1:9")
    with pytest.raises(sources.SourceError, match=r"connection to Kaggle failed.*check the network"):
        take(tmp_path)
    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.LOCAL, address)
    online = take(tmp_path)
    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.LOCAL, "http://127.0.0.1:9")
    assert take(tmp_path) == online


def test_free_disk_is_checked_before_anything_is_asked(standin, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(100e9, 90e9, 10e9))
    with pytest.raises(sources.SourceError, match=r"take 16.5 GB .* only 10.0 GB are free .*KAGGLEHUB_CACHE"):
        take(tmp_path, (5.5, 5.5))
    assert standin.ranges == []
    take(tmp_path, (3.0, 3.0))
    take(tmp_path, (5.5, 5.5))


def test_a_disk_that_fills_up_is_an_error_with_a_way_out(standin, tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kagglehub, "dataset_download", full)
    with pytest.raises(sources.SourceError, match=r"No space left.*KAGGLEHUB_CACHE.*run the stage again"):
        take(tmp_path)
