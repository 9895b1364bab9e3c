"""A real HTTP server that stands in for a language model, and misbehaves as asked."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Manner = str | tuple[int, dict]


def completion(content: object, finish: str | None = "stop", **message) -> Manner:
    """The manner that answers with this content."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content} | message}
    return 200, {"choices": [choice], "usage": {"prompt_tokens": 120, "completion_tokens": 8}}


def refused(parameter: str, said: str) -> Manner:
    """The manner that refuses a parameter in OpenAI's words."""
    error = {"message": f"Unsupported parameter: '{parameter}' {said}", "type": "invalid_request_error"}
    return 400, {"error": error | {"param": parameter, "code": "unsupported_parameter"}}


class StandIn:
    """What the server does, and what it was asked.

    Attributes:
        manner: "good", "slow", "429", "no_quota", "500", "401", "garbage", "huge", "long", "cut", "trickle", "picky"
            (takes neither `max_tokens` nor `temperature`), or a status and a document to answer with as they are; a
            list is taken in turn, its last for ever.
        path: the only one that it answers.
        seconds: how long a good answer takes.
        requests: bodies received.
        keys: authorization headers received.
    """

    def __init__(self, manner: Manner | list[Manner] = "good", seconds: float = 0.0, text: str = "I want a book."):
        self.manner = manner
        self.path = "/v1/chat/completions"
        self.seconds = seconds
        self.text = text
        self.requests: list[dict] = []
        self.keys: list[str] = []
        self.url = ""

    def next_manner(self) -> Manner:
        """How to answer now."""
        if not isinstance(self.manner, list):
            return self.manner
        return self.manner.pop(0) if len(self.manner) > 1 else self.manner[0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stand_in: StandIn

    def log_message(self, *args) -> None:
        pass

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        self.stand_in.requests.append(json.loads(self.rfile.read(length)))
        self.stand_in.keys.append(self.headers.get("authorization", ""))
        try:
            self.answer(self.stand_in.next_manner() if self.path == self.stand_in.path else (404, {"detail": "?"}))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def answer(self, manner: Manner) -> None:
        sent = self.stand_in.requests[-1]
        if manner == "picky" and "max_tokens" in sent:
            manner = refused("max_tokens", "is not supported with this model. Use 'max_completion_tokens' instead.")
        elif manner == "picky" and "temperature" in sent:
            manner = refused("temperature", "does not support 0.7 with this model.")
        errors = {
            "429": (429, {}),
            "500": (500, {}),
            "401": (401, {}),
            "no_quota": (429, {"code": "insufficient_quota"}),
        }
        if isinstance(manner, tuple):
            self.reply(manner[0], json.dumps(manner[1]).encode())
        elif manner in errors:
            status, error = errors[manner]
            self.reply(status, json.dumps({"error": {"message": "no", **error}}).encode())
        elif manner == "garbage":
            self.reply(200, b"<html>not what you think</html>")
        elif manner == "huge":
            self.reply(200, self.good("word " * 1_000_000))
        elif manner == "long":
            self.reply(200, self.good("A sentence that goes on and on. " * 100))
        elif manner == "cut":
            self.start(1000)
            self.wfile.write(b'{"choices": [')
            self.connection.shutdown(2)
            self.close_connection = True
        elif manner == "trickle":
            self.start(10_000)
            for _ in range(200):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.1)
        else:
            time.sleep(30 if manner == "slow" else self.stand_in.seconds)
            self.reply(200, self.good(self.stand_in.text))

    def good(self, text: str) -> bytes:
        return json.dumps(completion(text)[1]).encode()

    def start(self, length: int, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(length))
        self.end_headers()

    def reply(self, status: int, body: bytes) -> None:
        self.start(len(body), status)
        self.wfile.write(body)


@contextmanager
def standing_in(stand_in: StandIn) -> Iterator[StandIn]:
    """Run it on a free port."""
    handler = type("Handler", (_Handler,), {"stand_in": stand_in})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    stand_in.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
