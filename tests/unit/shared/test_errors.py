"""Refusals as problem documents (RFC 9457)."""

from shared.errors import Conflict


def test_details_stand_beside_the_members_of_a_problem_and_replace_none() -> None:
    refusal = Conflict(request_status="returned", status="returned", code="mine", title="x")
    problem = refusal.problem()
    assert (problem["status"], problem["code"]) == (409, "conflict")
    assert problem["title"] == Conflict.message
    assert problem["request_status"] == "returned"
