from notify_svc.service import SERVICE
from shared.run import main

main(SERVICE)
