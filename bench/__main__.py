"""`make bench`: every figure beside its baseline."""

from bench import deliveries, engine, files, hop, lifecycle, lists, sheet
from bench.figures import table


def main() -> None:
    print(table("The sheet, milliseconds of one core", sheet.figures()))
    print(table("The hop over RabbitMQ", hop.figures()))
    print(table("Deliveries, 10,000 queued by each channel", deliveries.figures()))
    print(table("The engine: submit and four approvals, beside its peers", engine.figures()))
    print(table("A page of each list, of a million requests against a thousand", lists.figures()))
    print(table("Whole lifecycles, every service a process", lifecycle.figures()))
    print(table("Files of strangers, and what is made of them", files.figures()))


if __name__ == "__main__":
    main()
