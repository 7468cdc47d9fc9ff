"""归档: one package of everything, the same for the same state, in which every change is found."""

import asyncio
import io
import json
import sys
import zipfile
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from document_svc import archive_verifier, verify_sheet
from document_svc.archive_models import ArchiveSignature, Archivist
from document_svc.archive_seal import ARCHIVIST, checked_seal
from document_svc.certificates import create_authority, issue
from document_svc.der import BadSignature
from document_svc.models import Seal
from document_svc.register_models import RetiredCertificate
from document_svc.seal_room import seal_room
from document_svc.sheet_verifier import fingerprint
from document_svc.signer import SignerAway
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from shared.contracts.request import Material
from shared.contracts.workflow import Completed
from shared.identity import User
from shared.readers import admit
from shared.testing import Trial
from tests.service.document_svc.conftest import (
    AUDITOR,
    INITIATOR,
    STRANGER,
    Story,
)
from tests.service.document_svc.test_counter import register
from tests.service.document_svc.test_found import upload
from tests.service.document_svc.timestamp_server import TimestampServer
from tests.unit.document_svc.examples import KEYS, SIGNED_AT, authority, file, fully_sealed, person
from tests.unit.document_svc.examples import sheet as unsealed
from tests.unit.shared.inspection import samples

MATERIAL = samples.clean_pdf(pages=2)
ATTACHED = samples.clean_pdf(pages=3)


def completed(story: Story) -> Completed:
    return Completed(
        request_id=story.id,
        revision=story.revision,
        number="YY2026-000042",
        title="用印审批",
        initiator=person("沈芷珺"),
        completed_at=SIGNED_AT + timedelta(days=2),
    )


async def to_the_end(trial: Trial, story: Story) -> None:
    """Returned once, approved, sealed with a scan, over; its materials lie in the store."""
    blob = await trial.runtime.files.put_bytes(MATERIAL)
    stored = file("任务书：第一稿?.pdf").model_copy(
        update={"sha256": blob.sha256, "bytes": blob.bytes}
    )
    form: dict[str, Any] = {
        "materials": (Material(row=1, name="任务书", copies=2, files=(stored,)),),
        "contract_files": (stored,),
    }
    await trial.deliver(story.submitted(**form), story.returned())
    again = Story(story.id, revision=2)
    submission, first, *others = again.to_approval(**form)
    checked = await trial.runtime.files.put_bytes(ATTACHED)
    attached = file("核对单.pdf").model_copy(
        update={"sha256": checked.sha256, "bytes": checked.bytes}
    )
    first = first.model_copy(update={"attachments": (attached,)})
    await trial.deliver(submission, first, *others)
    scan = (await upload(trial, again)).json()
    assert (await register(trial, again, scans=[scan["id"]])).status_code == 201
    await trial.deliver(completed(again))


async def ask(trial: Trial, story: Story, who: User = INITIATOR) -> Any:
    async with trial.client(who) as client:
        return await client.get(f"/requests/{story.id}/archive")


