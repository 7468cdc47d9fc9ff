"""`python -m request_svc`: the service as a process of its own."""

from request_svc.service import SERVICE
from shared.run import main

main(SERVICE)
