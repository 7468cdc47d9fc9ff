"""`make bench`: every figure beside its baseline."""

from bench import hop, lifecycle
from bench.figures import table


def main() -> None:
    print(table("The hop over RabbitMQ", hop.figures()))
    print(table("Whole lifecycles, every service a process", lifecycle.figures()))


if __name__ == "__main__":
    main()
