"""Who asks: the address that limits count by, and whether it is somebody on this machine."""

import ipaddress
from collections.abc import Mapping
from typing import Any

_FORWARDED = frozenset((b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via"))


def client_of(scope: Mapping[str, Any]) -> str:
    """The client that a limit counts for: an IPv4 address, or the network of an IPv6 address, of which one has 2^64."""
    host, _ = scope["client"] or ("", 0)
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    if address.version == 6 and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)


def is_local(scope: Mapping[str, Any]) -> bool:
    """Whether a program or browser on this machine asks: over loopback, and not through a proxy."""
    if any(name in _FORWARDED for name, _ in scope["headers"]):
        return False
    host, _ = scope["client"] or ("", 0)
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return True  # a socket in the file system
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
