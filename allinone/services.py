"""The services that make up the product. Adding one is a line here."""

from document_svc.service import SERVICE as DOCUMENT
from notify_svc.service import SERVICE as NOTIFY
from request_svc.service import SERVICE as REQUEST
from workflow_svc.service import SERVICE as WORKFLOW

from gateway.service import SERVICE as GATEWAY

BACKEND = (REQUEST, WORKFLOW, DOCUMENT, NOTIFY)
SERVICES = (*BACKEND, GATEWAY)
