"""用印登记簿: found, exported, summed up; what database and chain hold against change."""

import csv
import io
import zipfile
from typing import Any
from uuid import uuid4

import pytest
from document_svc import ledger_queries
from document_svc.chain import digest
from document_svc.ledger_models import LedgerEntry, LedgerHead
from document_svc.ledger_queries import Filters
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.identity import User
from shared.testing import Trial
from tests.service.document_svc.conftest import AUDITOR, INITIATOR, KEEPER, SECOND_KEEPER, Story
from tests.service.document_svc.test_corrections import confirm, propose
from tests.service.document_svc.test_counter import approve, register
from tests.unit.document_svc.examples import unit

PRESIDENT = [{"item": "president", "count": 1}]
UNIVERSITY = [{"item": "university", "count": 2}]


async def ask(trial: Trial, path: str, who: User = AUDITOR, **query: Any) -> Any:
    async with trial.client(who) as client:
        return await client.get(path, params=query or None)


async def found(trial: Trial, **query: Any) -> list[int]:
    """Sequences, the newest first."""
    answer = await ask(trial, "/ledger", **query)
    assert answer.status_code == 200, answer.text
    return [entry["sequence"] for entry in answer.json()["items"]]


async def three_entries(trial: Trial) -> list[Any]:
    """Two of one request by two keepers, one of another unit's request."""
    first, second = Story(uuid4()), Story(uuid4())
    await approve(trial, first)
    await approve(trial, second, unit=unit("物理学院"), handler_name="祝(100%)_赟")
    absent = {"handler_present": False, "came_instead": "王罗珺", "reason": "=经办人出差"}
    return [
        (await register(trial, first, uses=UNIVERSITY)).json(),
        (await register(trial, first, SECOND_KEEPER, uses=PRESIDENT)).json(),
        (await register(trial, second, uses=PRESIDENT, **absent)).json(),
    ]


async def test_the_ledger_is_searched_by_everything(trial: Trial) -> None:
    await three_entries(trial)
    assert await found(trial) == [3, 2, 1]
    assert await found(trial, item="president") == [3, 2]
    assert await found(trial, unit_id=str(unit("计算机学院").id)) == [2, 1]
    assert await found(trial, person="邵旸") == [2]
    assert await found(trial, person="王罗珺") == [3]
    assert await found(trial, number="yy2026-000042") == [3, 2, 1]
    assert await found(trial, number="000139") == [3, 2, 1]
    assert await found(trial, q="物理 出差") == [3]
    assert await found(trial, q="物理 不存在") == []
    assert await found(trial, kind="correction") == []
    assert await found(trial, item="president", person="邵旸", q="计算机") == [2]


async def test_what_is_searched_for_is_no_pattern(trial: Trial) -> None:
    await three_entries(trial)
    assert await found(trial, person="(100%)_") == [3]
    assert await found(trial, person="%") == [3]
    assert await found(trial, person="_") == [3]
    assert await found(trial, q="' OR 1=1 --") == []


async def test_days_are_the_organisations_and_both_included(trial: Trial) -> None:
    [entry, *_] = await three_entries(trial)
    today = entry["recorded_at"][:10]
    async with trial.runtime.transaction() as tx:
        here = tx.now.astimezone(tx.runtime.organisation.zone).date().isoformat()
    assert await found(trial, first_day=here, last_day=here) == [3, 2, 1]
    assert await found(trial, last_day="2020-01-01") == []
    assert await found(trial, first_day="2999-01-01") == []
    assert today[:4] in here


async def test_pages_follow_each_other_without_a_gap(trial: Trial) -> None:
    await three_entries(trial)
    first = (await ask(trial, "/ledger", limit=2)).json()
    second = (await ask(trial, "/ledger", limit=2, cursor=first["next"])).json()
    assert [entry["sequence"] for page in (first, second) for entry in page["items"]] == [3, 2, 1]
    assert second["next"] is None
    assert (await ask(trial, "/ledger/count", item="president")).json() == {"count": 2}


