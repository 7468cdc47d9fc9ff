"""document-svc with its keys in a token: the register's states hold for keys there too."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from document_svc.keys import TokenAbsent, WrongPin
from document_svc.models import Authority, Seal, Signature
from document_svc.register_models import RetiredCertificate
from document_svc.retirement import destroy_keys
from document_svc.service import SERVICE
from document_svc.settings import DocumentSettings
from document_svc.signer import Token
from pydantic import ValidationError
from sqlalchemy import select

from shared.testing import Trial, on_trial
from tests.service.document_svc.conftest import (
    ADMINISTRATOR,
    KEEPER,
    ORDER_KEYS,
    Story,
    seal_office,
    sheet_pdf,
    unit_changed,
)
from tests.service.document_svc.test_register import COMPUTING, agree, call, done, suspended
from tests.service.document_svc.test_sealing import signed_and_valid, sweep_until_done
from tests.standins.softhsm import settings, token_in


@pytest.fixture
def token(tmp_path: Path) -> Token:
    return token_in(tmp_path / "token")


@pytest.fixture
async def tokened(
    tmp_path: Path, database_url: str, organisation_file: Path, token: Token
) -> AsyncIterator[Trial]:
    """Without a passphrase: every key, the authority's too, is in the token."""
    async with on_trial(
        SERVICE,
        folder=tmp_path,
        database_url=database_url,
        organisation=organisation_file,
        seal_order_public_key=ORDER_KEYS[1],
        **settings(token),
    ) as trial:
        await trial.deliver(unit_changed("计算机学院"), *seal_office())
        yield trial


async def kept(trial: Trial) -> bytes | None:
    async with trial.runtime.database.session() as session:
        return await session.scalar(select(Seal.credential).where(Seal.unit_id == COMPUTING))


async def test_a_decision_is_sealed_by_a_key_in_the_token(tokened: Trial, story: Story) -> None:
    await agree(tokened, story)
    assert await tokened.waiting() == []
    pdf = (await sheet_pdf(tokened, story)).content
    assert await signed_and_valid(tokened, pdf) == 1
    assert (await kept(tokened) or b"").startswith(b"pkcs11:")
    async with tokened.runtime.database.session() as session:
        authority = await session.scalar(select(Authority.credential))
    assert (authority or b"").startswith(b"pkcs11:")


async def test_suspended_a_key_in_the_token_seals_nothing(tokened: Trial, story: Story) -> None:
    await suspended(tokened)
    await agree(tokened, story)
    assert await tokened.count(Signature) == 0
    await done(tokened, "reinstate")
    await sweep_until_done(tokened)
    assert await tokened.count(Signature) == 1


async def test_destroyed_its_key_is_gone_from_the_token_once_that_is_certain(
    tokened: Trial, story: Story, token: Token
) -> None:
    await agree(tokened, story)
    key = await kept(tokened) or b""
    await done(tokened, "destroy")
    place = token.pin_file.parent
    signer = tokened.runtime.own.signer
    signer.close()
    (place / "tokens").rename(place / "away")  # destroyed in the register, the token away
    await destroy_keys(tokened.runtime)
    assert await left(tokened) == [key]
    (place / "away").rename(place / "tokens")
    await destroy_keys(tokened.runtime)
    assert await left(tokened) == [None]
    with pytest.raises(Exception, match="not in the token"):
        signer.sign(key, bytes(32))


async def left(trial: Trial) -> list[bytes | None]:
    async with trial.runtime.database.session() as session:
        return list(await session.scalars(select(RetiredCertificate.credential)))


async def test_what_a_key_is_missing_for_waits_until_the_seal_is_issued_anew(
    tokened: Trial, story: Story
) -> None:
    await agree(tokened, story)
    tokened.runtime.own.signer.destroy(await kept(tokened) or b"")
    await agree(tokened, Story(uuid4()))
    [waiting] = (await call(tokened, KEEPER, "GET", "/seals/waiting")).json()["items"]
    assert waiting["why"] == "KeyMissing"
    await done(tokened, "issue", keeper="薛瑜")
    await sweep_until_done(tokened)
    assert await tokened.count(Signature) == 2


async def test_while_the_token_is_away_seals_wait_and_none_is_issued(
    tokened: Trial, story: Story, token: Token
) -> None:
    place = token.pin_file.parent
    (place / "tokens").rename(place / "away")
    tokened.runtime.own.signer.close()
    await agree(tokened, story)
    [waiting] = (await call(tokened, KEEPER, "GET", "/seals/waiting")).json()["items"]
    assert waiting["why"] == "TokenAbsent"
    path = f"/seals/{COMPUTING}/proposals"
    proposed = await call(tokened, KEEPER, "POST", path, deed="issue", reason="按规定")
    path = f"/seal-proposals/{proposed.json()['id']}/confirmation"
    answer = await call(tokened, ADMINISTRATOR, "POST", path)
    assert answer.status_code == 503
    assert (answer.json()["code"], answer.json()["reason"]) == ("seal_keys_away", "token_absent")
    (place / "away").rename(place / "tokens")
    await sweep_until_done(tokened)
    assert await tokened.count(Signature) == 1
    assert (await call(tokened, ADMINISTRATOR, "POST", path)).status_code == 201


@pytest.mark.parametrize("trouble", [TokenAbsent, WrongPin])
async def test_it_does_not_start_without_its_token(
    tmp_path: Path, organisation_file: Path, token: Token, trouble: type[Exception]
) -> None:
    told = settings(token)
    if trouble is WrongPin:
        token.pin_file.write_text("00000000")
    else:
        told["seal_token_label"] = "another"
    with pytest.raises(trouble):
        async with on_trial(
            SERVICE,
            folder=tmp_path,
            database_url=f"sqlite+aiosqlite:///{tmp_path / 'service.db'}",
            organisation=organisation_file,
            seal_order_public_key=ORDER_KEYS[1],
            **told,
        ):
            """Does not come to this."""


@pytest.mark.parametrize("lacking", ["module", "label", "pin_file"])
def test_half_a_token_is_refused(token: Token, lacking: str) -> None:
    told = settings(token) | {f"seal_token_{lacking}": None}
    with pytest.raises(ValidationError, match="go together"):
        DocumentSettings(
            database_url="sqlite+aiosqlite://",
            bus_url="local://x",
            files_url="file:///x",
            organisation_file=Path("x"),
            identity_public_key=Path("x"),
            seal_order_public_key=Path("x"),
            **told,
        )
