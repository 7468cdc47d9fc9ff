"""The directory as it is imported: two CSV files, read whole or refused whole. Pure.

units.csv: code,name,kind,approves,seal_text · people.csv: login,name,mobile,email,posts.
`approves` lists business types, `posts` lists `unit_code:post`, both joined by `|`. Ids come from
code and login, so that importing again finds the same units and people.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid5

from shared.contracts.people import BusinessType, Post, UnitKind

UNITS_FILE = "units.csv"
PEOPLE_FILE = "people.csv"
UNIT_COLUMNS = ("code", "name", "kind", "approves", "seal_text")
PERSON_COLUMNS = ("login", "name", "mobile", "email", "posts")
ONE_OF_A_KIND = (UnitKind.LEGAL_COUNSEL, UnitKind.SEAL_OFFICE)
LONGEST = 100
_NAMESPACE = UUID("5ea1f10e-0d1c-5000-8000-000000000000")


def unit_id(code: str) -> UUID:
    return uuid5(_NAMESPACE, f"unit:{code}")


def person_id(login: str) -> UUID:
    return uuid5(_NAMESPACE, f"person:{login}")


@dataclass(frozen=True, slots=True)
class ImportedUnit:
    code: str
    name: str
    kind: UnitKind
    approves: tuple[BusinessType, ...]
    seal_text: str

    @property
    def id(self) -> UUID:
        return unit_id(self.code)


@dataclass(frozen=True, slots=True)
class ImportedPerson:
    login: str
    name: str
    mobile: str | None
    email: str | None
    posts: tuple[tuple[str, Post], ...]  # unit code and post

    @property
    def id(self) -> UUID:
        return person_id(self.login)


@dataclass(frozen=True, slots=True)
class ImportedDirectory:
    units: tuple[ImportedUnit, ...]
    people: tuple[ImportedPerson, ...]

    @property
    def sha256(self) -> str:
        """By which the same directory is known again, in hex."""
        return sha256(repr(self).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong, and where: `line` as an editor counts, from 1. `code` is stable; the message
    is for whoever reads a log."""

    file: str
    line: int
    column: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, column {self.column}: {self.message}"


class BadDirectory(ValueError):
    """Nothing was imported; every flaw that was found is named."""

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        super().__init__("\n".join(map(str, flaws)))
        self.flaws = tuple(flaws)


def load(folder: Path) -> ImportedDirectory:
    """Raises: BadDirectory, also when a file is missing or not UTF-8."""
    return parse(_text(folder, UNITS_FILE), _text(folder, PEOPLE_FILE))


def parse(units: str, people: str) -> ImportedDirectory:
    """Raises: BadDirectory naming every flaw."""
    flaws: list[Flaw] = []
    unit_rows = [_unit(row) for row in _rows(UNITS_FILE, units, UNIT_COLUMNS, flaws)]
    codes = {unit.code for unit in unit_rows}
    person_rows = [_person(r, codes) for r in _rows(PEOPLE_FILE, people, PERSON_COLUMNS, flaws)]
    for kind in ONE_OF_A_KIND:
        count = sum(unit.kind is kind for unit in unit_rows)
        if count != 1 and not flaws:
            message = f"needs one unit of kind {kind}, has {count}"
            flaws.append(Flaw(UNITS_FILE, 1, "kind", f"one_{kind}", message))
    if flaws:
        raise BadDirectory(flaws)
    return ImportedDirectory(tuple(unit_rows), tuple(person_rows))


def _text(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadDirectory(
            [Flaw(name, 0, "-", "no_file", f"there is no such file in {folder}")]
        ) from None
    except UnicodeDecodeError as error:
        raise BadDirectory([Flaw(name, 0, "-", "not_utf8", f"is not UTF-8: {error}")]) from None


@dataclass(slots=True)
class _Row:
    """A row of a file; what is wrong with it goes to `flaws`."""

    file: str
    line: int
    values: Mapping[str, str]
    flaws: list[Flaw]

    def flaw(self, column: str, code: str, message: str) -> None:
        self.flaws.append(Flaw(self.file, self.line, column, code, message))

    def required(self, column: str) -> str:
        value = self.optional(column)
        if not value:
            self.flaw(column, "empty", "is empty")
        return value

    def optional(self, column: str) -> str:
        value = self.values[column].strip()
        if len(value) > LONGEST and column != "posts":
            self.flaw(column, "too_long", f"is longer than {LONGEST} characters")
        return value

    def several(self, column: str) -> list[str]:
        return [part.strip() for part in self.values[column].split("|") if part.strip()]


def _rows(file: str, text: str, columns: tuple[str, ...], flaws: list[Flaw]) -> Iterator[_Row]:
    reader = csv.reader(io.StringIO(text))
    header = next(reader, [])
    if tuple(header) != columns:
        flaws.append(Flaw(file, 1, "-", "header", f"the header must be {','.join(columns)}"))
        return
    seen: dict[str, int] = {}
    for values in reader:
        line = reader.line_num
        if not values:
            continue
        if len(values) != len(columns):
            message = f"has {len(values)} values, the header has {len(columns)}"
            flaws.append(Flaw(file, line, "-", "columns", message))
            continue
        key = values[0].strip()
        if key in seen:
            message = f"{key} stands in line {seen[key]} already"
            flaws.append(Flaw(file, line, columns[0], "doubled", message))
        seen[key] = line
        yield _Row(file, line, dict(zip(columns, values, strict=True)), flaws)


def _unit(row: _Row) -> ImportedUnit:
    kind, approves = UnitKind.OTHER, []
    try:
        kind = UnitKind(row.required("kind"))
    except ValueError:
        row.flaw(
            "kind", "unknown_kind", f"{row.values['kind']!r} is none of: {', '.join(UnitKind)}"
        )
    for business_type in row.several("approves"):
        try:
            approves.append(BusinessType(business_type))
        except ValueError:
            row.flaw(
                "approves",
                "unknown_type",
                f"{business_type!r} is none of: {', '.join(BusinessType)}",
            )
    if approves and kind is not UnitKind.DEPARTMENT:
        row.flaw("approves", "no_department", "only a department approves")
    return ImportedUnit(
        code=row.required("code"),
        name=row.required("name"),
        kind=kind,
        approves=tuple(approves),
        seal_text=row.optional("seal_text"),
    )


def _person(row: _Row, codes: set[str]) -> ImportedPerson:
    mobile, email = row.optional("mobile"), row.optional("email")
    if mobile and not mobile.removeprefix("+").isdecimal():
        row.flaw("mobile", "no_number", f"{mobile!r} is not a telephone number")
    if email and "@" not in email:
        row.flaw("email", "no_address", f"{email!r} is not an address")
    return ImportedPerson(
        login=row.required("login").lower(),
        name=row.required("name"),
        mobile=mobile or None,
        email=email or None,
        posts=tuple(dict.fromkeys(_posts(row, codes))),
    )


def _posts(row: _Row, codes: set[str]) -> Iterator[tuple[str, Post]]:
    for held in row.several("posts"):
        code, _, post = held.partition(":")
        if code not in codes:
            row.flaw("posts", "no_unit", f"there is no unit {code!r}")
            continue
        try:
            yield code, Post(post)
        except ValueError:
            row.flaw("posts", "unknown_post", f"{post!r} is none of: {', '.join(Post)}")
