"""常用处理意见 over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from shared.web import CurrentUser, Tx
from workflow_svc import opinions

saved_opinions = APIRouter()


class OpinionBody(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    text: str = Field(min_length=1, max_length=500)


class OpinionOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[UUID], Field(max_length=opinions.MOST)]


class OpinionView(BaseModel):
    id: UUID
    text: str


class OpinionList(BaseModel):
    items: list[OpinionView]


@saved_opinions.get("/opinions")
async def list_opinions(user: CurrentUser, tx: Tx) -> OpinionList:
    rows = await opinions.kept(tx, user.id)
    return OpinionList(items=[OpinionView(id=row.id, text=row.text) for row in rows])


@saved_opinions.post("/opinions", status_code=201)
async def save_opinion(body: OpinionBody, user: CurrentUser, tx: Tx) -> OpinionView:
    row = await opinions.save(tx, user.id, body.text)
    return OpinionView(id=row.id, text=row.text)


@saved_opinions.put("/opinions/order", status_code=204)
async def arrange_opinions(body: OpinionOrder, user: CurrentUser, tx: Tx) -> None:
    """These first, in this order."""
    await opinions.arrange(tx, user.id, body.ids)


@saved_opinions.put("/opinions/{opinion_id}")
async def reword_opinion(
    opinion_id: UUID, body: OpinionBody, user: CurrentUser, tx: Tx
) -> OpinionView:
    row = await opinions.reword(tx, user.id, opinion_id, body.text)
    return OpinionView(id=row.id, text=row.text)


@saved_opinions.delete("/opinions/{opinion_id}", status_code=204)
async def delete_opinion(opinion_id: UUID, user: CurrentUser, tx: Tx) -> None:
    await opinions.forget(tx, user.id, opinion_id)
