"""What the service keeps at hand while it runs (`runtime.own`)."""

from dataclasses import dataclass, field

from shared.inspection.reception import Reception
from shared.service import Runtime
from shared.transaction import Transaction
from workflow_svc.flow import Flow
from workflow_svc.proving import LogTree
from workflow_svc.working_time import Calendar


@dataclass
class Opened:
    """`flows`: published versions as they are read, by key and version; they never change."""

    calendar: Calendar
    reception: Reception  # for what approvers attach
    flows: dict[tuple[str, int], Flow] = field(default_factory=dict)
    log: LogTree = field(default_factory=LogTree)  # of the whole record, as far as it was needed


def opened(tx: Transaction) -> Opened:
    own: Opened = tx.runtime.own
    return own


def reception_of(runtime: Runtime) -> Reception:
    own: Opened = runtime.own
    return own.reception
