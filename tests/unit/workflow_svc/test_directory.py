"""The import files: read whole, or refused with every place that is wrong."""

from pathlib import Path

import pytest
from workflow_svc.directory import BadDirectory, load, parse, person_id

from shared.contracts.people import BusinessType, Post, UnitKind

UNITS = """code,name,kind,approves,seal_text
math,数学学院,school,,某大学数学学院
research,科研部,department,research|general,某大学科研部
counsel,法律办,legal_counsel,,某大学法律办
seals,督查室,seal_office,,
"""
PEOPLE = """login,name,mobile,email,posts
Wang,王芳,19900000001,wang@example.edu,math:head|math:staff
li,李强,,,
"""


def flaws(units: str = UNITS, people: str = PEOPLE) -> list[tuple[str, int, str]]:
    with pytest.raises(BadDirectory) as bad:
        parse(units, people)
    return [(flaw.file, flaw.line, flaw.column) for flaw in bad.value.flaws]


def test_units_and_people_are_read() -> None:
    directory = parse(UNITS, PEOPLE)
    research = directory.units[1]
    assert research.kind is UnitKind.DEPARTMENT
    assert research.approves == (BusinessType.RESEARCH, BusinessType.GENERAL)
    wang, li = directory.people
    assert wang.login == "wang"
    assert wang.posts == (("math", Post.HEAD), ("math", Post.STAFF))
    assert (li.mobile, li.email, li.posts) == (None, None, ())


def test_the_same_login_is_always_the_same_person() -> None:
    assert parse(UNITS, PEOPLE).people[0].id == person_id("wang")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("code,name", "name,code", ("units.csv", 1, "-")),
        ("math,数学学院", "math,", ("units.csv", 2, "name")),
        ("math,数学学院,school", "math,数学学院,circus", ("units.csv", 2, "kind")),
        ("research|general", "research|party", ("units.csv", 3, "approves")),
        ("math,数学学院,school,", "math,数学学院,school,general", ("units.csv", 2, "approves")),
        ("research,科研部", "math,科研部", ("units.csv", 3, "code")),
        (",某大学法律办", "", ("units.csv", 4, "-")),
        ("seal_office", "other", ("units.csv", 1, "kind")),
    ],
)
def test_a_bad_unit_is_refused_with_its_place(
    old: str, new: str, place: tuple[str, int, str]
) -> None:
    assert old in UNITS
    assert place in flaws(units=UNITS.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("王芳", "", ("people.csv", 2, "name")),
        ("19900000001", "call me", ("people.csv", 2, "mobile")),
        ("wang@example.edu", "wang", ("people.csv", 2, "email")),
        ("math:head", "moon:head", ("people.csv", 2, "posts")),
        ("math:head", "math:emperor", ("people.csv", 2, "posts")),
        ("li,", "Wang,", ("people.csv", 3, "login")),
        ("李强,,,", "李强,,", ("people.csv", 3, "-")),
    ],
)
def test_a_bad_person_is_refused_with_their_place(
    old: str, new: str, place: tuple[str, int, str]
) -> None:
    assert old in PEOPLE
    assert place in flaws(people=PEOPLE.replace(old, new, 1))


def test_every_flaw_is_named_at_once() -> None:
    assert len(flaws(UNITS.replace("school", "circus"), PEOPLE.replace("王芳", ""))) == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadDirectory, match=r"units\.csv"):
        load(tmp_path)


def test_a_file_saved_by_a_spreadsheet_is_read(tmp_path: Path) -> None:
    (tmp_path / "units.csv").write_text("\ufeff" + UNITS, encoding="utf-8")
    (tmp_path / "people.csv").write_text("\ufeff" + PEOPLE, encoding="utf-8")
    assert len(load(tmp_path).units) == 4
