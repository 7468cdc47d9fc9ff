"""Who sits where: which post of which unit a node asks, and who holds it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.contracts.people import Person, Post, Unit, UnitId, UnitKind
from workflow_svc.domain import Instance
from workflow_svc.errors import DirectoryIncomplete
from workflow_svc.flow import FlowNode, FormUnit, KindUnit


@dataclass(frozen=True, slots=True)
class Seat:
    """A post in a unit; the unit by its id, or as the one of its kind."""

    post: Post
    unit: UnitId | UnitKind


@dataclass(frozen=True, slots=True)
class Directory:
    """As much of the directory as a command needs: active people in active units."""

    held: Mapping[tuple[Post, UnitId], tuple[Person, ...]]
    of_kind: Mapping[UnitKind, Unit] = field(default_factory=dict)

    def holders(self, post: Post, unit: UnitId) -> tuple[Person, ...]:
        return self.held.get((post, unit), ())

    def unit_of(self, kind: UnitKind) -> Unit:
        """Raises: DirectoryIncomplete when no unit is of this kind."""
        if kind not in self.of_kind:
            raise DirectoryIncomplete(unit_kind=kind.value)
        return self.of_kind[kind]


def seats_of(node: FlowNode, instance: Instance) -> Iterable[Seat]:
    """The seats that a node asks, as far as the form and the decisions so far tell."""
    rule = node.units
    if isinstance(rule, KindUnit):
        yield Seat(node.post, rule.kind)
    elif isinstance(rule, FormUnit):
        yield Seat(node.post, _form_unit(rule, instance).id)
    else:
        yield from (Seat(node.post, unit.id) for unit in instance.countersigners)


def units_of(node: FlowNode, instance: Instance, directory: Directory) -> tuple[Unit, ...]:
    """The units whose people a node asks. Raises: DirectoryIncomplete."""
    rule = node.units
    if isinstance(rule, KindUnit):
        return (directory.unit_of(rule.kind),)
    if isinstance(rule, FormUnit):
        return (_form_unit(rule, instance),)
    return instance.countersigners


def _form_unit(rule: FormUnit, instance: Instance) -> Unit:
    form = instance.form
    return form.unit if rule is FormUnit.UNIT else form.approving_department
