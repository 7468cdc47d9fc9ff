"""What happens to a sheet besides being sealed: it is rendered, it is voided."""

import asyncio
import secrets
from uuid import UUID

from document_svc.domain import approved_items, verification_code
from document_svc.fields import page_count
from document_svc.models import Sheet, Void
from document_svc.seal_room import seal_room
from document_svc.sheet import SheetContent, base_sheet
from shared.contracts.document import SheetReady, Voided, VoidReason
from shared.contracts.request import RequestSubmitted
from shared.database import insert
from shared.seal_order import form_digest
from shared.transaction import Transaction


async def render(tx: Transaction, submitted: RequestSubmitted) -> None:
    """The sheet of a new revision, without seals yet."""
    code = verification_code(secrets.token_bytes(16))
    content = SheetContent(
        submitted, tx.runtime.organisation, code, template=seal_room(tx).template
    )
    pdf = await asyncio.to_thread(base_sheet, content)
    stored = await tx.runtime.files.put_bytes(pdf)
    tx.session.add(
        Sheet(
            request_id=submitted.request_id,
            revision=submitted.revision,
            verification_code=code,
            tracking_number=submitted.tracking_number,
            handler_name=submitted.form.handler_name,
            submission=submitted.model_dump(mode="json"),
            submission_sha256=form_digest(submitted.form),
            approved={item.value: n for item, n in approved_items(submitted.form).items()},
            base_sha256=stored.sha256,
            sha256=stored.sha256,
            pages=page_count(pdf),
            countersigners=[],
            continued=[],
            edition=1,
            number=None,
            rendered_at=tx.now,
        )
    )
    tx.publish(
        SheetReady(
            request_id=submitted.request_id,
            revision=submitted.revision,
            sha256=stored.sha256,
            ready_at=tx.now,
        )
    )


async def void(tx: Transaction, request_id: UUID, revision: int, reason: VoidReason) -> None:
    """From now on the revision's sheet counts no more, also when it is rendered only later."""
    added = await tx.session.execute(
        insert(Void)
        .values(request_id=request_id, revision=revision, reason=reason, voided_at=tx.now)
        .on_conflict_do_nothing()
        .returning(Void.revision)
    )
    if added.first() is not None:
        tx.publish(
            Voided(request_id=request_id, revision=revision, reason=reason, voided_at=tx.now)
        )
