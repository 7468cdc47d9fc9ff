"""What may change something, by where the browser says it comes from."""

import pytest
from starlette.datastructures import Headers

from gateway.crossorigin import check_same_site
from gateway.errors import CrossSite

OURS = "https://hall.example.edu"


def passes(method: str, headers: dict[str, str]) -> bool:
    try:
        check_same_site(method, Headers(headers), origin=OURS)
    except CrossSite:
        return False
    return True


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin", "cookie": "sid=1"},
        {"sec-fetch-site": "none", "cookie": "sid=1"},
        {"origin": OURS, "cookie": "sid=1"},
        {"origin": "HTTPS://HALL.example.edu", "cookie": "sid=1"},
        {},
    ],
)
def test_our_own_pages_and_cookieless_programs_may_change_things(method, headers):
    assert passes(method, headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"])
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "cookie": "sid=1"},
        {"sec-fetch-site": "same-site", "cookie": "sid=1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "cross-site", "origin": OURS},
        {"sec-fetch-site": ""},
        {"origin": "https://evil.example", "cookie": "sid=1"},
        {"origin": "http://hall.example.edu", "cookie": "sid=1"},
        {"origin": "https://hall.example.edu:8443"},
        {"origin": "null"},
        {"origin": ""},
        {"cookie": "sid=1"},
        {"cookie": "other=1"},
    ],
)
def test_other_sites_and_silent_browsers_may_not(method, headers):
    assert not passes(method, headers)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_from_a_link_elsewhere_is_allowed(method):
    assert passes(method, {"sec-fetch-site": "cross-site", "cookie": "sid=1"})
