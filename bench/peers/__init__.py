"""Other engines doing the same, each in a process of its own: `python -m bench.peers NAME N W`.

One instance is a submission and four approvals by four people, each a commit, the task looked up
before each approval. The database's address comes in the environment.
"""

import os

DATABASE_URL = os.environ["PEER_DATABASE_URL"]
