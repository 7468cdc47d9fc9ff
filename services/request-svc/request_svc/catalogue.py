"""The matters of the hall: data in `matters/*.toml`, or in a folder that the operator names."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, model_validator

from shared.contracts.people import BusinessType, UnitKind
from shared.organisation import Organisation

PACKAGED = Path(__file__).parent / "matters"


class Category(StrEnum):
    PUBLIC = "公共服务"
    STAFF = "人事服务"
    FOREIGN = "外事服务"
    OFFICE = "行政办公"
    IT = "IT服务"
    DATA = "数据分析"


class MatterKind(StrEnum):
    FLOW = "flow"  # handled here, by a flow
    LINK = "link"  # handled by another system, at `url`


class Attachment(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    url: str


class Matter(BaseModel):
    """A matter as its file describes it, with the organisation's own words filled in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    name: str
    category: Category
    kind: MatterKind
    url: str | None = None
    responsible_unit: str | None = None  # shown until the directory names one of this kind:
    responsible_unit_kind: UnitKind | None = None
    audience: tuple[str, ...] = ()
    description: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    business_types: tuple[BusinessType, ...] = ()

    @model_validator(mode="after")
    def _leads_somewhere(self) -> "Matter":
        if (self.kind is MatterKind.LINK) != (self.url is not None):
            raise ValueError(f"{self.key}: a link has a url, a flow has none")
        return self


class _MattersFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    matters: list[Matter]


def load_matters(folder: Path, organisation: Organisation) -> Mapping[str, Matter]:
    """By key: those with a flow first, then in the order of the files.

    Raises: pydantic.ValidationError for a bad entry, ValueError for a key that two entries claim,
    KeyError for a text that names a value the organisation does not have.
    """
    words = organisation.model_dump()
    found: dict[str, Matter] = {}
    for path in sorted(folder.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        for matter in _MattersFile.model_validate(content).matters:
            if matter.key in found:
                raise ValueError(f"two matters claim the key {matter.key}")
            texts = tuple(text.format_map(words) for text in matter.description)
            found[matter.key] = matter.model_copy(update={"description": texts})
    ordered = sorted(found.values(), key=lambda matter: matter.kind is not MatterKind.FLOW)
    return {matter.key: matter for matter in ordered}
