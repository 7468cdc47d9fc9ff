"""What is known of the people to be told: preferences, quiet hours, addresses out of reach."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from uuid import UUID

from sqlalchemy import bindparam, select

from notify_svc.addresses import Addresses
from notify_svc.domain import Kind, Recipient
from notify_svc.models import Preference, QuietHours, Suppression
from notify_svc.policy import Addressee, House, Mode, Quiet
from notify_svc.post_room import PostRoom
from notify_svc.settings import NotifySettings
from shared.contracts.notify import Channel
from shared.transaction import Transaction

_PREFERENCES = select(Preference).where(
    Preference.person_id.in_(bindparam("people", expanding=True))
)
_PREFERENCES_OF_KIND = _PREFERENCES.where(Preference.kind == bindparam("kind"))
_QUIET_HOURS = select(QuietHours).where(
    QuietHours.person_id.in_(bindparam("people", expanding=True))
)
_SUPPRESSED = select(Suppression).where(
    Suppression.address_hash.in_(bindparam("hashes", expanding=True)),
    Suppression.until > bindparam("now"),
)


def house(tx: Transaction, kind: Kind) -> House:
    settings: NotifySettings = tx.runtime.settings
    post_room: PostRoom = tx.runtime.own
    return House(
        offered=post_room.offered(kind),
        zone=tx.runtime.organisation.zone,
        daily_at=settings.digest_at,
        quiet=Quiet.parse(settings.quiet_hours) if settings.quiet_hours else None,
    )


async def addressees(
    tx: Transaction, kind: Kind, people: Mapping[UUID, Recipient]
) -> dict[UUID, Addressee]:
    """By the keys of `people`."""
    ids = {who.person_id for who in people.values() if who.person_id is not None}
    wishes = await preferences(tx, ids, kind)
    quiet = await quiet_hours(tx, ids)
    gone = await _out_of_reach(tx, people.values())
    return {
        key: Addressee(
            addresses=who.addresses,
            preferences=wishes.get(who.person_id, {}) if who.person_id else {},
            quiet=quiet.get(who.person_id) if who.person_id else None,
            out_of_reach={
                channel: gone[channel, address]
                for channel, address in who.addresses.items()
                if address and (channel, address) in gone
            },
        )
        for key, who in people.items()
    }


async def preferences(
    tx: Transaction, people: Iterable[UUID], kind: Kind | None = None
) -> dict[UUID, dict[tuple[Kind, Channel], Mode]]:
    """What these people have chosen, of one kind or of all; kinds that are no more are left out."""
    statement = _PREFERENCES if kind is None else _PREFERENCES_OF_KIND
    wanted = {"people": set(people), "kind": kind}
    found: dict[UUID, dict[tuple[Kind, Channel], Mode]] = defaultdict(dict)
    for row in await tx.session.scalars(statement, wanted):
        if row.kind in set(Kind):
            found[row.person_id][Kind(row.kind), Channel(row.channel)] = Mode(row.mode)
    return found


async def quiet_hours(tx: Transaction, people: Iterable[UUID]) -> dict[UUID, Quiet]:
    rows = await tx.session.scalars(_QUIET_HOURS, {"people": set(people)})
    return {
        row.person_id: Quiet(time.fromisoformat(row.starts), time.fromisoformat(row.ends))
        for row in rows
    }


async def out_of_reach(tx: Transaction, where: Addresses) -> Sequence[Suppression]:
    """Of these addresses of one person, those that are not tried now."""
    mine = {
        (channel, known)
        for channel, address in where.items()
        if address
        for known in _known_as(tx, address)
    }
    found = await _suppressed(tx, [known for _channel, known in mine])
    return [row for row in found if (row.channel, row.address_hash) in mine]


async def _out_of_reach(
    tx: Transaction, people: Iterable[Recipient]
) -> dict[tuple[Channel, str], str]:
    """(channel, address) → why."""
    hashes: dict[str, str] = {}
    for who in people:
        for address in who.addresses.values():
            if address:
                hashes |= dict.fromkeys(_known_as(tx, address), address)
    rows = await _suppressed(tx, list(hashes))
    return {(Channel(row.channel), hashes[row.address_hash]): row.reason for row in rows}


def _known_as(tx: Transaction, address: str) -> Sequence[str]:
    post_room: PostRoom = tx.runtime.own
    return post_room.safe.fingerprints(address)


async def _suppressed(tx: Transaction, hashes: Sequence[str]) -> Sequence[Suppression]:
    rows = await tx.session.scalars(_SUPPRESSED, {"hashes": hashes, "now": tx.now})
    return rows.all()
