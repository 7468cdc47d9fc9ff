"""How the providers are doing, the same for all replicas: breaker, quota, rate.

The breaker opens after some trouble in a row and then nothing is sent, so nothing is “tried and
failed”. When its time is over one message finds out whether the provider is back; if so it is
given more and more, not everything that has gathered at once.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, select, update

from notify_svc.models import ProviderState
from notify_svc.outcomes import Outcome, Result
from notify_svc.settings import NotifySettings
from shared.database import insert
from shared.transaction import Transaction

NOT_ABOUT_THE_PROVIDER = frozenset(Outcome) - {Outcome.TROUBLE, Outcome.QUOTA, Outcome.UNKNOWN}
SUCCESS_IS_NOTED_EVERY = timedelta(seconds=10)

_STATE = (
    select(ProviderState)
    .where(ProviderState.provider == bindparam("provider"))
    .execution_options(populate_existing=True)
)
_HOLD = _STATE.with_for_update()


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many may go out now; when none may, `again_at` says when to look again.

    `limited`: what is not used of it is to be given back. `recovering`: the provider is back, and
    is given more and more.
    """

    count: int
    again_at: datetime | None = None
    limited: bool = False
    recovering: bool = False


def rate(settings: NotifySettings, state: ProviderState, now: datetime) -> float | None:
    """Messages a second that the provider is given now; None: as many as there are."""
    return _ramp(settings, state, now) or settings.rates.get(state.provider)


def _ramp(settings: NotifySettings, state: ProviderState, now: datetime) -> float | None:
    """After a recovery the rate doubles from a beginning until it is what it was."""
    if state.recovered_at is None:
        return None
    doublings = (now - state.recovered_at).total_seconds() / settings.ramp_doubles_seconds
    ramp: float = settings.ramp_from * 2 ** min(doublings, 30)
    full = settings.rates.get(state.provider, settings.ramp_to)
    return ramp if ramp < full else None


async def allowance(tx: Transaction, provider: str, wanted: int) -> Allowance:
    settings: NotifySettings = tx.runtime.settings
    state = await _state(tx, provider)
    if state is None:
        state = await _begin(tx, provider)
    if state.quota_until is not None and tx.now < state.quota_until:
        return Allowance(0, state.quota_until)
    if state.closed_until is not None:
        return await _probe(tx, provider)
    if rate(settings, state, tx.now) is None:
        return Allowance(wanted)
    return await _take_tokens(tx, provider, wanted)


async def _probe(tx: Transaction, provider: str) -> Allowance:
    """One replica's one message; the others find the breaker open again."""
    settings: NotifySettings = tx.runtime.settings
    state = await _state(tx, provider, locked=True)
    if state is None or state.closed_until is None or tx.now < state.closed_until:
        return Allowance(0, state.closed_until if state else None)
    again_at = tx.now + timedelta(seconds=settings.lease_seconds)
    await _set(tx, provider, closed_until=again_at, probing=True)
    return Allowance(1, limited=True)


async def _take_tokens(tx: Transaction, provider: str, wanted: int) -> Allowance:
    """A bucket that fills at the rate and holds one second's worth."""
    state = await _state(tx, provider, locked=True)
    if state is None or (limit := rate(tx.runtime.settings, state, tx.now)) is None:
        return Allowance(wanted)
    since = max((tx.now - state.tokens_at).total_seconds(), 0)
    tokens = min(state.tokens + since * limit, max(limit, 1))
    count = min(wanted, math.floor(tokens))
    await _set(tx, provider, tokens=tokens - count, tokens_at=tx.now)
    full_one = timedelta(seconds=(1 - (tokens - count)) / limit)
    recovering = state.recovered_at is not None
    return Allowance(count, tx.now + full_one, limited=True, recovering=recovering)


async def give_back(tx: Transaction, provider: str, unused: int) -> None:
    """What was allowed and not needed; a probe that had nothing to send is one for the next."""
    if not unused:
        return
    returned = {
        "tokens": ProviderState.tokens + unused,
        "closed_until": case((ProviderState.probing, tx.now), else_=ProviderState.closed_until),
        "probing": False,
    }
    await _set(tx, provider, **returned)


