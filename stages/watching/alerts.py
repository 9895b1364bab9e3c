"""Tell somebody: by a command, by a webhook, or both."""

import json
import logging
import os
import shlex
import subprocess
import urllib.request

log = logging.getLogger(__name__)
TIMEOUT = 10  # seconds


def alert(event: str, text: str, command: str = "", url: str = "") -> None:
    """Tell of an event; a hook that fails is logged and changes nothing.

    Args:
        event: "start", "success", "unchanged", "failure", "refused", "accuracy" or "drift".
        text: one sentence.
        command: run with ISLR_EVENT and ISLR_TEXT in its environment; no shell.
        url: gets a POST of {"event", "text"} as JSON.
    """
    if command:
        try:
            env = os.environ | {"ISLR_EVENT": event, "ISLR_TEXT": text}
            subprocess.run(shlex.split(command), env=env, timeout=TIMEOUT, check=True, capture_output=True)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            log.warning("the alert command failed: %s", error)
    if url:
        try:
            body = json.dumps({"event": event, "text": text}).encode()
            request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
            urllib.request.urlopen(request, timeout=TIMEOUT).close()  # noqa: S310
        except (OSError, ValueError) as error:
            log.warning("the alert webhook failed: %s", error)
