"""The tree over the organisation's whole record: RFC 6962, section 2.1. Pure.

A tree that only grows is kept as its peaks: the roots of the full subtrees of its binary size, the
largest first. Adding a leaf and taking the root cost no more than that.
"""

from collections.abc import Callable, Iterable, Sequence
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


def inclusion_path(
    position: int, size: int, root_of: Callable[[int, int], bytes]
) -> tuple[bytes, ...]:
    """PATH(m, D[n]) of RFC 6962, 2.1.1: the hashes beside the way up from a leaf, nearest first.

    `root_of(begin, end)`: the root over the leaves from `begin` up to, not with, `end`.
    """
    begin, end, beside = 0, size, []
    while end - begin > 1:
        half = begin + (1 << (end - begin - 1).bit_length() - 1)
        if position < half:
            beside.append(root_of(half, end))
            end = half
        else:
            beside.append(root_of(begin, half))
            begin = half
    return tuple(reversed(beside))


def root_by_path(leaf_hash: bytes, position: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root of the tree that a leaf at this position is part of; None when no path fits there.

    RFC 9162, 2.1.3.2, which says for RFC 6962's paths how they are verified.
    """
    if not 0 <= position < size:
        return None
    node, last, root = position, size - 1, leaf_hash
    for beside in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            root = parent(beside, root)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            root = parent(root, beside)
        node, last = node >> 1, last >> 1
    return root if last == 0 else None
