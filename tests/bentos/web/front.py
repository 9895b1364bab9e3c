"""The service's front with a model folder, as one small process that can be killed and started again at its port.

python -m tests.bentos.web.front PORT MODEL_FOLDER PAGE_FOLDER [ENGLISH]

With ENGLISH, a stand-in for a language model answers that for every phrase.
"""

import sys
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn

from bentos.http.app import create_app
from bentos.kernel import Kernel
from bentos.model.recogniser import Recogniser
from bentos.model.versions import FolderSource
from bentos.settings import Settings


def main(port: str, model: str, page: str, english: str = "") -> None:
    """Serve until killed."""
    # a phrase ends when the page says so, however slow the machine is
    settings = Settings(page_dir=Path(page), resume_secret="of all tests", live_threshold=0.2, live_phrase_pause=30)
    app = create_app(settings)

    async def ask(lattice, context, asker):
        return {"text": english}

    @asynccontextmanager
    async def lifespan(app):
        kernel = Kernel(settings, Recogniser(FolderSource(Path(model), {"version": "1"})), ask, bool(english))
        await kernel.start()
        app.state.kernel = kernel
        yield
        await kernel.close()

    app.router.lifespan_context = lifespan
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
