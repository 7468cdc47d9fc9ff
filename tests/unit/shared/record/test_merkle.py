"""The tree of RFC 6962, held to the roots that the reference implementations publish."""

import pytest

from shared.record.merkle import Tree, inclusion_path, leaf, parent, root_by_path, tree_of

LEAVES = [
    leaf(bytes.fromhex(data))
    for data in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(9))
def test_the_root_is_the_one_of_the_standard(size: int) -> None:
    assert tree_of(LEAVES[:size]).root.hex() == ROOTS[size]


def root_by_definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return parent(root_by_definition(leaves[:half]), root_by_definition(leaves[half:]))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 31, 100, 255, 256, 257])
def test_a_tree_that_grew_in_steps_is_the_same_tree(size: int) -> None:
    leaves = [leaf(str(number).encode()) for number in range(size)]
    steps = Tree().with_leaves(leaves[: size // 3]).with_leaves(leaves[size // 3 :])
    assert steps == tree_of(leaves)
    assert steps.root == root_by_definition(leaves)
    assert len(steps.peaks) == size.bit_count()


def test_a_leaf_is_never_taken_for_a_node() -> None:
    left, right = leaf(b"a"), leaf(b"b")
    assert tree_of([leaf(left + right)]).root != tree_of([left, right]).root


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 31, 100, 257])
def test_a_path_leads_from_every_leaf_to_the_root_and_from_nowhere_else(size: int) -> None:
    leaves = [leaf(str(number).encode()) for number in range(size)]
    root = tree_of(leaves).root
    for position in range(size):
        path = inclusion_path(
            position, size, lambda begin, end: root_by_definition(leaves[begin:end])
        )
        assert root_by_path(leaves[position], position, size, path) == root
        assert root_by_path(leaf(b"x"), position, size, path) != root
        assert root_by_path(leaves[position], position, size, (*path, leaf(b"x"))) is None
        for other in {position ^ 1, position + 1, size} - {position}:
            assert root_by_path(leaves[position], other, size, path) != root
        for at in range(len(path)):
            edited = (*path[:at], leaf(b"x"), *path[at + 1 :])
            assert root_by_path(leaves[position], position, size, edited) != root
            assert root_by_path(leaves[position], position, size, path[:at]) != root


def test_a_path_is_the_one_of_the_reference_implementations() -> None:
    """The inclusion proof of leaf 5 of 8 that Certificate Transparency's own tests hold."""
    path = inclusion_path(5, 8, lambda begin, end: tree_of(LEAVES[begin:end]).root)
    assert [each.hex() for each in path] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
