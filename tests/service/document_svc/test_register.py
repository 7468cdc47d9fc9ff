"""The seal register: two persons, states that sealing heeds, pictures, certificates, quota."""

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pikepdf
import pytest
from cryptography import x509
from document_svc.models import Seal, Signature
from document_svc.service import SERVICE
from PIL import Image, ImageDraw
from sqlalchemy import select

from shared.contracts.people import Post
from shared.contracts.workflow import OpinionPlace
from shared.identity import User
from shared.testing import Trial, on_trial
from tests.service.document_svc.conftest import (
    ADMINISTRATOR,
    INITIATOR,
    KEEPER,
    ORDER_KEYS,
    Story,
    changed,
    seal_office,
    sheet_pdf,
    unit_changed,
)
from tests.service.document_svc.test_sealing import signed_and_valid, sweep_until_done
from tests.unit.document_svc.examples import PASSPHRASE, person, unit

COMPUTING = unit("计算机学院").id
AUDITOR = User(id=person("解敬安").id, name="解敬安")


async def call(trial: Trial, who: User, method: str, path: str, **body: Any) -> httpx.Response:
    async with trial.client(who) as client:
        return await client.request(method, path, **({"json": body} if body else {}))


async def done(trial: Trial, deed: str, *, unit_id: UUID = COMPUTING, **body: Any) -> None:
    """Proposed by a keeper, confirmed by an administrator."""
    path = f"/seals/{unit_id}/proposals"
    answer = await call(trial, KEEPER, "POST", path, deed=deed, reason="按规定", **body)
    assert answer.status_code == 201, answer.text
    path = f"/seal-proposals/{answer.json()['id']}/confirmation"
    answer = await call(trial, ADMINISTRATOR, "POST", path)
    assert (answer.status_code, answer.json()["state"]) == (201, "confirmed"), answer.text


async def suspended(trial: Trial) -> None:
    path = f"/seals/{COMPUTING}/suspension"
    assert (await call(trial, KEEPER, "POST", path, reason="印章遗失")).status_code == 201


async def seal(trial: Trial, unit_id: UUID = COMPUTING) -> dict[str, Any]:
    answer = await call(trial, KEEPER, "GET", f"/seals/{unit_id}")
    found: dict[str, Any] = answer.json()
    return found


