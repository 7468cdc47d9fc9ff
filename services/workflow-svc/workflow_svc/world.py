"""What the engine is told, and what it answers. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from workflow_svc.domain import Happening, Instance
from workflow_svc.seats import Directory
from workflow_svc.working_time import Calendar


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside the engine that a command depends on."""

    now: datetime
    directory: Directory
    new_id: Callable[[], UUID]
    calendar: Calendar = field(default_factory=Calendar)


@dataclass(frozen=True, slots=True)
class Outcome:
    state: Instance
    happened: tuple[Happening, ...]

    def then(self, later: "Outcome") -> "Outcome":
        """This, and what came of its state in the same transaction."""
        return Outcome(later.state, self.happened + later.happened)
