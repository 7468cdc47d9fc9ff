"""`flow-check FILE`: what is wrong with a definition, with its line; and a dry run with a form.

Needs no database: the directory is the import files of a folder.
"""

import argparse
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.contracts.people import BusinessType, Person, Post, Unit
from shared.contracts.request import SealUseForm
from shared.database import new_id
from shared.errors import Refusal
from shared.service import OfflineCommand
from workflow_svc import directory, rehearsal, verify
from workflow_svc.flow import BadFlow, Fault, Flow
from workflow_svc.rehearsal import KnownUnit, WholeDirectory
from workflow_svc.world import World

_NO_SEAL = {"count": 0, "place": ""}
_NOTHING = {"count": 0, "purpose": ""}


def run(arguments: Sequence[str]) -> int:
    """0 when the definition may be published; 1 otherwise, and when the form stops on its way."""
    asked = _arguments(arguments)
    text = asked.file.read_text(encoding="utf-8")
    try:
        flow = verify.parse(text)
    except BadFlow as bad:
        return _faulty(asked.file, bad.faults)
    whole = None if asked.directory is None else whole_directory(asked.directory)
    faults: tuple[Fault, ...] = ()
    if whole is not None:
        faults, warnings = rehearsal.against(flow, text, whole)
        for warning in warnings:
            print(f"{asked.file}:{warning.line}: {warning.code} {warning.place}: {warning.message}")  # noqa: T201
    if faults:
        return _faulty(asked.file, faults)
    print(f"{asked.file}: {flow.key} {flow.version} {flow.name}：可以发布")  # noqa: T201
    if asked.form is None:
        return 0
    if whole is None:
        print("试走需要组织机构：请用 --directory 指定 units.csv 和 people.csv 所在的目录")  # noqa: T201
        return 1
    return _dry_run(flow, json.loads(asked.form.read_text(encoding="utf-8")), whole)


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="flow-check")
    parser.add_argument("file", type=Path, help="the definition (TOML)")
    parser.add_argument("--directory", type=Path, help="folder with units.csv and people.csv")
    parser.add_argument("--form", type=Path, help="walk it with this form (JSON) and say who acts")
    return parser.parse_args(arguments)


def _faulty(file: Path, faults: Sequence[Fault]) -> int:
    for fault in faults:
        print(f"{file}:{fault.line}: {fault.code} {fault.place}: {fault.message}")  # noqa: T201
    print(f"{len(faults)} 处错误；各代码的说明见 docs/first-flow.md")  # noqa: T201
    return 1


def _dry_run(flow: Flow, answers: dict[str, Any], whole: WholeDirectory) -> int:
    try:
        form, initiator, named = filled_in(answers, whole)
        world = World(datetime.now(UTC), whole.seats, new_id)
        steps = list(rehearsal.rehearse(flow, form, initiator, world, named=named))
    except (Refusal, KeyError, ValueError) as error:
        print(f"试走不能进行：{error}")  # noqa: T201
        return 1
    print(f"发起人：{initiator.name}（{form.unit.name}）")  # noqa: T201
    for number, step in enumerate(steps, start=1):
        print(f"{number}. {rehearsal.in_words(step)}")  # noqa: T201
    return 0 if steps and steps[-1].people else 1


def whole_directory(folder: Path) -> WholeDirectory:
    """Raises: BadDirectory."""
    read = directory.load(folder)
    units = tuple(
        KnownUnit(
            Unit(id=each.id, name=each.name),
            each.code,
            each.kind,
            each.approves,
            has_seal=bool(each.seal_text),
        )
        for each in read.units
    )
    held: dict[tuple[Post, Any], tuple[Person, ...]] = {}
    for each in read.people:
        for code, post in each.posts:
            seat = (post, directory.unit_id(code))
            held[seat] = (*held.get(seat, ()), Person(id=each.id, name=each.name))
    return WholeDirectory(units, held)


def filled_in(
    answers: dict[str, Any], whole: WholeDirectory
) -> tuple[SealUseForm, Person, tuple[Unit, ...]]:
    """A form from what matters of it: `unit` and `approving_department` by code, anything else as
    in the form itself; `countersigners`: codes of those who are asked.

    Raises: KeyError for a unit that is not there; pydantic.ValidationError.
    """
    given = dict(answers)
    unit = _unit(given.pop("unit"), whole)
    named = tuple(_unit(code, whole) for code in given.pop("countersigners", []))
    staff = whole.held.get((Post.STAFF, unit.id), ())
    initiator = staff[0] if staff else Person(id=new_id(), name="某某")
    form = {
        "business_type": BusinessType.GENERAL,
        "commitment": {"by": initiator.model_dump(), "at": datetime.now(UTC)},
        "unit": unit.model_dump(),
        "approving_department": _unit(given.pop("approving_department"), whole).model_dump(),
        "applicant_name": initiator.name,
        "applicant_mobile": "13800000000",
        "handler_name": initiator.name,
        "handler_mobile": "13800000000",
        "materials": [{"row": 1, "name": "试走", "copies": 1, "files": []}],
        "power_of_attorney": False,
        "horizontal_contract": False,
        "contract_files": [],
        "seals": dict.fromkeys(("university", "president", "party_committee"), _NO_SEAL),
        "legal_certificate": _NOTHING,
        "legal_id_copy": _NOTHING,
    }
    return SealUseForm.model_validate(form | given), initiator, named


def _unit(code: str, whole: WholeDirectory) -> Unit:
    known = whole.coded(code)
    if known is None:
        raise KeyError(f"there is no unit {code}")
    return known.unit


FLOW_CHECK = OfflineCommand(
    "flow-check", "say what is wrong with a definition; --form: who would act", run
)
