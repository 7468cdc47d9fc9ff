from shared.run import main
from workflow_svc.service import SERVICE

main(SERVICE)
