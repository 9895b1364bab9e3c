"""Prometheus metrics of all processes. Labels come from fixed sets, so that no client can make their number grow."""

import atexit
import logging
import os
import re
import secrets
import shutil
import tempfile
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.mmap_dict import MmapedDict

log = logging.getLogger(__name__)
_FAST = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_LLM_FAILURES = (
    "timeout connection rate_limited server_error refused refused_key no_quota not_found misconfigured garbage huge "
    "filtered declined unfinished empty breaker_open budget"
)
LLM_OUTCOMES = frozenset(["ok", "cached", "other", *_LLM_FAILURES.split()])

REQUESTS = Counter("islr_requests", "HTTP requests", ["route", "status"])
REQUEST_SECONDS = Histogram("islr_request_seconds", "Time of a request", ["route"], buckets=_FAST)
STEP_SECONDS = Histogram("islr_step_seconds", "Time of one step of a prediction", ["step"], buckets=_FAST)
REFUSED = Counter("islr_refused", "Requests refused before any work", ["why"])
FEEDBACK = Counter("islr_feedback", "Signs and corrections that the operator wants kept", ["fate"])
MODEL_SWAPS = Counter("islr_model_swaps", "Times that a process took up a version")
MODEL_LOADED = Gauge("islr_model_loaded", "Processes with a model", multiprocess_mode="livesum")
MODEL_REFUSED = Gauge(
    "islr_model_refused", "Versions refused since the one that is named last served", multiprocess_mode="livemax"
)
MODEL_LOOKED = Gauge(
    "islr_model_looked_timestamp_seconds", "When a registry last said what to serve", multiprocess_mode="livemin"
)
SESSIONS = Gauge("islr_live_sessions", "Open live sessions", multiprocess_mode="livesum")
LIVE_FRAMES = Counter("islr_live_frames", "Frames of live sessions", ["fate"])
COMMITS = Counter("islr_live_commits", "Signs that ended", ["result"])
COMMIT_SECONDS = Histogram("islr_live_commit_seconds", "Time from a sign's last frame to its gloss", buckets=_FAST)
ENGLISH = Counter("islr_english", "Texts given to people", ["source"])
ENGLISH_SECONDS = Histogram("islr_english_seconds", "Time from a phrase's end to its text", ["source"], buckets=_FAST)
LLM_REQUESTS = Counter("islr_llm_requests", "Questions to the language model", ["outcome"])
LLM_SECONDS = Histogram("islr_llm_seconds", "Time of its answers", buckets=_FAST)
LLM_TOKENS = Counter("islr_llm_tokens", "Tokens", ["kind"])
LLM_DOLLARS = Counter("islr_llm_dollars", "What the answers cost by the configured prices")


def own_folder() -> None:
    """Let the service that this process starts keep its metrics in a folder of its own.

    BentoML takes one folder for all services of a user, and empties it whenever one of them starts.
    """
    from bentoml._internal.configuration.containers import BentoMLContainer

    folder = Path(tempfile.gettempdir()) / f"islr-metrics-{os.getpid()}-{secrets.token_hex(8)}"
    BentoMLContainer.prometheus_multiproc_dir.set(str(folder))  # BentoML makes it
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _bury(folder: Path) -> None:
    """Forget what processes that have died said of themselves; what they counted stays, where it can be read."""
    for path in folder.glob("*.db"):
        pid = int(re.sub(r"\D", "", path.stem) or 0)
        if Path("/proc").is_dir() and pid and not Path(f"/proc/{pid}").exists():
            multiprocess.mark_process_dead(pid, str(folder))
            try:
                MmapedDict.read_all_values_from_file(str(path))
            except FileNotFoundError:
                continue
            except Exception as error:  # killed while it made or wrote the file
                log.warning("metrics of a process that died cannot be read: %s", error)
                path.unlink(missing_ok=True)


def exposition() -> tuple[bytes, str]:
    """The metrics of all processes as text, and its media type."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder is None:
        return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
    _bury(Path(folder))
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return generate_latest(registry), CONTENT_TYPE_LATEST
