from gateway.service import SERVICE
from shared.run import main

main(SERVICE)
