"""The slot for an SM2 signature server: beside a seal, never in its way, and honest about it."""

import base64
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from document_svc.models import Signature
from document_svc.national import HalfDescribed, described
from document_svc.national_signatures import ask
from document_svc.service import SERVICE

from shared.contracts.workflow import OpinionPlace
from shared.testing import Trial, on_trial
from tests.service.document_svc.conftest import (
    INITIATOR,
    ORDER_KEYS,
    STRANGER,
    Story,
    seal_office,
    sheet_pdf,
    unit_changed,
)
from tests.service.document_svc.test_sealing import signed_and_valid
from tests.standins.sm2_server import SECRET, Sm2Server, sm2_server
from tests.unit.document_svc.examples import PASSPHRASE

DESCRIPTION = """
name = "校级签名服务器"
url = "{url}"
headers = {{ Authorization = "Bearer {{secret}}" }}
body = '{{"keyId": "{{key}}", "data": "{{data}}"}}'
signature = "data.signature"
keys = {{ "计算机学院" = "sm2-0007" }}
"""


@pytest.fixture
def server() -> Iterator[Sm2Server]:
    with sm2_server() as server:
        yield server


@pytest.fixture
def files(tmp_path: Path, server: Sm2Server) -> dict[str, Path]:
    description, secret = tmp_path / "sm2.toml", tmp_path / "secret"
    description.write_text(DESCRIPTION.format(url=server.url), encoding="utf-8")
    secret.write_text(SECRET)
    return {"sm2_server_file": description, "sm2_secret_file": secret}


@pytest.fixture
async def beside(
    tmp_path: Path, database_url: str, organisation_file: Path, files: dict[str, Path]
) -> AsyncIterator[Trial]:
    async with on_trial(
        SERVICE,
        folder=tmp_path,
        database_url=database_url,
        organisation=organisation_file,
        seal_passphrase=PASSPHRASE,
        seal_order_public_key=ORDER_KEYS[1],
        **files,
    ) as trial:
        await trial.deliver(unit_changed("计算机学院"), unit_changed("科研部"), *seal_office())
        yield trial


async def read(trial: Trial, story: Story) -> list[dict[str, Any]]:
    async with trial.client(STRANGER) as client:
        assert (await client.get(f"/requests/{story.id}/national-signatures")).status_code == 404
    async with trial.client(INITIATOR) as client:
        answer = await client.get(f"/requests/{story.id}/national-signatures")
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


async def sealed_by_two(trial: Trial, story: Story) -> None:
    await trial.deliver(
        story.submitted(),
        story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院"),
        story.agreed(OpinionPlace.APPROVING_DEPARTMENT, "科研部"),
    )
    assert await trial.count(Signature) == 2


async def test_a_department_with_a_key_there_has_its_signature_beside_the_seal(
    beside: Trial, story: Story, server: Sm2Server
) -> None:
    await sealed_by_two(beside, story)
    pdf = (await sheet_pdf(beside, story)).content
    await ask(beside.runtime)
    await ask(beside.runtime)  # once each
    assert server.asked == ["sm2-0007"]
    [item] = await read(beside, story)
    assert (item["unit"]["name"], item["server"]) == ("计算机学院", "校级签名服务器")
    signature = base64.b64decode(item["signature"])
    assert server.verifies(signature, bytes.fromhex(item["sha256"]))
    assert not server.verifies(signature, bytes(32))
    # The sheet itself is as it was: ECDSA, which readers check.
    assert (await sheet_pdf(beside, story)).content == pdf
    assert await signed_and_valid(beside, pdf) == 2


@pytest.mark.parametrize("says", ["refuses", "nonsense"])
async def test_a_server_that_does_not_answer_holds_up_no_seal(
    beside: Trial, story: Story, server: Sm2Server, says: str
) -> None:
    server.says = says
    await sealed_by_two(beside, story)
    await ask(beside.runtime)
    assert await read(beside, story) == []
    server.says = "signs"
    await ask(beside.runtime)
    assert len(await read(beside, story)) == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("{data}", "data"), "both belong"),
        (("signature =", "signatur ="), "signatur"),
        (('"Bearer', '"Bearer {secret}'), None),
        (("http://", "ftp://"), "url"),
        (('"计算机学院" = "sm2-0007"', ""), "keys"),
        (("name", "= name"), "sm2.toml"),
    ],
    ids=["no data", "no signature", "as it is", "no web address", "no keys", "no TOML"],
)
def test_half_described_it_is_refused(
    files: dict[str, Path], change: tuple[str, str], why: str | None
) -> None:
    file, secret = files["sm2_server_file"], files["sm2_secret_file"]
    file.write_text(file.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    if why is None:
        assert described(file, secret) is not None
        return
    with pytest.raises(HalfDescribed, match=why):
        described(file, secret)


def test_a_secret_and_its_description_go_together(files: dict[str, Path]) -> None:
    with pytest.raises(HalfDescribed, match="no secret file"):
        described(files["sm2_server_file"], None)
    with pytest.raises(HalfDescribed, match="no description"):
        described(None, files["sm2_secret_file"])
    assert described(None, None) is None


async def test_half_described_the_service_does_not_start(
    tmp_path: Path, organisation_file: Path, files: dict[str, Path]
) -> None:
    with pytest.raises(HalfDescribed):
        async with on_trial(
            SERVICE,
            folder=tmp_path,
            database_url=f"sqlite+aiosqlite:///{tmp_path / 'service.db'}",
            organisation=organisation_file,
            seal_passphrase=PASSPHRASE,
            seal_order_public_key=ORDER_KEYS[1],
            sm2_server_file=files["sm2_server_file"],
        ):
            """Does not come to this."""
