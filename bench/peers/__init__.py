"""Other engines doing the same, in processes of their own: imported with URL, N, WORKERS.

One instance is a submission and four approvals by four people, each a commit, the task looked up
before each approval. A peer prints how many instances a second it finished.
"""

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def measured(instance: Callable[[], None]) -> None:
    """Runs the instances that the command line asks for and prints their rate."""
    count, workers = int(sys.argv[2]), int(sys.argv[3])
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda _: instance(), range(workers)))  # connected, warmed up
        start = time.perf_counter()
        list(pool.map(lambda _: instance(), range(count)))
        print(count / (time.perf_counter() - start))
