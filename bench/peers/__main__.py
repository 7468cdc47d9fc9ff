"""Runs N instances of one engine with W workers and prints how many a second it finished.

Only once its module is imported: an engine that imports it again from a worker would wait for ever.
"""

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module


def rate(instance: Callable[[], None], count: int, workers: int) -> float:
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda _: instance(), range(workers)))  # connected, warmed up
        start = time.perf_counter()
        list(pool.map(lambda _: instance(), range(count)))
        return count / (time.perf_counter() - start)


name, count, workers = sys.argv[1:]
engine = import_module(f"bench.peers.{name}")
print(rate(engine.instance, int(count), int(workers)))
