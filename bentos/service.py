"""The two services of the bento: the recogniser, which is the front, and the translation runner behind it."""

import gc
import logging
import os
import secrets
from typing import Any

import bentoml
from bentoml.exceptions import BentoMLConfigException

from bentos import metrics, stopping
from bentos.delivery.packaging import BuildArguments, Chosen, Labels, PackedModel, packed_source
from bentos.http.app import create_app, leave
from bentos.http.connections import install
from bentos.http.middleware import Shield
from bentos.kernel import Kernel
from bentos.logs import configure, explain_used_port
from bentos.model.recogniser import Recogniser
from bentos.model.versions import FolderSource, RegistryOrBase, RegistrySource, Source
from bentos.settings import Settings, tracking_uri
from bentos.translation.budget import Asker, Budget
from bentos.translation.lattice import Lattice
from bentos.translation.settings import TranslationSettings, bare

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")  # a version's download would draw in the log
# read first in the process that starts the workers, which inherit it: so all of them accept each other's tokens
os.environ.setdefault("ISLR_RESUME_SECRET", secrets.token_hex(32))
log = logging.getLogger(__name__)

os.environ.setdefault("FORWARDED_ALLOW_IPS", "")  # a proxy is believed only where somebody says that it is one
if "BENTOML_RUNNER_MAP" in os.environ:  # a process that serves
    configure()
else:
    metrics.own_folder()

try:
    app = create_app(Settings.from_env())
except ValueError as error:
    raise BentoMLConfigException(str(error)) from None  # BentoML's commands show it as a sentence, not as a trace
install()
chosen = Chosen(bentoml.use_arguments(BuildArguments))
_LOGGING = {"access": {"enabled": False}}  # the front writes its own lines, with request ids


@bentoml.service(workers=1, traffic={"timeout": 30}, metrics={"enabled": False}, logging=_LOGGING)
class TranslationRunner:
    """Asks the language model; scales and fails apart from the recogniser."""

    def __init__(self) -> None:
        from bentos.translation.llm import Translator

        stopping.before_the_server()
        settings = TranslationSettings.from_env()
        self.translator = Translator(settings, os.environ.get("OPENAI_API_KEY", ""), Budget(settings))

    @bentoml.api
    async def translate(self, lattice: list[Any], context: list[str], client: str, session: str) -> dict[str, str]:
        """English for a lattice: {"text": …}, or {"reason": …} when there is none."""
        from bentos.translation.answer import NoEnglishError

        signs = tuple(tuple((str(gloss), float(score)) for gloss, score in sign) for sign in lattice)
        try:
            return {"text": await self.translator.english(signs, tuple(context), Asker(client, session))}
        except NoEnglishError as error:
            return {"reason": error.reason}

    @bentoml.on_shutdown
    async def close(self) -> None:
        """Close the connections to the language model."""
        await self.translator.close()


@bentoml.service(
    name="islr",
    workers="cpu_count",
    traffic={"timeout": 60},
    metrics={
        "enabled": False
    },  # BentoML labels by raw path, which clients could make grow; /metrics is the front's own
    logging=_LOGGING,
    tracing={"excluded_urls": ["/predict", "/live"]},  # a span for every chunk of a body costs more than reading it
    http={"host": "127.0.0.1", "port": 3000},
    runner_probe={"enabled": False},  # without English there are still glosses: no reason not to be ready
    labels=Labels(chosen),
)
@bentoml.asgi_app(app, path="/")
class Islr:
    """Serves the Production version, or the base: /predict, /translate, /live and the page."""

    runner = bentoml.depends(TranslationRunner)
    packed = PackedModel(chosen)

    def __init__(self) -> None:
        settings = Settings.from_env()
        recogniser = Recogniser(_source(settings), max_waiting=settings.max_waiting, vocabulary=settings.vocabulary)
        llm = bool(bare(os.environ.get("OPENAI_API_KEY", "")) or settings.llm_base_url)
        self.kernel = Kernel(settings, recogniser, self._ask, llm)
        stopping.before_the_server(lambda: leave(app, self.kernel))

    async def _ask(self, lattice: Lattice, context: tuple[str, ...], asker: Asker) -> dict[str, str]:
        signs = [[[gloss, score] for gloss, score in sign] for sign in lattice]
        by = {"client": asker.client, "session": asker.session}
        return await self.runner.to_async.translate(lattice=signs, context=list(context), **by)

    @bentoml.on_deployment
    @staticmethod
    def prepare() -> None:
        """In the process that starts the others: its lines are JSON, too."""
        configure()
        explain_used_port()

    @bentoml.on_startup
    async def start(self) -> None:
        """Take up the model before the first request."""
        await self.kernel.start()
        gc.freeze()  # half a million objects that stay: looking through them again and again costs 0.1 s each time
        app.state.kernel = self.kernel

    @bentoml.on_shutdown
    async def close(self) -> None:
        """Say goodbye to live sessions and finish what is under way."""
        await self.kernel.close()

    async def __is_ready__(self) -> bool:
        return self.kernel.recogniser.ready and not self.kernel.draining


Islr.add_asgi_middleware(Shield)  # type: ignore[attr-defined]  # BentoML's own routes, too


def _source(settings: Settings) -> Source:
    """A folder when one is set, the bento's own model when this is one, else the registry, else the base."""
    if settings.model_dir is not None:
        return FolderSource(settings.model_dir)
    packed = packed_source(getattr(Islr, "bento", None))
    return packed or RegistryOrBase(RegistrySource(tracking_uri(), settings.model_name))
