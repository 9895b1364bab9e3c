"""Whatever comes in: no 5xx, no crash, no session left behind. `ISLR_FUZZ_CASES`: how many cases each test tries."""

import asyncio
import json
from urllib.parse import quote

import numpy as np
import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks
from starlette.websockets import WebSocketDisconnect

from bentos.http import bodies
from bentos.live import wire
from bentos.live.messages import ClientMessage
from bentos.model.versions import FolderSource
from bentos.settings import Settings
from tests.bentos.clients import as_json, client_for
from tests.bentos.http import asgi
from tests.bentos.live.clients import client_for as live_client
from tests.bentos.live.streams import drawn_sign
from tests.bentos.strategies import CASES, FUZZ, numbers, openings, vocabularies
from tests.bentos.tiny_model import LABELS

POINT = [0.5, 0.4, 0.0]


@pytest.fixture(scope="module")
def client(tiny_model):
    return client_for(FolderSource(tiny_model), Settings(costly_per_minute=0, rate_per_minute=0))


@pytest.fixture(scope="module")
def live(tiny_model):
    return live_client(tiny_model, live_phrase_pause=0.1)


@pytest.fixture(scope="module")
def taught(embedding_model):
    return live_client(embedding_model)


def test_the_openapi_document_is_true(client):
    """schemathesis: what the document promises is what the routes do."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", client.app).exclude(path_regex="^/(predict|embed)$")
    wanted = [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(FUZZ, max_examples=min(CASES, 150))
        @given(case=operation.as_strategy())
        def check(case):
            case.call_and_validate(checks=wanted)

        check()


@st.composite
def request_bodies(draw):
    """Bodies of /predict: a right one with a few things wrong, as JSON text."""
    frames = [[[i / 180, *POINT[1:]] for i in range(180)] for _ in range(draw(st.integers(1, 3)))]
    document = {"landmarks": frames}
    for _ in range(draw(st.integers(0, 3))):
        frame = draw(st.integers(0, len(frames) - 1))
        if not (isinstance(frames[frame], list) and len(frames[frame]) > 5 and isinstance(frames[frame][5], list)):
            continue
        change = draw(st.sampled_from(("value", "point", "frame", "option", "cut", "more")))
        if change == "value" and frames[frame][5]:
            frames[frame][5][0] = draw(numbers)
        elif change == "point":
            frames[frame][5] = draw(st.one_of(numbers, st.lists(numbers, max_size=4)))
        elif change == "frame":
            frames[frame] = draw(st.one_of(numbers, st.lists(st.lists(numbers, max_size=3), max_size=3)))
        elif change == "cut":
            frames[frame].pop()
        elif change == "more":
            frames[frame].append(list(POINT))
        else:
            option = draw(st.sampled_from(("top_n", "fps", "aspect", "vocabulary", "other")))
            document[option] = draw(vocabularies if option == "vocabulary" else numbers)
    text = json.dumps(document)
    return text[: draw(st.integers(0, len(text)))] if draw(st.integers(0, 9)) == 0 else text


@FUZZ
@given(body=request_bodies())
def test_predict_never_fails(client, body):
    answer = client.post("/predict", content=body.encode(), headers={"content-type": "application/json"})
    assert answer.status_code in (200, 400, 413, 422), answer.text
    assert ("predictions" if answer.status_code == 200 else "error") in answer.json()


@FUZZ
@given(
    body=st.one_of(
        st.binary(max_size=50), st.binary(min_size=1080, max_size=1080), st.binary(min_size=2160, max_size=2160)
    ),
    media_type=st.sampled_from((*bodies.MEDIA_TYPES, "application/json", "text/html", "", "é")),
    query=st.dictionaries(
        st.sampled_from(("top_n", "fps", "aspect", "vocabulary", "landmarks", "x")),
        st.text(max_size=6) | st.lists(st.sampled_from(LABELS), max_size=3),
        max_size=2,
    ),
)
def test_binary_predict_never_fails(client, body, media_type, query):
    headers = {"content-type": media_type.encode("utf-8")}
    answer = client.post("/predict", content=body, headers=headers, params=query)
    assert answer.status_code in (200, 400, 413, 415, 422), answer.text


piles = st.builds(
    lambda start, unit, times, end: start + unit * times + end,
    st.sampled_from(
        (b"", b'{"landmarks": ', b'{"landmarks": [', b'{"candidates": [', b'{"gloss": "book", "vocabulary": [')
    ),
    st.sampled_from(
        (b"[", b"[],", b"[[]],", b'{"a":', b"{},", b'"",', b"1e9,", b"null,", b"[1,2,3],", b"\\", b"\xff", b" ")
    ),
    st.integers(0, 9) | st.integers(0, 3000) | st.sampled_from((60_000, 400_000)),
    st.sampled_from((b"", b"]}", b"[]]}", b"}", b'"')),
)
many_keys = st.integers(0, 2000).map(lambda n: json.dumps({f"k{i}": i for i in range(n)}).encode())


@FUZZ
@given(path=st.sampled_from(("/predict", "/translate", "/feedback")), body=piles | many_keys)
def test_piles_of_brackets_and_keys_never_fail(client, path, body):
    answer = client.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 404, 413, 422), answer.text[:200]
    assert len(answer.content) < 1000
    assert "Traceback" not in answer.text


names = st.text(st.characters(exclude_categories=("Cs",)), max_size=20) | st.sampled_from(
    ("%00", "..", "x" * 300, "x" * 9000)
)


@FUZZ
@given(
    start=st.sampled_from(("/", "/web/", "/assets/", "/vocabulary/")),
    name=names,
    method=st.sampled_from(("GET", "POST")),
)
def test_names_never_fail(client, start, name, method):
    quoted = name if name == "%00" else quote(name, safe="")
    answer = client.request(method, start + quoted, follow_redirects=False)
    assert answer.status_code < 500, answer.text[:200]


parts = st.lists(st.binary(max_size=40) | st.sampled_from((b"0" * 2**16, b"0" * 2**20)), max_size=12)


@FUZZ
@given(
    path=st.sampled_from(("/predict", "/translate", "/feedback", "/health", "/web/page.js", "/nowhere")),
    method=st.sampled_from(("POST", "GET", "PUT")),
    body=parts,
    gone=st.booleans(),
)
def test_chunks_and_hang_ups_never_fail(client, caplog, path, method, body, gone):
    said = [asgi.part(content) for content in body]
    said.append(asgi.HANGS_UP if gone else asgi.part(b"", more=False))
    sent = asyncio.run(asgi.ask(client.app, asgi.scope(path, method), said))
    assert sent[0]["status"] < 500
    assert not [r for r in caplog.records if r.levelname in ("ERROR", "CRITICAL")]


sign = list(drawn_sign(25, 0.8))
frames = st.builds(
    lambda t, i, dtype: wire.encode_frame(t, sign[i], dtype),
    st.floats(0, 1e6, allow_nan=False) | st.floats(0, 5),
    st.integers(0, len(sign) - 1),
    st.sampled_from(("<f2", "<f4")),
)
strange = st.builds(
    lambda t, v: wire.HEADER.pack(1, t) + np.full(540, v, "<f2").tobytes(), st.floats(), st.floats(width=16)
)


SHAPES = TypeAdapter(ClientMessage).json_schema()["$defs"]


def values(schema):
    """Values of a field, from its JSON schema; glosses are mostly the model's, numbers of signs mostly small."""
    if "anyOf" in schema:
        return st.one_of(*map(values, schema["anyOf"]))
    if "$ref" in schema:
        fields = SHAPES[schema["$ref"].rpartition("/")[2]]["properties"]
        return st.fixed_dictionaries({name: values(field) for name, field in fields.items()})
    low, high = schema.get("minimum"), schema.get("maximum")
    return {
        "null": st.none,
        "boolean": st.booleans,
        "integer": lambda: st.integers(0, 4) if low is None else st.integers(low, high),
        "number": lambda: st.floats(low, high, allow_nan=False),
        "string": lambda: st.sampled_from(LABELS) | st.text(max_size=50),
        "array": lambda: st.lists(values(schema["items"]), min_size=schema.get("minItems", 0), max_size=14),
    }[schema["type"]]()


