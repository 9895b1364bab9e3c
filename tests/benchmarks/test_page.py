"""How soon the page is ready, what it loads, and how many frames a second its own code takes.

Run with `pytest tests/benchmarks/test_page.py -s`. Chromium without a graphics card: a person's browser draws faster.
"""

from tests.bentos.web.conftest import browser, front, launch, model, page_files, visit  # noqa: F401

LEAST_FPS = 60
TIMING = """
() => {
  const [navigation] = performance.getEntriesByType("navigation");
  const files = [navigation, ...performance.getEntriesByType("resource")];
  return {
    first: navigation.responseStart,
    bytes: files.reduce((sum, file) => sum + file.transferSize, 0),
    files: files.length,
  };
}
"""
READY = """
new MutationObserver((_, observer) => {
  if (!document.querySelector("#choices input")) return;
  window.readyAt = performance.now();
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
# all that happens to a frame but finding its landmarks: interpolate, encode, send, draw, advise
WORK = """
async (count) => {
  const { Advice } = await import("/web/advice.js");
  const { inARow } = await import("/web/recording.js");
  const recording = inARow(await Promise.all(app.model.labels.map((gloss) => app.vocabulary.load(gloss))), 0.2);
  const advice = new Advice();
  app.live.start({ aspect: recording.aspect });
  while (!app.live.open) await new Promise((resolve) => setTimeout(resolve, 20));
  app.stage.show("sample", recording.aspect);
  const took = [];
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    const points = recording.at((i / 60) % recording.duration);
    app.live.frame(began, points);
    app.stage.points(points);
    app.stage.hint(advice.see(points, began, { aspect: recording.aspect, fps: 60, picture: app.stage.overlay }));
    took.push(performance.now() - began);
    if (i % 10 === 9) await new Promise((resolve) => setTimeout(resolve));
  }
  app.signing.stop();
  return took.sort((a, b) => a - b);
}
"""
REPLAY = """
async (seconds) => {
  const { inARow } = await import("/web/recording.js");
  const recording = inARow(await Promise.all(app.model.labels.map((gloss) => app.vocabulary.load(gloss))), 0.2);
  let before = app.stage.drawn;
  app.signing.play(recording, { rate: 66 });
  while (app.stage.drawn === before) await new Promise((resolve) => setTimeout(resolve, 1));
  before = app.stage.drawn;
  const began = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  return [((app.stage.drawn - before) * 1000) / (performance.now() - began), app.live.dropped];
}
"""


def test_ready_soon_and_small(visit, front):  # noqa: F811
    view = visit(front, READY).ready()
    timing, ready = view.run(TIMING), view.run("() => window.readyAt")
    took, kilobytes = ready - timing["first"], timing["bytes"] / 1e3
    print(f"\nfirst byte to ready {took:.0f} ms; {kilobytes:.0f} kB in {timing['files']} files")  # noqa: T201
    assert timing["bytes"] < 1e6


def test_the_models_are_what_they_should_be(page_files):  # noqa: F811
    plain = [path for path in page_files.rglob("*") if path.is_file() and path.suffix != ".gz"]
    small = [path.with_name(f"{path.name}.gz") for path in plain]
    sent = sum((gz if gz.exists() else path).stat().st_size for path, gz in zip(plain, small, strict=True))
    whole = sum(path.stat().st_size for path in plain)
    print(f"\nto find landmarks: {whole / 1e6:.1f} MB, {sent / 1e6:.1f} MB over the line")  # noqa: T201
    assert sent < 32e6


def test_sixty_frames_a_second(visit, front):  # noqa: F811
    view = visit(front).ready()
    took = view.run(WORK, 600)
    median, slow = took[len(took) // 2], took[int(len(took) * 0.95)]
    fps, dropped = view.run(REPLAY, 4)
    print(  # noqa: T201
        f"\nown code {median:.2f} ms a frame (p95 {slow:.2f}), {1000 / median:.0f} frames a second; "
        f"replayed at 66: {fps:.1f} drawn a second, {dropped} dropped"
    )
    assert 1000 / median >= LEAST_FPS
