"""Routes that say how the service is: health, the model that serves, its words, and the operator's metrics."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from bentos import metrics
from bentos.contract.skeleton import NUM_LANDMARKS
from bentos.http import schemas
from bentos.http.answers import ERRORS, answer, kernel_of
from bentos.kernel import Kernel


def add_status(app: FastAPI) -> None:
    """Add the routes that say how the service is and what it serves."""

    @app.get("/health", response_model=schemas.Health, responses={503: {"model": schemas.Health}})
    async def health(request: Request) -> Response:
        """200 when a model is loaded and answers."""
        kernel = kernel_of(request)
        reason = await kernel.healthy()
        if reason is not None:
            return answer({"status": "unavailable", "reason": reason}, 503)
        version = kernel.recogniser.loaded.version
        return answer({"status": "ok", "model": version.name, "version": version.version})

    @app.get("/metadata", response_model=schemas.Metadata, responses={503: ERRORS[503]})
    async def metadata(request: Request) -> Response:
        """The model that serves."""
        told = describe(kernel_of(request))
        if not request.app.state.guard.is_operator(request):
            told |= dict.fromkeys(("run_id", "git_commit", "data_version"), "")
        return answer(told)

    @app.get("/vocabulary", response_model=schemas.Vocabulary, responses={503: ERRORS[503]})
    async def vocabulary(request: Request) -> Response:
        """The glosses that the model knows, and how many clips of how many signers each was learnt from."""
        loaded = kernel_of(request).recogniser.loaded
        return answer({"glosses": await run_in_threadpool(lambda: loaded.vocabulary)})

    @app.get("/metrics", include_in_schema=False)
    def prometheus(request: Request) -> Response:
        request.app.state.guard.check_operator(request)
        content, media_type = metrics.exposition()
        return Response(content, media_type=media_type)


def describe(kernel: Kernel) -> dict[str, Any]:
    """What /metadata says."""
    loaded, settings, looked_at = kernel.recogniser.loaded, kernel.settings, kernel.recogniser.looked_at
    model, version = loaded.metadata, loaded.version
    return {
        "name": version.name,
        "version": version.version,
        "run_id": version.run_id,
        "git_commit": version.git_commit,
        "data_version": version.data_version,
        "source": version.source,
        "labels": loaded.labels,
        "vocabulary": [loaded.labels[i] for i in loaded.chosen],
        "language": model.get("language"),
        "learnt_from_source": model.get("source"),
        "accuracy": model.get("accuracy") or [],
        "max_frames": model.get("max_frames", 195),
        "padding_value": model.get("padding_value", -100.0),
        "num_landmarks": model.get("num_landmarks", NUM_LANDMARKS),
        "frame_rate": model.get("frame_rate", 25),
        "request_max_frames": settings.max_frames,
        "translation": "llm" if kernel.llm else "glosses",
        "translation_model": settings.llm_model if kernel.llm else None,
        "network": model.get("network"),
        "own_signs": loaded.space is not None,
        "space": loaded.space and loaded.space.id,
        "feedback": kernel.feedback.mode,
        "metrics": model.get("metrics") or {},
        "warning": kernel.recogniser.source.warning or kernel.recogniser.reason or None,
        "refused": list(kernel.recogniser.refusals),
        "looked_at": looked_at.isoformat(timespec="seconds") if looked_at else None,
    }
