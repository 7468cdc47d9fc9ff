"""In which line of a definition something stands, so that an editor finds a fault. Pure.

TOML's own parser forgets lines; a definition's shape is known, so its headers and keys suffice.
"""

import re

Place = tuple[
    str | int, ...
]  # ("version",), ("nodes", 3, "post"), ("nodes", 3, "cases", 0, "when")

_HEADER = re.compile(r"\s*\[\[\s*([A-Za-z_.]+)\s*\]\]")
_KEY = re.compile(r"\s*([A-Za-z_]+)\s*=")
_IN_MESSAGE = re.compile(r"at line (\d+)")


class Lines:
    """Where the tables and keys of a definition's text begin."""

    def __init__(self, text: str) -> None:
        self._found: dict[Place, int] = {}
        self._end = text.count("\n") + 1
        table: Place = ()
        for number, line in enumerate(text.splitlines(), start=1):
            if header := _HEADER.match(line):
                table = self._next_table(header[1].split("."))
                self._found[table] = number
            elif key := _KEY.match(line):
                self._found.setdefault((*table, key[1]), number)

    def of(self, *place: str | int) -> int:
        """The line of a place, or of what contains it; the first for what is nowhere."""
        while place:
            if place in self._found:
                return self._found[place]
            place = place[:-1]
        return 1

    def of_syntax_error(self, message: str) -> int:
        """Where TOML's parser says it stumbled."""
        found = _IN_MESSAGE.search(message)
        return int(found[1]) if found else self._end

    def _next_table(self, names: list[str]) -> Place:
        parent: Place = ()
        for depth, name in enumerate(names):
            number = sum(1 for place in self._found if self._is_table(place, parent, name))
            is_last = depth == len(names) - 1
            parent = (*parent, name, number if is_last else max(0, number - 1))
        return parent

    @staticmethod
    def _is_table(place: Place, parent: Place, name: str) -> bool:
        return len(place) == len(parent) + 2 and place[:-1] == (*parent, name)
