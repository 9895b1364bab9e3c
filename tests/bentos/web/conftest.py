"""A real Chromium before the real front, with a small real model; no request may leave the front's address."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.bentos.serving import ROOT, free_port
from tests.bentos.web.view import View

FLAGS = (
    *("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--use-gl=angle", "--use-angle=swiftshader"),
    *("--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"),
)


class Front:
    """The front as a process of its own.

    Args:
        folder: for its log.
        model: folder of the model; may be empty.
        page: what the stage `page` wrote; may be missing.
        english: what the stand-in for a language model says; empty = there is none.
    """

    def __init__(self, folder: Path, model: Path, page: Path, english: str = ""):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "front.log"
        self.arguments = [str(model), str(page), english]
        self.process: subprocess.Popen | None = None

    def start(self) -> "Front":
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "tests.bentos.web.front", str(self.port), *self.arguments]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()
            try:
                httpx.get(f"{self.url}/web/icon.svg")
                return self
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(f"the front does not answer:\n{self.log.read_text()}")

    def kill(self) -> None:
        """End it without a goodbye."""
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="session")
def page_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the stage `page` writes: this checkout's own, else got from npm."""
    from stages import page

    if all((ROOT / "data" / "page" / package.folder / package.version).is_dir() for package in page.PACKAGES):
        return ROOT / "data" / "page"
    folder = tmp_path_factory.mktemp("assets") / "page"
    try:
        page.page(page.Params(timeout_s=300), folder)
    except page.PageError as error:
        pytest.skip(f"MediaPipe for the browser cannot be had: {error}")
    return folder


@pytest.fixture(scope="session")
def model(finished_project: Path) -> Path:
    """A small model that knows three made-up signs, with its examples."""
    return finished_project / "data" / "export"


@pytest.fixture(scope="session")
def rich_model(tmp_path_factory) -> Path:
    """A tiny model of more than a thousand words, see `rich`."""
    folder = tmp_path_factory.mktemp("rich") / "model"
    program = [sys.executable, "-m", "tests.bentos.web.rich", str(folder)]
    environ = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": ""}
    subprocess.run(program, check=True, capture_output=True, cwd=ROOT, env=environ, timeout=300)
    return folder


@pytest.fixture(scope="package")
def rich_front(rich_model, tmp_path_factory) -> Iterator[Front]:
    """The front with more than a thousand words."""
    front = Front(tmp_path_factory.mktemp("front"), rich_model, ROOT / "data" / "page").start()
    yield front
    front.kill()


@pytest.fixture(scope="package")
def front(model, tmp_path_factory) -> Iterator[Front]:
    """The front, with whatever of MediaPipe this checkout has."""
    front = Front(tmp_path_factory.mktemp("front"), model, ROOT / "data" / "page").start()
    yield front
    front.kill()


@pytest.fixture(scope="package")
def full_front(model, page_files, tmp_path_factory) -> Iterator[Front]:
    """The front that can find landmarks."""
    front = Front(tmp_path_factory.mktemp("front"), model, page_files).start()
    yield front
    front.kill()


@pytest.fixture(scope="package")
def launch(model) -> Iterator[Callable[..., Any]]:
    """Starts Chromium with more flags; the model comes first, as asyncio is taken while Playwright runs."""
    chromium = os.environ.get("ISLR_CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser"))), ""
    )
    if not chromium:
        pytest.skip("no Chromium here: apt-get install chromium, or set ISLR_CHROMIUM to a browser's path")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = []

        def start(*flags: str) -> Any:
            opened.append(playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *flags]))
            return opened[-1]

        yield start
        for browser in opened:
            browser.close()


@pytest.fixture(scope="package")
def browser(launch):
    """A browser without a camera."""
    return launch("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=device-count=0")


@pytest.fixture
def visit(browser) -> Iterator[Callable[..., View]]:
    """Opens the page of a front in a fresh profile; in the end, nothing may have been asked of another host."""
    with visiting(browser) as opener:
        yield opener


@contextmanager
def visiting(browser: Any) -> Iterator[Callable[..., View]]:
    """Gives what opens pages in a browser; checks them in the end."""
    views: list[View] = []

    def opener(front: Front, script: str = "", **options: Any) -> View:
        view = View(browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options)), front.url, script)
        views.append(view)
        return view

    yield opener
    for view in views:
        view.check()
        view.context.close()
