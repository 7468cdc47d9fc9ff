"""编号: `<prefix><year>-<6 digits>`, unique, without gaps within a year, never given twice.

The year's row stays locked until commit: a number drawn by what is undone is drawn again.
"""

from shared.database import insert, table_of
from shared.transaction import Transaction
from workflow_svc.models import NumberSeries

_last = table_of(NumberSeries).c.last
_DRAW = (
    insert(NumberSeries)
    .values(last=1)
    .on_conflict_do_update(index_elements=["year"], set_={"last": _last + 1})
    .returning(_last)
)


async def draw(tx: Transaction) -> str:
    """The next official number of the year it is now in the organisation's time zone."""
    organisation = tx.runtime.organisation
    year = tx.now.astimezone(organisation.zone).year
    last = (await tx.session.execute(_DRAW, {"year": year})).scalar_one()
    return f"{organisation.number_prefix}{year}-{last:06d}"
