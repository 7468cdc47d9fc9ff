"""The composition: four services and the gateway, one process, one folder."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from document_svc.service import SERVICE as DOCUMENT
from gateway.service import in_front_of
from notify_svc.service import SERVICE as NOTIFY
from request_svc.service import SERVICE as REQUEST
from starlette.types import ASGIApp
from workflow_svc.service import SERVICE as WORKFLOW

from allinone.folder import DataFolder
from shared.identity import create_identity_keys
from shared.organisation import Organisation
from shared.run import application
from shared.service import Runtime, Service, at_work, prepared, taking_events
