"""How the portal's files are served (a single-page application in one folder)."""

from pathlib import Path

import httpx
import pytest

from gateway.portal import SIGNED_IN, Portal

PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<!doctype html><title>hall</title>", "utf-8")
    (dist / "assets" / "app-1a2b.js").write_text("plain", "utf-8")
    (dist / "assets" / "app-1a2b.js.br").write_text("brotli", "utf-8")
    (dist / "assets" / "app-1a2b.js.gz").write_text("gzip", "utf-8")
    (dist / "favicon.svg").write_text("<svg/>", "utf-8")
    (tmp_path / "secret.txt").write_text("secret", "utf-8")
    return dist


@pytest.fixture
def browser(folder: Path) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Portal(folder))
    return httpx.AsyncClient(
        transport=transport, base_url="http://hall", headers={"accept-encoding": "identity"}
    )


async def test_the_first_page_is_asked_for_anew_each_time(browser):
    for path in ("/", "/index.html", "/tasks/4711", "/matters/seal-use?x=1"):
        answer = await browser.get(path, headers=PAGE)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "<title>hall</title>" in answer.text


async def test_an_asset_is_kept_for_ever(browser):
    answer = await browser.get("/assets/app-1a2b.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.text == "plain"


async def test_what_takes_anything_is_shown_the_first_page_at_the_portal_s_address(browser):
    answer = await browser.get("/", headers={"accept": "*/*"})
    assert answer.status_code == 200
    assert "<title>hall</title>" in answer.text


@pytest.mark.parametrize(
    ("path", "accepted"),
    [("/missing.png", "*/*"), ("/tasks", "*/*"), ("/", "image/*")],
)
async def test_what_asks_for_something_else_is_not(browser, path, accepted):
    assert (await browser.get(path, headers={"accept": accepted})).status_code == 404


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br; q=0.000", None),
        ("", None),
    ],
)
async def test_the_build_s_compressed_sibling_is_sent_to_whoever_takes_it(folder, accepted, coding):
    sent = {}

    async def send(message):
        sent.setdefault("headers", dict(message.get("headers", ())))
        sent["body"] = sent.get("body", b"") + message.get("body", b"")

    scope = {
        "type": "http",
        "method": "GET",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "path": "/assets/app-1a2b.js",
        "headers": [(b"accept-encoding", accepted.encode())],
    }
    await Portal(folder)(scope, None, send)
    assert sent["headers"].get(b"content-encoding") == (coding.encode() if coding else None)
    assert sent["headers"][b"content-type"].startswith(b"text/javascript")
    assert sent["headers"][b"vary"] == b"accept-encoding"
    assert sent["body"] == {"br": b"brotli", "gzip": b"gzip", None: b"plain"}[coding]


@pytest.mark.parametrize("path", ["/assets/gone.js", "/assets/", "/assets"])
async def test_a_missing_asset_is_missing_and_never_the_first_page(browser, path):
    answer = await browser.get(path, headers=PAGE if path != "/assets" else {})
    assert answer.status_code == 404


async def test_a_missing_file_that_no_page_was_asked_for_is_missing(browser):
    assert (await browser.get("/robots.txt", headers={"accept": "*/*"})).status_code == 404


async def test_a_known_version_is_not_sent_again(browser):
    first = await browser.get("/favicon.svg")
    again = await browser.get("/favicon.svg", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


async def test_head_says_the_same_without_the_body(browser):
    answer = await browser.head("/favicon.svg")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == "6"


async def test_files_take_nothing(browser):
    assert (await browser.post("/index.html")).status_code == 405


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/assets/../../secret.txt", "//etc/passwd", "/\0"]
)
async def test_nothing_outside_the_folder_has_a_name(folder, path):
    statuses = []

    async def send(message):
        statuses.append(message.get("status"))

    scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    await Portal(folder)(scope, None, send)
    assert statuses[0] == 404


async def test_a_link_out_of_the_folder_leads_nowhere(folder, browser):
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    assert (await browser.get("/link.txt")).status_code == 404


async def test_a_portal_that_was_not_built_says_how_to(tmp_path):
    transport = httpx.ASGITransport(Portal(tmp_path / "nowhere"))
    async with httpx.AsyncClient(transport=transport, base_url="http://hall") as browser:
        answer = await browser.get("/", headers=PAGE)
        assert answer.status_code == 503
        assert "make run" in answer.text


async def test_a_rebuilt_portal_is_seen_at_once(folder, browser):
    (folder / "index.html").write_text("new", "utf-8")
    assert (await browser.get("/", headers=PAGE)).text == "new"


AT_ONCE = """{
  "/": {"scripts": ["/assets/hall.js"], "styles": ["/assets/hall.css"], "data": ["/api/matters"]},
  "/tasks/{id}": {"scripts": [], "styles": [], "data": ["/api/tasks/{id}/full"]},
  "/mine": {"scripts": [], "styles": [], "data": []}
}"""


@pytest.fixture
def informed(folder: Path) -> Path:
    (folder / "at-once.json").write_text(AT_ONCE, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("path", "signed_in", "named"),
    [
        (
            "/",
            True,
            "</assets/hall.js>; rel=modulepreload, "
            "</assets/hall.css>; rel=preload; as=style; crossorigin, "
            "</api/matters>; rel=preload; as=fetch; crossorigin",
        ),
        (
            "/",
            False,
            "</assets/hall.js>; rel=modulepreload, "
            "</assets/hall.css>; rel=preload; as=style; crossorigin",
        ),
        ("/tasks/4711-a", True, "</api/tasks/4711-a/full>; rel=preload; as=fetch; crossorigin"),
        ("/tasks/4711", False, None),
        ("/tasks/1>; rel=x", True, None),
        ("/tasks/1/2", True, None),
        ("/mine", True, None),
        ("/nowhere", True, None),
    ],
)
async def test_a_page_names_what_its_screen_begins_with(informed, path, signed_in, named):
    async def known(scope, receive, send):
        await Portal(informed)({**scope, SIGNED_IN: signed_in}, receive, send)

    transport = httpx.ASGITransport(known)
    async with httpx.AsyncClient(transport=transport, base_url="http://hall") as browser:
        answer = await browser.get(path, headers=PAGE)
        assert answer.headers.get("link") == named
        kept = await browser.get(path, headers={**PAGE, "if-none-match": answer.headers["etag"]})
        assert (kept.status_code, kept.headers.get("link")) == (304, named)