def files_below(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


async def test_a_package_holds_everything_and_proves_itself(
    trial: Trial, story: Story, tmp_path: Path
) -> None:
    await to_the_end(trial, story)
    answer = await ask(trial, story)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.content == (await ask(trial, story, AUDITOR)).content

    with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
        names = package.namelist()
        manifest = json.loads(package.read("manifest.json"))
        record = json.loads(package.read("record.json"))
        ledger = json.loads(package.read("ledger.json"))
        sheets = json.loads(package.read("signatures.json"))
        (attached,) = (name for name in names if name.endswith("-核对单.pdf"))
        assert (attached[:12], package.read(attached)) == ("attachments/", ATTACHED)
        package.extractall(tmp_path / "unpacked")
    assert sorted(each["path"] for each in manifest["files"]) == sorted(
        set(names) - set(archive_verifier.OWN)
    )
    roles = [each["role"] for each in manifest["files"]]
    assert {"sheet", "material", "scan", "certificate", "ledger", "record"} <= set(roles)
    assert [each["topic"].split(".")[1] for each in record] == [
        *("returned", "decided", "decided", "decided", "decided", "decided", "decided"),
        *("approved", "completed"),
    ]
    assert [entry["kind"] for entry in ledger] == ["use"]
    assert [(each["revision"], each["state"]) for each in sheets] == [(1, "void"), (2, "current")]
    assert len(sheets[1]["signatures"]) == 6
    assert any(name.startswith("materials/01/") and "任务书" in name for name in names)

    whole = tmp_path / "归档.zip"
    whole.write_bytes(answer.content)
    folder = tmp_path / "unpacked"
    for arguments in ([str(whole)], [str(folder / "verify.py"), str(folder)]):
        ran = await asyncio.create_subprocess_exec(
            sys.executable, "-I", *arguments, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await ran.communicate()
        assert (ran.returncode, "结论：归档包完整" in said.decode()) == (0, True), said.decode()


async def test_any_changed_byte_is_found(
    trial: Trial, story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await to_the_end(trial, story)
    content = (await ask(trial, story)).content
    path = tmp_path / "package.zip"

    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(st.integers(0, len(content) - 1), st.integers(1, 255))
    def changed(place: int, by: int) -> None:
        other = bytearray(content)
        other[place] ^= by
        path.write_bytes(other)
        assert archive_verifier.main([str(path)]) != 0

    changed()
    path.write_bytes(content[:-1])
    assert archive_verifier.main([str(path)]) != 0
    path.write_bytes(content)
    assert archive_verifier.main([str(path)]) == 0
    capsys.readouterr()


async def test_every_change_of_an_unpacked_package_is_named(
    trial: Trial, story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await to_the_end(trial, story)
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(io.BytesIO((await ask(trial, story)).content)) as package:
        package.extractall(folder)
    assert archive_verifier.main([str(folder)]) == 0
    every = files_below(folder)
    assert len(every) > 12
    for each in every:
        before = each.read_bytes()
        each.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        assert archive_verifier.main([str(folder)]) != 0, each.name
        each.unlink()
        assert archive_verifier.main([str(folder)]) != 0, each.name
        each.write_bytes(before)
    (folder / "more.txt").write_text("x")
    capsys.readouterr()
    assert archive_verifier.main([str(folder)]) == 1
    assert "多出文件 more.txt" in capsys.readouterr().out


async def test_a_sheet_whose_digest_was_mended_everywhere_is_still_found(
    trial: Trial, story: Story
) -> None:
    """Whoever changes a sheet and makes the manifest fit cannot make the signatures fit."""
    await to_the_end(trial, story)
    with zipfile.ZipFile(io.BytesIO((await ask(trial, story)).content)) as package:
        sheet = bytearray(package.read("sheets/2.pdf"))
    assert archive_verifier.sheet_problems(bytes(sheet)) == []
    sheet[len(sheet) // 3] ^= 1
    assert archive_verifier.sheet_problems(bytes(sheet)) != []
    assert archive_verifier.sheet_problems(bytes(sheet[:-1]) + b"\n%more") != []


async def test_a_request_under_way_has_no_archive_yet(trial: Trial, story: Story) -> None:
    await trial.deliver(*story.to_approval())
    answer = await ask(trial, story)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_over")


async def test_an_archive_is_for_the_initiator_and_those_who_oversee(
    trial: Trial, story: Story
) -> None:
    await to_the_end(trial, story)
    assert (await ask(trial, story, STRANGER)).status_code == 404
    reviewer = User(id=person("韦宇").id, name="韦宇")
    async with trial.runtime.transaction() as tx:
        await admit(tx, story.id, reviewer.id)
    answer = await ask(trial, story, reviewer)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_yours_to_archive")


async def test_a_sheet_is_found_in_its_archive_and_no_other(
    trial: Trial, story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await to_the_end(trial, story)
    content = (await ask(trial, story)).content
    package, sheet = tmp_path / "package.zip", tmp_path / "sheet.pdf"
    package.write_bytes(content)
    with zipfile.ZipFile(io.BytesIO(content)) as held:
        sheet.write_bytes(held.read("sheets/2.pdf"))
    assert verify_sheet.main([str(sheet), "--archive", str(package)]) == 0
    another = tmp_path / "another.pdf"
    another.write_bytes(fully_sealed(unsealed()))
    assert verify_sheet.main([str(another), "--archive", str(package)]) == 1
    assert "归档包中没有这份审批表" in capsys.readouterr().out
    assert verify_sheet.main([str(sheet), "--archive", str(sheet)]) == 1
    package.write_bytes(content.replace(b"completed_at", b"completed_by"))
    assert verify_sheet.main([str(sheet), "--archive", str(package)]) == 1
    capsys.readouterr()


async def read(trial: Trial, story: Story) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO((await ask(trial, story)).content)) as package:
        return {name: package.read(name) for name in package.namelist()}


async def root_of(trial: Trial) -> bytes:
    async with trial.client() as client:
        return (await client.get("/trust/root.pem")).content


async def openssl(folder: Path, package: dict[str, bytes], root: bytes) -> tuple[int, str]:
    """As README.txt in the package says."""
    (folder / "root.pem").write_bytes(root)
    for name in ("manifest.json", "manifest.p7s"):
        (folder / name).write_bytes(package[name])
    asked = "cms -verify -binary -inform DER -in manifest.p7s -content manifest.json"
    ran = await asyncio.create_subprocess_exec(
        *("openssl", *asked.split(), "-CAfile", "root.pem", "-out", "/dev/null"),
        cwd=folder,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await ran.communicate()
    return ran.returncode or 0, said.decode()


async def test_openssl_verifies_whose_package_it_is(
    trial: Trial, story: Story, tmp_path: Path
) -> None:
    await to_the_end(trial, story)
    package, root = await read(trial, story), await root_of(trial)
    code, said = await openssl(tmp_path, package, root)
    assert (code, "Verification successful" in said) == (0, True), said
    edited = {**package, "manifest.json": package["manifest.json"] + b" "}
    assert (await openssl(tmp_path, edited, root))[0] != 0
    foreign = create_authority("别的大学", now=SIGNED_AT, keeper=KEYS)
    other = KEYS.opened(foreign).certificate.public_bytes(Encoding.PEM)
    assert (await openssl(tmp_path, package, other))[0] != 0


async def test_the_signature_is_the_archivists_and_no_departments(
    trial: Trial, story: Story
) -> None:
    await to_the_end(trial, story)
    package = await read(trial, story)
    root = x509.load_pem_x509_certificate(await root_of(trial))
    seal = checked_seal(package.__getitem__, root=root)
    assert seal.signer.endswith("用印归档")
    assert seal.root == fingerprint(root)
    async with trial.runtime.transaction() as tx:
        kept = await tx.session.scalar(select(Seal.credential).where(Seal.name == "科研部"))
        digest = sha256(package["manifest.json"]).digest()
        by_department = seal_room(tx).signer.sign(kept or b"", digest)
    with pytest.raises(BadSignature, match="不是由归档密钥签署的"):
        checked_seal({**package, "manifest.p7s": by_department}.__getitem__, root=root)
    for broken in (b"", b"x", package["manifest.p7s"][:-1], package["record.json"]):
        with pytest.raises(BadSignature):
            checked_seal({**package, "manifest.p7s": broken}.__getitem__, root=root)
    with pytest.raises(BadSignature):
        checked_seal(package.__getitem__, root=authority().certificate)


async def test_a_package_is_the_same_after_the_archivists_certificate_was_renewed(
    trial: Trial, story: Story
) -> None:
    await to_the_end(trial, story)
    before = await read(trial, story)
    async with trial.runtime.transaction() as tx:
        held = await tx.session.get_one(Archivist, 1)
        held.certificate_ends_at = tx.now + timedelta(days=1)
    assert await read(trial, story) == before
    other = Story(uuid4())
    await to_the_end(trial, other)
    root = x509.load_pem_x509_certificate(await root_of(trial))
    assert checked_seal((await read(trial, other)).__getitem__, root=root).signer
    async with trial.runtime.transaction() as tx:
        retired = await tx.session.scalar(
            select(RetiredCertificate).where(RetiredCertificate.unit_id == ARCHIVIST)
        )
        held = await tx.session.get_one(Archivist, 1)
        assert retired is not None
        assert held.credential != retired.credential


async def test_a_key_that_is_away_signs_no_package(
    trial: Trial, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    await to_the_end(trial, story)

    def away(*_: object, **__: object) -> bytes:
        raise SignerAway("gone")

    monkeypatch.setattr(trial.runtime.own.signer, "sign", away)
    answer = await ask(trial, story)
    assert (answer.status_code, answer.json()["code"]) == (503, "seal_keys_away")


async def test_a_signature_is_stamped_where_there_is_an_authority(
    stamping: Trial, story: Story, stamper: TimestampServer
) -> None:
    await to_the_end(stamping, story)
    package = await read(stamping, story)
    assert checked_seal(package.__getitem__, root=None).stamped_at is not None
    assert await read(stamping, story) == package


async def test_a_signature_without_its_time_stamp_is_not_kept(
    stamping: Trial, story: Story, stamper: TimestampServer
) -> None:
    await to_the_end(stamping, story)
    stamper.says = "refused"
    package = await read(stamping, story)
    assert checked_seal(package.__getitem__, root=None).stamped_at is None
    assert await stamping.count(ArchiveSignature) == 0


async def test_whoever_writes_a_whole_package_anew_cannot_sign_it(
    trial: Trial, story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await to_the_end(trial, story)
    package = await read(trial, story)
    (tmp_path / "root.pem").write_bytes(await root_of(trial))
    sheet = tmp_path / "sheet.pdf"
    sheet.write_bytes(package["sheets/2.pdf"])
    manifest = package["manifest.json"]
    theirs = KEYS.opened(create_authority("别的大学", now=SIGNED_AT, keeper=KEYS))
    made = issue(
        theirs,
        organisation="别的大学",
        unit="用印归档",
        unit_id=ARCHIVIST,
        valid_from=SIGNED_AT,
        keeper=KEYS,
    )
    forged = KEYS.opened(made).sign(sha256(manifest).digest())
    file = tmp_path / "package.zip"
    for signature, rooted, code, says in (
        (package["manifest.p7s"], True, 0, "归档清单：由 澄岚大学用印归档 签署"),
        (forged, True, 1, "归档清单的签名不可信：证书不是由所给的根证书签发的"),
        (forged, False, 1, "不属于同一个颁发机构"),
    ):
        sums = archive_verifier.sums(manifest, signature)
        changed = {"manifest.p7s": signature, "manifest.sha256": sums}
        with zipfile.ZipFile(file, "w") as out:
            for name, content in (package | changed).items():
                out.writestr(name, content)
        root = ["--root", str(tmp_path / "root.pem")] if rooted else []
        assert verify_sheet.main([str(sheet), "--archive", str(file), *root]) == code
        assert says in capsys.readouterr().out


async def test_a_package_without_its_signature_is_found(
    trial: Trial, story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await to_the_end(trial, story)
    package = await read(trial, story)
    other = {**package, "manifest.p7s": package["certificates/record-keys.pem"]}
    other["manifest.sha256"] = archive_verifier.sums(other["manifest.json"], other["manifest.p7s"])
    assert archive_verifier.check(other.__getitem__, list(other)) == ["清单 manifest.json 与其签名"]
    del package["manifest.p7s"]
    found = archive_verifier.check(package.__getitem__, list(package))
    assert found == ["缺少文件 manifest.p7s"]
