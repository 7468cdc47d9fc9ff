"""Whose address a request comes from, and who may say so for another."""

from ipaddress import ip_address, ip_network

import pytest

from gateway.networks import client_address, contains, neighbourhood

PROXIES = (ip_network("10.0.0.0/8"),)


def scope(peer: str | None, *forwarded: str) -> dict:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return {"type": "http", "client": (peer, 4711) if peer else None, "headers": headers}


def test_without_trusted_proxies_a_forwarded_header_changes_nothing():
    assert client_address(scope("192.0.2.7", "127.0.0.1")) == ip_address("192.0.2.7")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.1.1.1", ["192.0.2.7"], "192.0.2.7"),
        ("10.1.1.1", ["203.0.113.9, 192.0.2.7"], "192.0.2.7"),
        ("10.1.1.1", ["203.0.113.9", "192.0.2.7, 10.2.2.2"], "192.0.2.7"),
        ("10.1.1.1", ["10.3.3.3, 10.2.2.2"], "10.3.3.3"),
        ("10.1.1.1", ["192.0.2.7, nonsense"], "10.1.1.1"),
        ("10.1.1.1", [], "10.1.1.1"),
        ("192.0.2.7", ["203.0.113.9"], "192.0.2.7"),
        ("::ffff:10.1.1.1", ["192.0.2.7"], "192.0.2.7"),
    ],
)
def test_the_last_address_that_no_trusted_proxy_has_is_the_client(peer, forwarded, client):
    found = client_address(scope(peer, *forwarded), trusted_proxies=PROXIES)
    assert found == ip_address(client)


def test_an_unknown_peer_is_in_no_network():
    assert client_address(scope(None)) is None
    assert not contains((ip_network("0.0.0.0/0"),), None)


def test_a_guesser_with_a_whole_ipv6_prefix_counts_once():
    assert neighbourhood(ip_address("2001:db8::1")) == neighbourhood(ip_address("2001:db8::2"))
    assert neighbourhood(ip_address("192.0.2.7")) != neighbourhood(ip_address("192.0.2.8"))
