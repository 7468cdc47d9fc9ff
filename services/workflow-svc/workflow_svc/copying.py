"""知会 and 督办: people who see a request, and decide nothing. Pure."""

from shared.contracts.people import Person
from shared.contracts.workflow import WhyCopied
from workflow_svc import errors
from workflow_svc.domain import Happening, Instance, Kind, Status
from workflow_svc.world import Outcome

MOST_PEOPLE = 50
_NOT_RUNNING = (Status.NEW, Status.WITHDRAWN)


def copy(state: Instance, *, by: Person, people: tuple[Person, ...], why: WhyCopied) -> Outcome:
    """`by` lets these people see the request, or has them watch it. The state stays as it is.

    Raises: NotRunning.
    """
    if state.status in _NOT_RUNNING:
        raise errors.NotRunning(request_status=state.status.value)
    if not people:
        return Outcome(state, ())
    return Outcome(state, (Happening(Kind.COPIED, by=by, people=people, node=state.node, why=why),))
