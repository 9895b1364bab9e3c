"""Origins as operators write them and as browsers send them."""

import pytest

from bentos.http.origins import canonical, same_host
from bentos.settings import Settings
from tests.bentos.environment import from_env


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://example.com", "https://example.com"),
        ("https://example.com/", "https://example.com"),
        ("HTTPS://Example.COM", "https://example.com"),
        ("https://example.com:443", "https://example.com"),
        ("HTTPS://example.com:443/", "https://example.com"),
        ("http://example.com:80", "http://example.com"),
        ("http://example.com:443", "http://example.com:443"),
        ("http://localhost:5173/", "http://localhost:5173"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("chrome-extension://abcdef", "chrome-extension://abcdef"),
    ],
)
def test_origins_are_written_as_browsers_send_them(written, sent):
    assert canonical(written) == sent
    assert from_env({"ISLR_CORS_ORIGINS": f" '{written}' ,"}).cors_origins == (sent,)


@pytest.mark.parametrize(
    "wrong",
    [
        "example.com",
        "localhost:5173",
        "//example.com",
        "https://example.com/app",
        "https://example.com?x",
        "https://me@example.com",
        "https://*.example.com",
        "https://a.example https://b.example",
        "https://example.com:99999",
        "https://[",
        "https://",
        "null",
        "**",
    ],
)
def test_what_is_no_origin_is_refused_at_start(wrong):
    with pytest.raises(ValueError, match=r"ISLR_CORS_ORIGINS: .* is no origin; right is scheme://host"):
        from_env({"ISLR_CORS_ORIGINS": f"https://right.example,{wrong}"})


def test_everybody_is_everybody():
    assert Settings(cors_origins=("https://a.example", "*")).cors_origins == ("*",)


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("https://example.com", "example.com", True),
        ("https://example.com", "example.com:443", True),
        ("https://example.com", "EXAMPLE.com", True),
        ("http://example.com:8080", "example.com:8080", True),
        ("http://[::1]:3000", "[::1]:3000", True),
        ("https://example.com", "example.com:8443", False),
        ("http://example.com", "example.com:443", False),
        ("https://example.com.evil.example", "example.com", False),
        ("null", "example.com", False),
        ("null", "", False),
        ("http://", "", False),
        ("http://[", "example.com", False),
        ("http://example.com", "[", False),
    ],
)
def test_pages_of_the_server_itself(origin, host, same):
    assert same_host(origin, host) is same
