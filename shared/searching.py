"""Finding a request again by words of it, or by its number.

Words: each two neighbouring characters of what a request is about are kept beside the text. On
PostgreSQL an inverted index over them leads to the few rows that can match, and the text decides;
common words are met soon on the way through the list itself, so the planner takes that way. Chinese
has no word boundaries; this needs no extension, no locale and no dictionary. SQLite, for small
houses, reads the texts.

Numbers are found by their unique index: what people type is made the numbers it can mean.
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from shared.database import ON_POSTGRESQL, has_inverted_index, insert
from shared.errors import FieldError, Invalid
from shared.organisation import Organisation
from shared.transaction import Transaction

SHORTEST = 2  # characters of a word: the length of what the index holds
OLDEST_YEAR = 2020
_SERIAL = re.compile(r"(?:(?P<year>20\d\d)-)?(?P<serial>\d{1,6})")

_tables = sa.MetaData()
_Grams = sa.JSON().with_variant(postgresql.ARRAY(sa.Text), "postgresql")

search = Table(
    "search",
    _tables,
    sa.Column("request_id", sa.Uuid, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("grams", _Grams, nullable=False),
)

_write = insert(search)
_KEEP = _write.on_conflict_do_update(
    index_elements=[search.c.request_id],
    set_={"text": _write.excluded.text, "grams": _write.excluded.grams},
)


class WordsTooShort(Invalid):
    code = "words_too_short"
    message = "每个查找的词至少两个字"

    def __init__(self) -> None:
        wrong = FieldError(field="q", code="too_short", message=self.message)
        super().__init__(errors=(wrong,))


def search_table(metadata: sa.MetaData) -> None:
    """Makes the table part of a service's own metadata (its migration calls `create`)."""
    table = search.to_metadata(metadata)
    sa.Index("ix_search_grams", table.c.grams, postgresql_using="gin", info=ON_POSTGRESQL)


def create() -> None:
    """What a service's migration does for the table."""
    op.create_table(
        "search",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("grams", _Grams, nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_search"),
    )
    if has_inverted_index(op.get_bind().dialect):
        op.create_index("ix_search_grams", "search", ["grams"], postgresql_using="gin")


async def keep(tx: Transaction, request_id: UUID, texts: Iterable[str]) -> None:
    """What the request is found by from now on, instead of what it was before."""
    lines = [normal(text) for text in texts]
    row = {
        "request_id": request_id,
        "text": "\n".join(lines),
        "grams": sorted(set().union(*map(grams, lines))),
    }
    await tx.session.execute(_KEEP, row)


def found_by(
    session: AsyncSession, request_id: InstrumentedAttribute[UUID], q: str
) -> ColumnElement[bool]:
    """That the request holds every one of the words. Raises: WordsTooShort."""
    words = normal(q).split()
    if not words or any(len(word) < SHORTEST for word in words):
        raise WordsTooShort
    holding = select(search.c.request_id)
    for word in words:
        holding = holding.where(search.c.text.contains(word, autoescape=True))
    if has_inverted_index(session.get_bind().dialect):
        wanted = sorted(set().union(*map(grams, words)))
        holding = holding.where(search.c.grams.op("@>")(sa.cast(wanted, postgresql.ARRAY(sa.Text))))
    return request_id.in_(holding)


def normal(text: str) -> str:
    """One spelling for what people take for the same: width, case, runs of spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def grams(text: str) -> set[str]:
    """Each two neighbouring characters; none across a space."""
    return {a + b for a, b in pairwise(text) if a != " " and b != " "}


def numbers_meant(typed: str, organisation: Organisation, *, year: int) -> list[str]:
    """The 受理号 and 编号 that someone may mean: a whole one, `2026-42`, or `42` of any year."""
    text = "".join(unicodedata.normalize("NFKC", typed).split())
    match = _SERIAL.fullmatch(text)
    if match is None:
        return [text, text.upper()]
    years = [int(match["year"])] if match["year"] else range(OLDEST_YEAR, year + 1)
    return [
        f"{prefix}{meant}-{int(match['serial']):06d}"
        for prefix in (organisation.tracking_prefix, organisation.number_prefix)
        for meant in years
    ]
