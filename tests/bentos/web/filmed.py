"""Clips whose every frame tells its number, written by the browser; and a stand-in for MediaPipe that reads it."""

import base64
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.bentos.web.view import View

STEP = 10  # grey levels from one frame to the next
EVEN = [i / 24 for i in range(24)]  # times of frames, seconds
MOST = 25  # frames that can be told from each other
FILM = """
async ([format, codec, times, step]) => {
  const { base } = await (await fetch("/assets/mediabunny.json")).json();
  const library = await import(`/assets/${base}mediabunny.min.mjs`);
  const { BufferTarget, CanvasSource, Mp4OutputFormat, Output, WebMOutputFormat } = library;
  const formats = {
    mp4: () => new Mp4OutputFormat({ fastStart: "in-memory" }),
    fragmented: () => new Mp4OutputFormat({ fastStart: "fragmented", minimumFragmentDuration: 0.2 }),
    webm: () => new WebMOutputFormat(),
    live: () => new WebMOutputFormat({ appendOnly: true }), // without a duration or an index, as while it is recorded
  };
  const canvas = Object.assign(document.createElement("canvas"), { width: 96, height: 64 });
  const context = canvas.getContext("2d");
  const output = new Output({ format: formats[format](), target: new BufferTarget() });
  const source = new CanvasSource(canvas, { codec, bitrate: 400_000, keyFrameInterval: 100 });
  output.addVideoTrack(source);
  await output.start();
  for (const [i, time] of times.entries()) {
    context.fillStyle = `rgb(${Array(3).fill((i % 25) * step + step / 2)})`;
    context.fillRect(0, 0, 96, 64);
    await source.add(time, (times[i + 1] ?? time + 0.04) - time);
  }
  await output.finalize();
  return btoa(Array.from(new Uint8Array(output.target.buffer), (byte) => String.fromCharCode(byte)).join(""));
}
"""
# finds no hands, but which frame it is; the page's own stepping, progress and request are as ever
LOOK = """
async ([step, milliseconds]) => {
  const { Clip } = await import("/web/clip.js");
  const { Holistic } = await import("/web/holistic.js");
  Object.assign(window, { numbers: [], times: [], said: [], hints: [] });
  const frames = Clip.prototype.frames;
  Clip.prototype.frames = async function* (signal) {
    for await (const time of frames.call(this, signal)) (window.times.push(time), yield time);
  };
  const find = async (picture) => {
    const [grey] = picture.getContext("2d").getImageData(picture.width / 2, picture.height / 2, 1, 1).data;
    window.numbers.push(Math.floor(grey / step));
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return new Float32Array(540).fill(window.numbers.at(-1));
  };
  Holistic.load = async () => ({ software: true, reset() {}, find });
  for (const [name, kept] of [["progress", window.said], ["hint", window.hints]]) {
    const shown = app.stage[name].bind(app.stage);
    app.stage[name] = (text, ...rest) => (text && kept.push(text), shown(text, ...rest));
  }
}
"""


def film(view: View, kind: str, times: Sequence[float], codec: str = "") -> bytes:
    """A video file (96 × 64) whose frames begin at these seconds; `kind`: mp4, fragmented, webm or live."""
    codec = codec or ("vp9" if kind in ("mp4", "fragmented") else "vp8")
    return base64.b64decode(view.run(FILM, [kind, codec, list(times), STEP]))


def watch(view: View, milliseconds: float = 0) -> None:
    """From here on landmarks take so long to find, and the page keeps which frames were looked at."""
    view.run(LOOK, [STEP, milliseconds])
    view.page.route("**/predict?*", lambda route: _answer(view, route))


def _answer(view: View, route: Any) -> None:
    view.asked_for = route.request
    route.fulfill(json={"predictions": [{"gloss": "up", "score": 0.9}]})


def give(view: View, content: bytes, name: str) -> None:
    """Choose the file, as a person does."""
    view["#file"].set_input_files({"name": name, "mimeType": "", "buffer": content})


def look(view, content: bytes, name: str) -> dict:
    """Give a file and wait for the answer: which frames were looked at, what was said, and what was sent."""
    view.run("() => { for (const kept of [numbers, times, said]) kept.length = 0; app.answer.candidates = null; }")
    give(view, content, name)
    view.wait("app.answer.candidates || app.notice.state")
    assert view.run("() => app.notice.state") == "", f"{name}: {view['#notice'].text_content()}"
    half = "f16" in view.asked_for.headers["content-type"]
    sent = np.frombuffer(view.asked_for.post_data_buffer, np.float16 if half else np.float32).reshape(-1, 180, 3)
    (fps,) = re.findall(r"fps=([\d.]+)", view.asked_for.url)
    return view.run("() => ({ numbers, times, said })") | {"sent": sent[:, 0, 0], "fps": float(fps)}
