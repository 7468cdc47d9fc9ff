"""How figures are summed up and shown."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table. `baseline`: the same work without us, measured in the same run."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    aim: str = ""

    def row(self) -> tuple[str, str, str, str]:
        ratio = f"{self.value / self.baseline:.1f}×" if self.baseline else ""
        return (self.name, f"{self.value:,.2f} {self.unit}", ratio, self.aim)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0–1) of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def table(title: str, figures: Sequence[Figure]) -> str:
    rows = [("figure", "value", "against baseline", "aim"), *(figure.row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([title, *lines, ""])
