"""Origins of web pages, compared as browsers write them."""

import re

import httpx

ANY = "*"
_NETLOC = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d+)?")


def canonical(origin: str) -> str:
    """An origin as browsers send it: lower case, no slash at its end, no port that its scheme has anyway.

    Raises:
        ValueError: it is no origin; says what is right.
    """
    try:
        url = httpx.URL(origin.lower())
    except httpx.InvalidURL:
        url = httpx.URL()
    netloc, more = url.netloc.decode(), url.userinfo or url.raw_path != b"/" or url.fragment
    if more or not url.scheme or not _NETLOC.fullmatch(netloc) or (url.port or 0) > 65535:
        right = "scheme://host or scheme://host:port, such as https://example.com, or * for the pages of everybody"
        raise ValueError(f"{origin[:100]!r} is no origin; right is {right}")
    return f"{url.scheme}://{netloc}"


def same_host(origin: str, host: str) -> bool:
    """Whether a page of this origin comes from the server that is asked as `host` (a Host header)."""
    try:
        url = httpx.URL(origin.lower())
        return bool(url.netloc) and url.netloc == httpx.URL(f"{url.scheme}://{host}").netloc
    except (httpx.InvalidURL, ValueError):  # what is no name in any alphabet raises the second
        return False
