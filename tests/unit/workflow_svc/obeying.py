"""The seals of a round as document-svc puts them on: each order is obeyed, or the test fails."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from document_svc.orders import KnownSheet, checked_order, needs_order
from workflow_svc.domain import Instance

from shared.contracts.people import Unit, UnitKind
from shared.contracts.workflow import Approved, Decided
from shared.seal_order import SealOrderIssuer, SealOrderVerifier, create_order_keys, order_of
from tests.unit.workflow_svc import world

SHA256 = "0" * 64


@cache
def keys() -> tuple[SealOrderIssuer, SealOrderVerifier]:
    with tempfile.TemporaryDirectory() as folder:
        private, public = create_order_keys(Path(folder))
        return SealOrderIssuer(private), SealOrderVerifier(public)


class Sheet:
    """The seals of a round, as document-svc puts them on by what it is told."""

    def __init__(self, state: Instance) -> None:
        self.form = state.form
        self.countersigners: list[Any] = []
        self.taken: dict[tuple[str, Any], str] = {}
        self.tasks: dict[Any, str] = {}

    def obey(self, event: Decided | Approved) -> None:
        """I11, I14: each order is obeyed, or raises."""
        if not needs_order(event):
            return
        issuer, verifier = keys()
        signed = event.model_copy(update={"seal_order": issuer.sign(order_of(event, SHA256))})
        known = KnownSheet(
            form=self.form,
            submission_sha256=SHA256,
            countersigners=self.countersigners,
            unit_kind=_kind(event.unit),
            taken=self.taken,
            sealed_tasks=self.tasks,
        )
        assert checked_order(signed, known, verifier)
        if isinstance(event, Decided) and event.countersigners:
            self.countersigners = [unit.id for unit in event.countersigners]
        if isinstance(event, Decided) and event.place:
            self.taken[event.place, event.unit.id] = self.tasks[event.task_id] = str(
                signed.seal_order
            )


def _kind(unit: Unit) -> UnitKind | None:
    return next((kind for kind, one in world.OF_KIND.items() if one == unit), None)
