"""Owned by workflow-svc: who is who. Others keep from these what they need."""

from pydantic import AwareDatetime

from shared.contracts.event import Event, Fact
from shared.contracts.people import BusinessType, PersonId, Post, Unit, UnitId, UnitKind


class HeldPost(Fact):
    unit: Unit
    post: Post


class PersonChanged(Event, topic="directory.person_changed.v1", aggregate="person_id"):
    """A person as they are now, whole; an inactive one has left."""

    person_id: PersonId
    login: str
    name: str
    mobile: str | None
    email: str | None
    active: bool
    posts: tuple[HeldPost, ...]
    changed_at: AwareDatetime


class UnitChanged(Event, topic="directory.unit_changed.v1", aggregate="unit_id"):
    """A unit as it is now, whole."""

    unit_id: UnitId
    code: str
    name: str
    kind: UnitKind
    approves: tuple[BusinessType, ...]  # business types this unit is an approving department for
    has_seal: bool
    seal_text: str  # the circular text of its seal
    active: bool
    changed_at: AwareDatetime
