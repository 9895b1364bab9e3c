"""Settings as a process with these environment variables has them."""

import os
from unittest import mock

from bentos.settings import Settings


def from_env(environ: dict[str, str]) -> Settings:
    with mock.patch.dict(os.environ, environ):
        return Settings.from_env()
