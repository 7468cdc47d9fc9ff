"""What the story is about: its cast, its texts, and who holds which post, from the files of the
demonstration organisation.
"""

import csv
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from shared.contracts.people import BusinessType, Post

DEMONSTRATION = Path(__file__).resolve().parent.parent / "deploy" / "demonstration"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Countersigner(_Part):
    login: str
    unit: str


class Cast(_Part):
    """Logins, but for the handler, who need not be of the organisation."""

    applicant: str
    handler: str
    handler_mobile: str
    office: tuple[str, str]  # who returns the request, who passes it on
    head: str
    reviewer: str
    countersigners: tuple[Countersigner, ...]
    counsel: str
    seal_keeper: str
    stranger: str


class MaterialText(_Part):
    name: str
    copies: int
    file: str
    lines: tuple[tuple[str, ...], ...]  # by page


class ContractText(_Part):
    file: str


class RequestText(_Part):
    """Units by their names."""

    business_type: BusinessType
    unit: str
    approving_department: str
    legal_counsel: str
    seal_office: str
    applicant_mobile: str
    university_seal_place: str
    president_seal_place: str
    certificate_purpose: str
    materials: tuple[MaterialText, ...]
    contract: ContractText


class Opinions(_Part):
    """`countersign` in the order of the cast's countersigners."""

    returned: str
    office: str
    head: str
    reviewer: str
    countersign: tuple[str, ...]
    counsel: str
    seal_keeper: str


class Correction(_Part):
    copies: int


class Script(_Part):
    cast: Cast
    request: RequestText
    opinions: Opinions
    correction: Correction

    @classmethod
    def load(cls, folder: Path = DEMONSTRATION) -> "Script":
        """Raises: pydantic.ValidationError naming each missing or unknown key."""
        text = (folder / "story.toml").read_text(encoding="utf-8")
        return cls.model_validate(tomllib.loads(text))


@dataclass(frozen=True)
class Directory:
    """People's names by what they hold: (unit's name, post)."""

    holders: dict[tuple[str, Post], list[str]]

    def names(self, unit: str, post: Post) -> list[str]:
        return self.holders[unit, post]

    @classmethod
    def load(cls, folder: Path = DEMONSTRATION) -> "Directory":
        units = {row["code"]: row["name"] for row in _rows(folder / "units.csv")}
        holders: dict[tuple[str, Post], list[str]] = {}
        for person in _rows(folder / "people.csv"):
            for held in person["posts"].split("|"):
                code, _, post = held.partition(":")
                holders.setdefault((units[code], Post(post)), []).append(person["name"])
        return cls(holders)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
