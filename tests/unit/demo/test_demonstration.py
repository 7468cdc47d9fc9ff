"""The demonstration organisation: whole, plausible, and nobody real."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from demo.script import DEMONSTRATION, Directory, Script
from shared.contracts.people import BusinessType, Post, UnitKind
from shared.organisation import Organisation

Rows = list[dict[str, str]]


def _rows(name: str) -> Rows:
    with (DEMONSTRATION / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def units() -> Rows:
    return _rows("units.csv")


@pytest.fixture
def people() -> Rows:
    return _rows("people.csv")


def test_it_is_a_whole_university(units: Rows, people: Rows) -> None:
    kinds = Counter(unit["kind"] for unit in units)
    assert kinds[UnitKind.DEPARTMENT] >= 10
    assert kinds[UnitKind.LEGAL_COUNSEL] == kinds[UnitKind.SEAL_OFFICE] == 1
    assert sum(1 for unit in units if unit["seal_text"]) >= 40
    assert len(people) >= 200


def test_every_seal_carries_its_units_name(units: Rows) -> None:
    name = Organisation.load(DEMONSTRATION / "organisation.toml").name
    assert all(unit["seal_text"] == name + unit["name"] for unit in units if unit["seal_text"])


def test_every_unit_has_its_office_and_one_head(units: Rows) -> None:
    directory = Directory.load()
    for unit in units:
        assert directory.names(unit["name"], Post.OFFICE_STAFF)
        assert len(directory.names(unit["name"], Post.HEAD)) == 1


def test_every_department_that_gives_an_opinion_has_two_reviewers(units: Rows) -> None:
    directory = Directory.load()
    for unit in units:
        if unit["kind"] in {UnitKind.DEPARTMENT, UnitKind.LEGAL_COUNSEL}:
            assert len(directory.names(unit["name"], Post.REVIEWER)) >= 2


@pytest.mark.parametrize("business_type", BusinessType)
def test_every_business_type_has_departments_to_choose_from(
    units: Rows, business_type: BusinessType
) -> None:
    assert sum(business_type in unit["approves"].split("|") for unit in units) >= 2


def test_people_can_be_told_apart_and_reached(people: Rows) -> None:
    for key in ("login", "mobile", "email"):
        assert len({person[key] for person in people}) == len(people)
    assert all(re.fullmatch(r"1[3-9]\d{9}", person["mobile"]) for person in people)


def test_no_mail_can_leave_the_demonstration(people: Rows) -> None:
    assert all(person["email"].endswith(".example") for person in people)


def test_the_sign_in_page_and_the_story_name_people_who_exist(people: Rows) -> None:
    logins = {person["login"] for person in people}
    organisation = Organisation.load(DEMONSTRATION / "organisation.toml")
    cast = Script.load().cast
    played = {cast.applicant, *cast.office, cast.head, cast.reviewer, cast.counsel}
    played |= {each.login for each in cast.countersigners} | {cast.seal_keeper, cast.stranger}
    assert {account.login for account in organisation.demonstration} >= played
    assert {account.login for account in organisation.demonstration} <= logins


def test_the_code_names_nobody_of_the_demonstration(people: Rows) -> None:
    root = Path(__file__).resolve().parents[3]
    names = {person["name"] for person in people if len(person["name"]) > 2}
    folders = ("shared", "services", "gateway", "allinone", "demo")
    found = {
        (path.name, name)
        for folder in folders
        for path in (root / folder).rglob("*.py")
        for name in names
        if name in path.read_text(encoding="utf-8")
    }
    assert not found
