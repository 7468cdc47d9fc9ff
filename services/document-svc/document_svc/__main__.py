import sys

if sys.argv[1:2] == ["verify-sheet"]:  # needs no service, and so no settings
    from document_svc import verify_sheet

    sys.exit(verify_sheet.main(sys.argv[2:]))

from document_svc.service import SERVICE
from shared.run import main

main(SERVICE)
