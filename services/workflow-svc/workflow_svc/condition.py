"""When a node is asked: a grammar closed to everything but questions about the form.

    condition := "nonempty(" name ")" | name operator literal
    name      := "form." field | "countersigners"
    operator  := "==" | "!=" | "<" | "<=" | ">" | ">="
    literal   := "true" | "false" | a whole number | '"' text '"'

Nothing is ever evaluated as code, so that a definition can be proved harmless.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.contracts.people import Unit
from shared.contracts.request import SealUseForm

Value = bool | int | str | tuple[str, ...]


class Kind(StrEnum):
    BOOLEAN = "boolean"
    NUMBER = "number"
    TEXT = "text"
    LIST = "list"


COUNTERSIGNERS = "countersigners"

# What a condition may ask about, and how it reads from a submission.
_READ: Mapping[str, tuple[Kind, Callable[[SealUseForm], Value]]] = {
    "form.business_type": (Kind.TEXT, lambda form: form.business_type.value),
    "form.power_of_attorney": (Kind.BOOLEAN, lambda form: form.power_of_attorney),
    "form.horizontal_contract": (Kind.BOOLEAN, lambda form: form.horizontal_contract),
    "form.materials": (Kind.LIST, lambda form: tuple(row.name for row in form.materials)),
    "form.contract_files": (Kind.LIST, lambda form: tuple(f.name for f in form.contract_files)),
    "form.seals.university": (Kind.NUMBER, lambda form: form.seals.university.count),
    "form.seals.president": (Kind.NUMBER, lambda form: form.seals.president.count),
    "form.seals.party_committee": (Kind.NUMBER, lambda form: form.seals.party_committee.count),
    "form.legal_certificate": (Kind.NUMBER, lambda form: form.legal_certificate.count),
    "form.legal_id_copy": (Kind.NUMBER, lambda form: form.legal_id_copy.count),
}
NAMES: Mapping[str, Kind] = {
    **{name: kind for name, (kind, _) in _READ.items()},
    COUNTERSIGNERS: Kind.LIST,
}

_COMPARE: Mapping[str, Callable[[Value, Value], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ORDERING = frozenset({"<", "<=", ">", ">="})
_NONEMPTY = re.compile(r"nonempty\(([a-z_.]+)\)")
_COMPARISON = re.compile(r"([a-z_.]+) (==|!=|<=|>=|<|>) (true|false|\d{1,9}|\"[^\"]*\")")


class OutsideGrammar(ValueError):
    """D06: not a condition of the grammar above."""


class WrongField(ValueError):
    """D07: an unknown name, or one of another kind than the comparison needs."""


@dataclass(frozen=True, slots=True)
class Condition:
    text: str
    name: str
    operator: str  # "nonempty" or one of the comparisons
    literal: Value = ()

    def holds(self, facts: Mapping[str, Value]) -> bool:
        value = facts[self.name]
        if self.operator == "nonempty":
            return bool(value)
        return _COMPARE[self.operator](value, self.literal)

    @property
    def asks_countersigners(self) -> bool:
        """Whether it depends on what is named on the way rather than on the form alone."""
        return self.name == COUNTERSIGNERS

    @property
    def is_nonempty_countersigners(self) -> bool:
        return self.asks_countersigners and self.operator == "nonempty"


def facts_of(form: SealUseForm, countersigners: tuple[Unit, ...]) -> dict[str, Value]:
    """What conditions can ask about, as it stands in this submission."""
    facts: dict[str, Value] = {name: read(form) for name, (_, read) in _READ.items()}
    facts[COUNTERSIGNERS] = tuple(unit.name for unit in countersigners)
    return facts


def parse(text: str) -> Condition:
    """Raises: OutsideGrammar, WrongField."""
    if match := _NONEMPTY.fullmatch(text):
        name = match[1]
        _require(name, Kind.LIST)
        return Condition(text, name, "nonempty")
    match = _COMPARISON.fullmatch(text)
    if match is None:
        raise OutsideGrammar(f"not a condition: {text!r}")
    name, compare, literal = match[1], match[2], _literal(match[3])
    kind = _kind(literal)
    _require(name, kind)
    if compare in _ORDERING and kind is not Kind.NUMBER:
        raise WrongField(f"{compare} compares numbers, {name} is a {kind}")
    return Condition(text, name, compare, literal)


def _literal(text: str) -> bool | int | str:
    if text in {"true", "false"}:
        return text == "true"
    return int(text) if text.isdecimal() else text[1:-1]


def _kind(literal: bool | int | str) -> Kind:
    if isinstance(literal, bool):
        return Kind.BOOLEAN
    return Kind.NUMBER if isinstance(literal, int) else Kind.TEXT


def _require(name: str, kind: Kind) -> None:
    if name not in NAMES:
        raise WrongField(f"unknown name {name}")
    if NAMES[name] is not kind:
        raise WrongField(f"{name} is a {NAMES[name]}, not a {kind}")
