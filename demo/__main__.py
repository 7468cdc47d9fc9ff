"""`python -m demo [--url URL]`: one whole request, told as it happens; non-zero when it fails."""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo import product
from demo.hall import Unexpected
from demo.story import Ending, tell
from demo.telling import Step

USUAL = "http://127.0.0.1:8080"
KEPT = product.ROOT / "var" / "demo"


def main() -> int:
    parser = argparse.ArgumentParser("python -m demo", description=__doc__)
    parser.add_argument("--url", help=f"a running hall ({USUAL}, else one is started)")
    chosen = parser.parse_args()
    try:
        with _hall(chosen.url) as url:
            _say(f"{url}\n")
            ending = asyncio.run(tell(url, on_step=_show))
            _say(f"\n编号 {ending.number}，盖章：{'、'.join(ending.seals)}")
            _say(f"The sealed sheet: {_keep(ending)}")
    except Unexpected as error:
        sys.stderr.write(f"\nNot as expected: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


@contextmanager
def _hall(url: str | None) -> Iterator[str]:
    if url is not None or product.answers(USUAL):
        yield (url or USUAL).rstrip("/")
        return
    _say(f"Nothing runs at {USUAL}: starting a product for this story only …")
    with product.product_of_our_own() as address:
        yield address


def _show(step: Step) -> None:
    for line in step.lines():
        _say(line)


def _keep(ending: Ending) -> Path:
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / f"{ending.number}.pdf"
    path.write_bytes(ending.sheet)
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
