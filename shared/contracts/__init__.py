"""The events of Sealflow, one module an owner. Importing this package loads them all.

`OWNERS` says which service may publish which module's events; a test holds services to it.
"""

from shared.contracts import directory, document, notify, request, workflow
from shared.contracts.event import Event, Fact, all_events, event_type

OWNERS = {
    "request": (request,),
    "workflow": (directory, workflow),
    "document": (document,),
    "notify": (notify,),
}

__all__ = ["OWNERS", "Event", "Fact", "all_events", "event_type"]
