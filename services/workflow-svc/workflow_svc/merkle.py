"""The tree over the organisation's whole record: RFC 6962, section 2.1. Pure.

A tree that only grows is kept as its peaks: the roots of the full subtrees of its binary size, the
largest first. Adding a leaf and taking the root cost no more than that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256


def leaf(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def parent(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Tree:
    """`peaks` are hashes of subtrees; there is one for each bit set in `size`."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def with_leaves(self, leaves: Iterable[bytes]) -> "Tree":
        """`leaves` are leaf hashes, in order."""
        size, peaks = self.size, list(self.peaks)
        for hash_ in leaves:
            peaks.append(hash_)
            full = size
            while full & 1:  # two of one height become one
                right, left = peaks.pop(), peaks.pop()
                peaks.append(parent(left, right))
                full >>= 1
            size += 1
        return Tree(size, tuple(peaks))

    @property
    def root(self) -> bytes:
        """Of the empty tree: the digest of nothing."""
        if not self.peaks:
            return sha256().digest()
        return reduce(lambda right, left: parent(left, right), reversed(self.peaks))


def tree_of(leaves: Sequence[bytes]) -> Tree:
    return Tree().with_leaves(leaves)
