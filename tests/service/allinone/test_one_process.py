"""The hall as one process: it starts, is found at work, stops cleanly, and remembers."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from allinone.__main__ import main
from allinone.composition import PASSWORD
from shared.testing import eventually
from tests.conftest import ROOT

STOPS_WITHIN = 30  # seconds


@contextmanager
def running(data: Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Yields: its URL, and the process; stopped as Ctrl-C stops it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "allinone", "--data", str(data), "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        said = iter(process.stdout.readline, "")
        url = next(line.strip() for line in said if line.strip().startswith("http://"))
        yield url, process
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=STOPS_WITHIN)
        assert process.returncode == 0
        assert "Everything is kept" in rest
    finally:
        process.kill()
        process.communicate()


async def first_account(url: str) -> dict[str, str]:
    """The first one shown, once the news of it has come from the directory."""

    async def known() -> dict[str, str] | None:
        async with httpx.AsyncClient(base_url=url) as browser:
            account = (await browser.get("/api/organisation")).json()["demonstration"][0]
        return account if account["name"] else None

    return await eventually(known)


def test_it_starts_answers_stops_and_remembers(tmp_path, capsys):
    with running(tmp_path) as (url, process), httpx.Client(base_url=url) as browser:
        account = asyncio.run(first_account(url))
        credentials = {"login": account["login"], "password": PASSWORD}
        assert browser.post("/api/session", json=credentials).status_code == 200
        me = browser.get("/api/workflow/me").json()
        assert me["login"] == account["login"]
        assert browser.get("/api/request/drafts").json() == {"items": [], "next": None}
        draft = {"matter": "seal-use", "business_type": "research"}
        made = browser.post("/api/request/drafts", json=draft, headers={"origin": url})
        assert made.status_code == 201
        assert browser.get("/readyz").json()["status"] == "ok"
        assert (tmp_path / "keys" / "identity.pem").stat().st_mode & 0o077 == 0
        cookies = dict(browser.cookies)

        assert main(["--data", str(tmp_path), "--port", "0"]) == 1
        assert main(["reset", "--yes", "--data", str(tmp_path)]) == 1
        assert capsys.readouterr().err.count(f"process {process.pid}") == 2

    with running(tmp_path) as (url, _), httpx.Client(base_url=url, cookies=cookies) as browser:
        assert browser.get("/api/session").json()["login"] == account["login"]
        [kept] = browser.get("/api/request/drafts").json()["items"]
        assert kept["id"] == made.json()["id"]

    assert main(["reset", "--yes", "--data", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]
