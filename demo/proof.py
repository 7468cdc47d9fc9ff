"""What others see of a finished request: whoever holds the paper, a stranger, the record."""

from collections.abc import Sequence

from demo import verbs
from demo.hall import Visitor
from demo.verbs import Json, check


async def anyone_can_verify(
    anyone: Visitor, sheet: Json, *, number: str, private: Sequence[str]
) -> None:
    """The public check knows the sheet, and tells nothing private. Raises: Unexpected."""
    said = await anyone.ask("GET", f"/document/verifications/{sheet['verification_code']}")
    check(
        (said["state"], said["sha256"], said["revision"])
        == ("current", sheet["sha256"], sheet["revision"]),
        f"the public check says {said}",
    )
    check(number.endswith(said["number_tail"]), f"the public check's number: {said['number_tail']}")
    check(not any(word in str(said) for word in private), f"the public check tells names: {said}")


async def sees_nothing(stranger: Visitor, request_id: str) -> None:
    """Someone else's request is as if it were not there. Raises: Unexpected."""
    for path in (
        f"/request/requests/{request_id}",
        f"/workflow/requests/{request_id}/record",
        f"/document/requests/{request_id}/sheet",
    ):
        answer = await stranger.call("GET", path)
        check(answer.status == 404, f"{stranger.name} gets {answer.status} from {path}")


async def decided_as(who: Visitor, request_id: str, decisions: Sequence[tuple[str, str]]) -> None:
    """处理记录 has every decision, (name, verdict), once and in order. Raises: Unexpected."""
    rows = await verbs.record(who, request_id)
    found = [(row["people"][0], row["verdict"]) for row in rows if row["kind"] == "decided"]
    check(found == list(decisions), f"the record says {found}, it was {decisions}")