async def learn(tx: Transaction, provider: str, results: Sequence[Result]) -> None:
    """What the answers of one pass say about their provider."""
    if not results:
        return
    trouble = [one for one in results if one.outcome in (Outcome.TROUBLE, Outcome.UNKNOWN)]
    quota = [one for one in results if one.outcome is Outcome.QUOTA]
    answered = any(one.outcome in NOT_ABOUT_THE_PROVIDER for one in results)
    hopeless = any(one.at_once for one in trouble)
    state = await _state(tx, provider, locked=bool(trouble or quota))
    if state is None:
        return
    changes: dict[str, Any] = {}
    if trouble and (hopeless or not answered):
        changes |= _after_trouble(tx, state, len(trouble), hopeless=hopeless)
    elif answered:
        changes |= _after_success(tx, state)
    if quota:
        changes["quota_until"] = max(one.retry_at or _tomorrow(tx) for one in quota)
    if wrong := [*trouble, *quota]:
        changes |= {"last_error": wrong[-1].reason, "last_error_at": tx.now}
    if changes:
        await _set(tx, provider, **changes)


def _after_trouble(
    tx: Transaction, state: ProviderState, count: int, *, hopeless: bool
) -> dict[str, Any]:
    settings: NotifySettings = tx.runtime.settings
    if state.closed_until is not None:  # the probe, or what was under way when it opened
        troubles = state.troubles + (1 if state.probing else 0)
    else:
        troubles = min(state.troubles + count, settings.breaker_opens_after)
        if hopeless:
            troubles = settings.breaker_opens_after
    changes: dict[str, Any] = {"troubles": troubles}
    if troubles >= settings.breaker_opens_after:
        doublings = min(troubles - settings.breaker_opens_after, 30)
        wait = min(settings.breaker_seconds * 2**doublings, settings.breaker_seconds_at_most)
        changes |= {"closed_until": tx.now + timedelta(seconds=wait), "probing": False}
        changes["recovered_at"] = None
    return changes


def _after_success(tx: Transaction, state: ProviderState) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if state.closed_until is not None and state.probing:
        changes |= {"closed_until": None, "probing": False, "troubles": 0}
        changes |= {"recovered_at": tx.now, "tokens": 0.0, "tokens_at": tx.now}
    elif state.closed_until is None:
        changes |= {"troubles": 0} if state.troubles else {}
        settings: NotifySettings = tx.runtime.settings
        if state.recovered_at is not None and _ramp(settings, state, tx.now) is None:
            changes["recovered_at"] = None
    last = state.last_success_at
    if changes or last is None or tx.now - last > SUCCESS_IS_NOTED_EVERY:
        changes["last_success_at"] = tx.now
    return changes


def _tomorrow(tx: Transaction) -> datetime:
    """When a day's quota begins anew, in the organisation's time."""
    local = tx.now.astimezone(tx.runtime.organisation.zone)
    return local.replace(hour=0, minute=1, second=0, microsecond=0) + timedelta(days=1)


async def _state(tx: Transaction, provider: str, *, locked: bool = False) -> ProviderState | None:
    state: ProviderState | None = await tx.session.scalar(
        _HOLD if locked else _STATE, {"provider": provider}
    )
    return state


async def _begin(tx: Transaction, provider: str) -> ProviderState:
    row = {
        "provider": provider,
        "troubles": 0,
        "probing": False,
        "tokens": 0.0,
        "tokens_at": tx.now,
        "last_error": "",
    }
    await tx.session.execute(insert(ProviderState).values(row).on_conflict_do_nothing())
    state = await _state(tx, provider)
    assert state is not None  # noqa: S101 - it is there now, whoever wrote it
    return state


async def _set(tx: Transaction, provider: str, **values: Any) -> None:
    await tx.session.execute(
        update(ProviderState)
        .where(ProviderState.provider == provider)
        .values(values)
        .execution_options(synchronize_session=False)
    )
