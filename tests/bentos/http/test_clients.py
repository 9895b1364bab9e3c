"""Who asks."""

import pytest

from bentos.http.clients import client_of, is_local


@pytest.mark.parametrize(
    ("host", "client", "local"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "::/64", True),
        ("::ffff:127.0.0.1", "127.0.0.1", True),
        ("203.0.113.9", "203.0.113.9", False),
        ("172.17.0.1", "172.17.0.1", False),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", False),
        ("", "", True),
    ],
)
def test_who_asks(host, client, local):
    scope = {"client": (host, 1) if host else None, "headers": []}
    assert (client_of(scope), is_local(scope)) == (client, local)


@pytest.mark.parametrize("header", [b"x-forwarded-for", b"forwarded", b"x-real-ip", b"via"])
def test_what_came_through_a_proxy_is_not_local(header):
    assert not is_local({"client": ("127.0.0.1", 1), "headers": [(header, b"127.0.0.1")]})