async def test_an_export_is_a_line_for_each_seal_and_runs_nothing(trial: Trial) -> None:
    await three_entries(trial)
    answer = await ask(trial, "/ledger/export", format="csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [(row["序号"], row["印章或证件"], row["数量"]) for row in rows] == [
        ("1", "校章", "2"),
        ("2", "校长章", "1"),
        ("3", "校长章", "1"),
    ]
    assert [row["盖章人"] for row in rows] == [row["登记人"] for row in rows]
    assert (rows[2]["代办人"], rows[2]["原因"]) == ("王罗珺", "'=经办人出差")
    book = await ask(trial, "/ledger/export", format="xlsx", item="university")
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        assert '<row r="2"' in parts.read("xl/worksheets/sheet1.xml").decode()
        assert '<row r="3"' not in parts.read("xl/worksheets/sheet1.xml").decode()


async def test_sums_count_corrections_in(trial: Trial) -> None:
    [first, *_] = await three_entries(trial)
    one = [{"item": "university", "count": 1}]
    await confirm(trial, (await propose(trial, first["id"], uses=one)).json())

    async def sums(by: str, **query: Any) -> list[tuple[str, int, int]]:
        items = (await ask(trial, "/ledger/statistics", by=by, **query)).json()["items"]
        return [(item["name"], item["count"], item["entries"]) for item in items]

    assert await sums("seal") == [("校长章", 2, 2), ("校章", 1, 2)]
    assert await sums("unit") == [("计算机学院", 2, 3), ("物理学院", 1, 1)]
    [(_, count, number)] = await sums("month")
    assert (count, number) == (3, 4)
    assert await sums("unit", item="president") == [("物理学院", 1, 1), ("计算机学院", 1, 1)]


@pytest.mark.parametrize("path", ["", "/count", "/export", "/statistics?by=seal", "/proof"])
async def test_the_ledger_is_for_those_who_oversee(trial: Trial, path: str) -> None:
    refused = await ask(trial, f"/ledger{path}", INITIATOR)
    assert (refused.status_code, refused.json()["code"]) == (403, "overseers_only")
    async with trial.client() as client:
        assert (await client.get(f"/ledger{path}")).status_code == 401


# ---- Against change ------------------------------------------------------------------------------

CHANGES = [
    "UPDATE ledger_entry SET reason = 'x'",
    "DELETE FROM ledger_entry",
    "UPDATE ledger_line SET count = 9",
    "DELETE FROM ledger_line",
]


@pytest.mark.parametrize("change", CHANGES)
async def test_the_database_itself_refuses_changes(trial: Trial, change: str) -> None:
    await three_entries(trial)
    with pytest.raises(DBAPIError, match="append-only"):
        await execute(trial, change)
    assert await found(trial) == [3, 2, 1]


async def execute(trial: Trial, *statements: str) -> None:
    async with trial.runtime.database.session() as session:
        for statement in statements:
            await session.execute(text(statement))


async def defenceless(trial: Trial) -> None:
    """As whoever owns the database can make it."""
    dialect = trial.runtime.database.engine.dialect.name
    for table in ("ledger_entry", "ledger_line"):
        if dialect == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                await execute(trial, f"DROP TRIGGER {table}_keeps_{verb}")
        else:
            for trigger in ("rows", "all"):
                await execute(trial, f"DROP TRIGGER {table}_keeps_{trigger} ON {table}")


async def broken_at(trial: Trial, kept: dict[int, str] | None = None) -> int | None:
    async with trial.runtime.transaction() as tx:
        return (await ledger_queries.verified(tx, kept=kept)).broken_at


TAMPERING = [
    ("UPDATE ledger_entry SET reason = '改' WHERE sequence = 2", 2),
    ("UPDATE ledger_entry SET handler_present = false WHERE sequence = 1", 1),
    ("UPDATE ledger_entry SET lines = '[]' WHERE sequence = 2", 2),
    ("UPDATE ledger_entry SET by_name = '他人' WHERE sequence = 3", 3),
    ("UPDATE ledger_entry SET pressed_by = '他人' WHERE sequence = 2", 2),
    ("UPDATE ledger_entry SET pressed_by = NULL WHERE sequence = 2", 2),
    ("UPDATE ledger_entry SET hash = previous_hash WHERE sequence = 3", 3),
    ("UPDATE ledger_line SET count = 1 WHERE sequence = 1", 1),
    ("DELETE FROM ledger_line WHERE sequence = 2", 2),
    ("INSERT INTO ledger_line (sequence, position, item, count) VALUES (1, 7, 'president', 1)", 1),
    ("DELETE FROM ledger_line WHERE sequence = 1; DELETE FROM ledger_entry WHERE sequence = 1", 1),
    ("DELETE FROM ledger_line WHERE sequence = 2; DELETE FROM ledger_entry WHERE sequence = 2", 2),
    ("DELETE FROM ledger_line WHERE sequence = 3; DELETE FROM ledger_entry WHERE sequence = 3", 3),
    (
        "DELETE FROM ledger_line; UPDATE ledger_entry SET sequence = 9 WHERE sequence = 2;"
        "UPDATE ledger_entry SET sequence = 2 WHERE sequence = 3;"
        "UPDATE ledger_entry SET sequence = 3 WHERE sequence = 9",
        1,  # the lines are gone already
    ),
]


