"""Prometheus metrics of all processes. Labels come from fixed sets, so that no client can make their number grow."""

import os

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


def exposition() -> tuple[bytes, str]:
    """The metrics of all processes as text, and its media type."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return generate_latest(registry), CONTENT_TYPE_LATEST