async def agree(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted(), story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院"))


async def test_the_register_lists_every_seal_with_its_state(trial: Trial, story: Story) -> None:
    await agree(trial, story)
    answer = (await call(trial, KEEPER, "GET", "/seals")).json()
    rows = {row["unit"]["name"]: row for row in answer["items"]}
    assert len(rows) == 6
    assert rows["计算机学院"]["state"] == "in_use"
    assert rows["计算机学院"]["used"] == 1
    assert rows["财务部"]["certificate_ends_at"] is None
    assert "不是 GB/T 38540" in answer["standard"]


async def test_a_seal_has_its_certificate_picture_and_history(trial: Trial, story: Story) -> None:
    await agree(trial, story)
    found = await seal(trial)
    assert "电子印章证书颁发机构" in found["certificate"]["issuer"]
    assert found["certificate"]["ends_at"] == found["certificate_ends_at"]
    assert [act["act"] for act in found["history"]] == ["issued", "entered"]
    picture = await call(trial, KEEPER, "GET", f"/seals/{COMPUTING}/picture")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.text.startswith("<svg")


@pytest.mark.parametrize("path", ["/seals", "/seal-proposals", "/seals/waiting"])
async def test_only_the_seal_office_administrators_and_auditors_read_it(
    trial: Trial, path: str
) -> None:
    await trial.deliver(changed(AUDITOR, Post.AUDITOR))
    for who in (KEEPER, ADMINISTRATOR, AUDITOR):
        assert (await call(trial, who, "GET", path)).status_code == 200
    answer = await call(trial, INITIATOR, "GET", path)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_seal_office")


async def test_an_auditor_changes_nothing(trial: Trial) -> None:
    await trial.deliver(changed(AUDITOR, Post.AUDITOR))
    for path in ("proposals", "suspension", "release"):
        body = {"reason": "试", **({"deed": "destroy"} if path == "proposals" else {})}
        answer = await call(trial, AUDITOR, "POST", f"/seals/{COMPUTING}/{path}", **body)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_seal_office")


async def test_what_a_suspended_seal_should_seal_waits_and_is_not_lost(
    trial: Trial, story: Story
) -> None:
    await suspended(trial)
    await agree(trial, story)
    assert await trial.count(Signature) == 0
    [waiting] = (await call(trial, KEEPER, "GET", "/seals/waiting")).json()["items"]
    assert (waiting["why"], waiting["unit"]["name"]) == ("SealNotInUse", "计算机学院")
    assert waiting["request_id"] == str(story.id)
    await done(trial, "reinstate")
    await sweep_until_done(trial)
    assert await trial.count(Signature) == 1
    assert [act["act"] for act in (await seal(trial))["history"]][1:] == [
        "reinstated",
        "suspended",
        "entered",
    ]


async def test_a_destroyed_seal_has_no_key_and_a_new_one_has_another(
    trial: Trial, story: Story
) -> None:
    await agree(trial, story)
    before = (await seal(trial))["certificate"]["serial"]
    await done(trial, "destroy")
    async with trial.runtime.database.session() as session:
        kept = await session.get_one(Seal, COMPUTING)
    assert (kept.credential, kept.drawing, kept.state) == (None, None, "destroyed")
    second = Story(uuid4())
    await agree(trial, second)
    assert await trial.count(Signature) == 1
    await done(trial, "issue", keeper="薛瑜")
    await sweep_until_done(trial)
    assert await trial.count(Signature) == 2
    found = await seal(trial)
    assert found["certificate"]["serial"] != before
    assert found["keeper"] == "薛瑜"
    assert await signed_and_valid(trial, (await sheet_pdf(trial, story)).content) == 1


async def test_who_proposes_cannot_confirm_or_refuse(trial: Trial) -> None:
    path = f"/seals/{COMPUTING}/proposals"
    made = (await call(trial, KEEPER, "POST", path, deed="destroy", reason="磨损")).json()
    for way, body in (("confirmation", {}), ("refusal", {"reason": "算了"})):
        answer = await call(trial, KEEPER, "POST", f"/seal-proposals/{made['id']}/{way}", **body)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_the_same_person")
    assert (await seal(trial))["state"] == "in_use"


async def test_a_refused_proposal_changes_nothing_and_is_told(trial: Trial) -> None:
    path = f"/seals/{COMPUTING}/proposals"
    made = (await call(trial, KEEPER, "POST", path, deed="destroy", reason="磨损")).json()
    pending = await call(trial, ADMINISTRATOR, "POST", path, deed="destroy", reason="磨损")
    assert (pending.status_code, pending.json()["code"]) == (409, "proposal_pending")
    way = f"/seal-proposals/{made['id']}"
    answer = await call(trial, ADMINISTRATOR, "POST", f"{way}/refusal", reason="还能用")
    assert answer.json()["state"] == "refused"
    again = await call(trial, ADMINISTRATOR, "POST", f"{way}/confirmation")
    assert (again.status_code, again.json()["code"]) == (409, "proposal_closed")
    found = await seal(trial)
    assert (found["state"], found["proposal"]) == ("in_use", None)
    assert found["history"][0]["act"] == "refused"
    assert found["history"][0]["reason"] == "还能用"
    listed = (await call(trial, KEEPER, "GET", "/seal-proposals?state=refused")).json()["items"]
    assert [one["id"] for one in listed] == [made["id"]]


@pytest.mark.parametrize("deed", ["reinstate"])
async def test_what_the_state_does_not_allow_is_refused(trial: Trial, deed: str) -> None:
    answer = await call(
        trial, KEEPER, "POST", f"/seals/{COMPUTING}/proposals", deed=deed, reason="试"
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "seal_state_forbids")
    await suspended(trial)
    answer = await call(trial, KEEPER, "POST", f"/seals/{COMPUTING}/suspension", reason="再停")
    assert (answer.status_code, answer.json()["code"]) == (409, "seal_state_forbids")


async def test_a_seal_that_is_not_there_is_not_found(trial: Trial) -> None:
    for path in (f"/seals/{uuid4()}", f"/seals/{uuid4()}/picture"):
        answer = await call(trial, KEEPER, "GET", path)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_seal")
    path = f"/seal-proposals/{uuid4()}/confirmation"
    assert (await call(trial, KEEPER, "POST", path)).status_code == 404


def png(*, side: int = 400, colour: tuple[int, int, int] = (200, 30, 40)) -> bytes:
    picture = Image.new("RGB", (side, side), (252, 251, 249))
    ImageDraw.Draw(picture).ellipse((20, 20, side - 20, side - 20), outline=colour, width=14)
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


async def test_an_uploaded_picture_is_the_seal_at_its_size_without_its_paper(
    trial: Trial, story: Story
) -> None:
    await done(trial, "issue", width_mm=30, picture=base64.b64encode(png()).decode())
    await agree(trial, story)
    answer = await call(trial, KEEPER, "GET", f"/seals/{COMPUTING}/picture")
    assert answer.headers["content-type"] == "image/png"
    shown = Image.open(BytesIO(answer.content))
    assert shown.getpixel((shown.width // 2, shown.height // 2))[3] == 0
    pdf = (await sheet_pdf(trial, story)).content
    assert await signed_and_valid(trial, pdf) == 1
    with pikepdf.open(BytesIO(pdf)) as document:
        fields = {str(field.T): field for field in document.Root.AcroForm.Fields}
        appearance = fields["applying_unit"].AP.N
        assert appearance.Resources.XObject.Seal.SMask.Width == shown.width
        scales = [
            float(operands[0])
            for operands, operator in pikepdf.parse_content_stream(appearance)
            if str(operator) == "cm"
        ]
    assert scales[-1] == pytest.approx(30 * 72 / 25.4, abs=0.01)


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (b"GIF89a", "not_png"),
        (png(side=120), "size"),
        (png(colour=(252, 251, 249)), "blank"),
        (png()[:300], "not_png"),
    ],
)
async def test_a_picture_that_is_no_seal_is_refused(
    trial: Trial, picture: bytes, reason: str
) -> None:
    answer = await call(
        trial,
        KEEPER,
        "POST",
        f"/seals/{COMPUTING}/proposals",
        deed="issue",
        reason="新印模",
        picture=base64.b64encode(picture).decode(),
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_seal_picture")
    assert answer.json()["reason"] == reason


async def test_a_certificate_is_renewed_before_its_end(trial: Trial, story: Story) -> None:
    await agree(trial, story)
    before = (await seal(trial))["certificate"]["serial"]
    async with trial.runtime.transaction() as tx:
        kept = await tx.session.get_one(Seal, COMPUTING)
        kept.certificate_ends_at = datetime.now(UTC) + timedelta(days=20)
    second = Story(uuid4())
    await agree(trial, second)
    found = await seal(trial)
    assert found["certificate"]["serial"] != before
    assert found["history"][0]["act"] == "renewed"
    for one in (story, second):
        assert await signed_and_valid(trial, (await sheet_pdf(trial, one)).content) == 1


async def test_the_root_certificate_is_there_for_everyone(trial: Trial, story: Story) -> None:
    await agree(trial, story)
    async with trial.client() as client:
        answer = await client.get("/trust/root.pem")
    root = x509.load_pem_x509_certificate(answer.content)
    async with trial.runtime.database.session() as session:
        der = await session.scalar(select(Seal.certificate).where(Seal.unit_id == COMPUTING))
    x509.load_der_x509_certificate(der or b"").verify_directly_issued_by(root)


@pytest.fixture
def real_organisation(tmp_path: Path, organisation_file: Path) -> Path:
    """One that is no demonstration."""
    text = organisation_file.read_text(encoding="utf-8").split("[[demonstration]]")[0]
    real = tmp_path / "organisation.toml"
    real.write_text(text, encoding="utf-8")
    return real


@pytest.fixture
async def sparing(
    tmp_path: Path, database_url: str, real_organisation: Path
) -> AsyncIterator[Trial]:
    """A real organisation's, with a quota of two an hour."""
    async with on_trial(
        SERVICE,
        folder=tmp_path,
        database_url=database_url,
        organisation=real_organisation,
        seal_passphrase=PASSPHRASE,
        seal_order_public_key=ORDER_KEYS[1],
        seal_quota_per_hour=2,
    ) as trial:
        await trial.deliver(unit_changed("计算机学院"), *seal_office())
        yield trial


async def test_beyond_its_quota_a_seal_waits_for_a_second_person(sparing: Trial) -> None:
    await done(sparing, "issue")
    path = f"/seals/{COMPUTING}/release"
    answer = await call(sparing, KEEPER, "POST", path, reason="批量用印")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_release")
    for _ in range(3):
        await agree(sparing, Story(uuid4()))
    assert await sparing.count(Signature) == 2
    [waiting] = (await call(sparing, KEEPER, "GET", "/seals/waiting")).json()["items"]
    assert waiting["why"] == "SealQuotaReached"
    released = await call(sparing, KEEPER, "POST", path, reason="批量用印")
    assert (released.json()["used"], released.json()["allowed"]) == (2, 4)
    await sweep_until_done(sparing)
    assert await sparing.count(Signature) == 3


async def test_a_real_seal_is_used_only_when_two_persons_have_issued_it(
    sparing: Trial, story: Story
) -> None:
    await agree(sparing, story)
    assert await sparing.count(Signature) == 0
    assert (await seal(sparing))["state"] == "not_issued"
    await done(sparing, "issue", keeper="薛瑜")
    await sweep_until_done(sparing)
    assert await sparing.count(Signature) == 1
    renamed = unit_changed("计算机学院").model_copy(update={"name": "计算学部"})
    await sparing.deliver(renamed)
    assert (await seal(sparing))["state"] == "not_issued"
