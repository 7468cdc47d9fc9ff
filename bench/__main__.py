"""`make bench`: every figure beside its baseline; `make bench ARGS="hop sheet"`: some of them."""

import sys
from collections.abc import Callable, Mapping, Sequence

from bench import deliveries, engine, files, hop, lifecycle, lists, portal, sheet
from bench.figures import Figure, table

MEASURED: Mapping[str, tuple[str, Callable[[], Sequence[Figure]]]] = {
    "sheet": ("The sheet, milliseconds of one core", sheet.figures),
    "hop": ("The hop over RabbitMQ", hop.figures),
    "lifecycle": ("The whole product, every service a process", lifecycle.figures),
    "deliveries": ("Deliveries, 10,000 queued by each channel", deliveries.figures),
    "engine": ("The engine: submit and four approvals, beside its peers", engine.figures),
    "lists": ("A page of each list, of a million requests against a thousand", lists.figures),
    "portal": ("The portal on a phone, over a slow line", portal.figures),
    "files": ("Files of strangers, and what is made of them", files.figures),
}


def main() -> None:
    wanted = sys.argv[1:] or list(MEASURED)
    unknown = [name for name in wanted if name not in MEASURED]
    if unknown:
        sys.exit(f"no measurement {', '.join(unknown)}; there are: {', '.join(MEASURED)}")
    for name in wanted:
        title, figures = MEASURED[name]
        print(table(title, figures()), flush=True)


if __name__ == "__main__":
    main()
