"""Alerts reach commands and webhooks."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from stages.watching.alerts import alert


def test_alerts_reach_command_and_webhook_and_never_fail(tmp_path, monkeypatch, caplog):
    got = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.handle_request, daemon=True).start()
    script = "import os; open('told', 'w').write(os.environ['ISLR_EVENT'] + ' ' + os.environ['ISLR_TEXT'])"
    monkeypatch.chdir(tmp_path)
    alert("failure", "it's broken", f'{sys.executable} -c "{script}"', f"http://127.0.0.1:{server.server_port}/")
    assert (tmp_path / "told").read_text() == "failure it's broken"
    assert got == [{"event": "failure", "text": "it's broken"}]
    server.server_close()
    alert("start", "x", "no-such-command", "http://127.0.0.1:9/")
    assert "alert command failed" in caplog.text
    assert "alert webhook failed" in caplog.text
