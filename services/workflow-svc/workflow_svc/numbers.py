"""编号: `<prefix><year>-<6 digits>`, unique, without gaps within a year, never given twice.

The year's row stays locked until commit: a number drawn by what is undone is drawn again.
"""

from shared.database import insert
from shared.transaction import Transaction
from workflow_svc.models import NumberSeries


async def draw(tx: Transaction) -> str:
    """The next official number of the year it is now in the organisation's time zone."""
    organisation = tx.runtime.organisation
    year = tx.now.astimezone(organisation.zone).year
    first = insert(NumberSeries).values(year=year, last=1)
    next_one = first.on_conflict_do_update(
        index_elements=["year"], set_={"last": NumberSeries.last + 1}
    )
    last = (await tx.session.execute(next_one.returning(NumberSeries.last))).scalar_one()
    return f"{organisation.number_prefix}{year}-{last:06d}"
