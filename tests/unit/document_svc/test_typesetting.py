"""What typesetting leaves behind."""

from typing import Any
from unittest.mock import Mock

import pytest
from document_svc import typesetting
from document_svc.service import SERVICE

from shared.service import Runtime


async def test_the_memory_of_large_sheets_is_given_back_behind_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_back: list[Any] = []
    monkeypatch.setattr(typesetting, "_trim", given_back.append)
    (job,) = (job for job in SERVICE.jobs if job.name == "give_memory_back")
    await job.run(Mock(Runtime))
    assert given_back == [0]  # all of it, down to no reserve


async def test_with_another_c_library_there_is_nothing_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(typesetting, "_trim", None)
    await typesetting.GIVE_BACK.run(Mock(Runtime))