@st.composite
def commands(draw):
    """A message of the union, three times out of four with something wrong in it, as JSON."""
    fields = draw(st.sampled_from([shape["properties"] for shape in SHAPES.values() if "type" in shape["properties"]]))
    chosen = {name: draw(values(schema)) for name, schema in fields.items() if name != "type" and draw(st.booleans())}
    message = {"type": fields["type"]["const"], **chosen}
    wrong = draw(st.sampled_from(("nothing", "value", "field", "more")))
    name = draw(st.sampled_from(list(fields)))
    if wrong == "value":
        message[name] = draw(vocabularies)
    elif wrong == "field":
        message.pop(name, None)
    elif wrong == "more":
        message |= draw(st.dictionaries(st.text(max_size=5), numbers, max_size=3))
    return json.dumps(message)


messages = st.lists(st.one_of(frames, strange, st.binary(max_size=40), commands(), st.text(max_size=20)), max_size=25)


@FUZZ
@given(sent=messages)
def test_a_socket_never_fails_and_leaves_nothing_behind(live, caplog, sent):
    code = None
    with live.websocket_connect("/live") as socket:
        try:
            for message in sent:
                socket.send_text(message) if isinstance(message, str) else socket.send_bytes(message)
            socket.send_text("{}")  # whatever came before, this gets its error: the session lives
            while True:
                event = socket.receive_json()
                if (event["type"] == "error" and "message type" in event["error"]) or event.get("fatal"):
                    break
        except WebSocketDisconnect as closed:
            code = closed.code
    assert code in (None, 1008, 1009)
    assert not [r for r in caplog.records if r.levelname in ("ERROR", "CRITICAL")]


@FUZZ
@given(data=st.data())
def test_no_opening_message_with_own_signs_fails(taught, caplog, data):
    caplog.clear()
    space = taught.app.state.kernel.recogniser.loaded.space.id
    text = data.draw(openings(space))
    with taught.websocket_connect("/live") as socket:
        socket.send_text(text)
        socket.send_text('{"type": "ping"}')
        event = socket.receive_json()
        assert event["type"] in ("ready", "error")
        assert event["type"] == "ready" or event["error"]
    body = json.dumps(as_json(np.stack(sign[4:8])) | {"own_signs": json.loads(text)["own_signs"]})
    for route in ("/predict", "/embed"):
        assert taught.post(route, content=body).status_code in (200, 400, 422)  # 400: Infinity is no JSON
    assert not [r for r in caplog.records if r.levelname in ("ERROR", "CRITICAL")]


def test_no_session_is_left(live):
    from bentos import metrics

    assert metrics.SESSIONS._value.get() == 0
