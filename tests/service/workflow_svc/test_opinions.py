"""常用处理意见: kept, reworded, arranged, deleted; each person sees their own."""

from uuid import UUID

from workflow_svc import opinions

from shared.contracts.people import Person
from shared.database import new_id
from tests.service.workflow_svc.hall import Hall
from tests.unit.workflow_svc.world import LU, QIN


async def save(hall: Hall, text: str, by: Person = LU) -> str:
    answer = await hall.ask("POST", "/opinions", by, json={"text": text})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def texts(hall: Hall, by: Person = LU) -> list[str]:
    return [item["text"] for item in (await hall.get("/opinions", by))["items"]]


async def test_opinions_are_kept_privately(hall: Hall) -> None:
    saved = await hall.ask("POST", "/opinions", LU, json={"text": " 同意，请按规定办理。 "})
    again = await hall.ask("POST", "/opinions", LU, json={"text": "同意，请按规定办理。"})
    assert saved.status_code == again.status_code == 201
    assert saved.json() == again.json()
    assert (await hall.get("/opinions", QIN))["items"] == []
    opinion = UUID(saved.json()["id"])
    theirs = await hall.ask("DELETE", f"/opinions/{opinion}", QIN)
    assert theirs.status_code == 404
    mine = await hall.ask("DELETE", f"/opinions/{opinion}", LU)
    assert mine.status_code == 204
    assert (await hall.get("/opinions", LU))["items"] == []


async def test_an_opinion_is_reworded(hall: Hall) -> None:
    first, second = await save(hall, "同意"), await save(hall, "请更正")
    changed = await hall.ask("PUT", f"/opinions/{first}", LU, json={"text": " 同意。 "})
    assert (changed.status_code, changed.json()) == (200, {"id": first, "text": "同意。"})
    assert await texts(hall) == ["同意。", "请更正"]
    doubled = await hall.ask("PUT", f"/opinions/{second}", LU, json={"text": "同意。"})
    assert (doubled.status_code, doubled.json()["code"]) == (409, "opinion_kept")
    same = await hall.ask("PUT", f"/opinions/{first}", LU, json={"text": "同意。"})
    assert same.status_code == 200
    for by, opinion in ((QIN, first), (LU, str(new_id()))):
        foreign = await hall.ask("PUT", f"/opinions/{opinion}", by, json={"text": "不"})
        assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")


async def test_opinions_are_arranged(hall: Hall) -> None:
    ids = [await save(hall, text) for text in ("甲", "乙", "丙")]
    order = await hall.ask("PUT", "/opinions/order", LU, json={"ids": [ids[2], ids[0], ids[2]]})
    assert order.status_code == 204
    assert await texts(hall) == ["丙", "甲", "乙"]
    await save(hall, "丁")
    assert await texts(hall) == ["丙", "甲", "乙", "丁"]
    theirs = await save(hall, "戊", QIN)
    refused = await hall.ask("PUT", "/opinions/order", LU, json={"ids": [theirs]})
    assert refused.status_code == 404


async def test_there_is_an_end_to_what_is_kept(hall: Hall) -> None:
    for number in range(opinions.MOST):
        await save(hall, f"意见{number}")
    refused = await hall.ask("POST", "/opinions", LU, json={"text": "再一条"})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_opinions")
    await save(hall, "意见0")  # it is there already