@pytest.mark.parametrize(("tampering", "place"), TAMPERING)
async def test_the_first_changed_entry_is_found(trial: Trial, tampering: str, place: int) -> None:
    await three_entries(trial)
    await defenceless(trial)
    assert await broken_at(trial) is None
    await execute(trial, *tampering.split(";"))
    assert await broken_at(trial) == place
    assert (await ask(trial, "/ledger/proof")).json()["broken_at"] == place


async def test_a_cut_end_shows_against_what_was_noted_outside(trial: Trial) -> None:
    """Whoever cuts off the end and mends the head leaves a chain that is whole in itself."""
    entries = await three_entries(trial)
    noted = {3: entries[2]["hash"]}
    await defenceless(trial)
    await execute(
        trial,
        "DELETE FROM ledger_line WHERE sequence = 3",
        "DELETE FROM ledger_entry WHERE sequence = 3",
        f"UPDATE ledger_head SET sequence = 2, hash = '{entries[1]['hash']}'",
    )
    assert await broken_at(trial) is None
    assert await broken_at(trial, noted) == 3
    assert await broken_at(trial, {2: "0" * 64}) == 2


async def test_the_command_tells_an_operator(
    trial: Trial, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = await three_entries(trial)
    [command] = [c for c in trial.runtime.service.commands if c.name == "ledger-verify"]
    await command.run(trial.runtime, [f"2:{entries[1]['hash']}"])
    assert capsys.readouterr().out.endswith(f"3:{entries[2]['hash']}\n")
    with pytest.raises(SystemExit):
        await command.run(trial.runtime, ["nonsense"])
    await defenceless(trial)
    await execute(trial, "UPDATE ledger_entry SET title = '改' WHERE sequence = 2")
    with pytest.raises(SystemExit) as ending:
        await command.run(trial.runtime, [])
    assert ending.value.code == 1
    assert "第 2 条" in capsys.readouterr().out


async def test_a_long_ledger_is_read_in_parts(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_queries, "_AT_ONCE", 2)
    await three_entries(trial)
    async with trial.runtime.transaction() as tx:
        every = [entry.sequence async for entry in ledger_queries.all_in_order(tx, Filters())]
    assert every == [1, 2, 3]
    assert await broken_at(trial) is None


async def test_entries_tell_who_registered(trial: Trial) -> None:
    [first, second, _] = await three_entries(trial)
    assert (first["by"]["id"], second["by"]["id"]) == (str(KEEPER.id), str(SECOND_KEEPER.id))


async def test_an_entry_from_before_it_was_asked_who_pressed_still_verifies(trial: Trial) -> None:
    """Its hash was made of the columns that there were then."""
    await three_entries(trial)
    await defenceless(trial)
    async with trial.runtime.transaction() as tx:
        head = await tx.session.get_one(LedgerHead, 1)
        last = await tx.session.get_one(LedgerEntry, head.sequence)
        last.pressed_by = None
        columns = LedgerEntry.__table__.columns.keys()
        later = {"pressed_by", "month", "words", "idempotency_key"}
        last.hash = digest({name: getattr(last, name) for name in columns if name not in later})
        head.hash = last.hash
    assert await broken_at(trial) is None
    await execute(trial, "UPDATE ledger_entry SET pressed_by = '他人' WHERE sequence = 3")
    assert await broken_at(trial) == 3


async def test_who_pressed_is_searched_for_and_stays_through_a_correction(trial: Trial) -> None:
    story = Story(uuid4())
    await approve(trial, story)
    entry = (await register(trial, story, uses=UNIVERSITY, pressed_by="高令仪")).json()
    one = [{"item": "university", "count": 1}]
    await confirm(trial, (await propose(trial, entry["id"], uses=one)).json())
    assert await found(trial, person="高令仪") == await found(trial, q="高令仪") == [2, 1]
