"""What typesetting leaves behind."""

from unittest.mock import Mock

import pytest
from document_svc.service import SERVICE

from shared import memory
from shared.service import Runtime


async def test_the_memory_of_large_sheets_is_given_back_behind_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_back: list[int] = []
    monkeypatch.setattr(memory, "_trim", given_back.append)
    (job,) = (job for job in SERVICE.jobs if job.name == "give_memory_back")
    await job.run(Mock(Runtime))
    assert given_back == [0]  # all of it, down to no reserve
