"""Where a request comes from, and which networks are let in.

A deployment behind a load balancer names it in `trusted_proxies`; only then is X-Forwarded-For
read, from the right, up to the first address that is not a trusted proxy's.
"""

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)

from starlette.datastructures import Headers
from starlette.types import Scope

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def client_address(scope: Scope, *, trusted_proxies: Sequence[Network] = ()) -> Address | None:
    """The address of the one who asks; None when the server does not know its peer."""
    if not scope.get("client"):
        return None
    address = _parse(scope["client"][0])
    if address is None or not contains(trusted_proxies, address):
        return address
    forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
    for hop in reversed(forwarded):
        previous = _parse(hop.strip())
        if previous is None:
            return address
        address = previous
        if not contains(trusted_proxies, address):
            return address
    return address


def contains(networks: Sequence[Network], address: Address | None) -> bool:
    return address is not None and any(address in network for network in networks)


def neighbourhood(address: Address | None) -> str:
    """What one guesser can speak from: an IPv4 address, an IPv6 /64 (RFC 6177)."""
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, 64), strict=False))
    return str(address)


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A dual-stack socket reports 10.0.0.1 as ::ffff:10.0.0.1.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
