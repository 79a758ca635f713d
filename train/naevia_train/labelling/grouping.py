"""Sets of things that belong together, and the first of each."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
from numpy.typing import NDArray


def first_of_each(keys: Iterable[Hashable]) -> NDArray[np.int64]:
    """Positions at which a key comes for the first time, ascending."""
    first: dict[Hashable, int] = {}
    for position, key in enumerate(keys):
        first.setdefault(key, position)
    return np.array(list(first.values()), np.int64)


class UnionFind:
    """Sets of things that belong together, merged pair by pair; a thing alone takes no memory."""

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}

    def find(self, thing: Hashable) -> Hashable:
        """The representative of the set that holds `thing`."""
        root = thing
        while (parent := self._parent.get(root, root)) != root:
            root = parent
        while thing != root:
            self._parent[thing], thing = root, self._parent[thing]
        return root

    def join(self, things: Iterable[Hashable]) -> None:
        """Merge the sets of all `things`; the representative of the first one's set stays."""
        first, *others = things
        for other in others:
            root, top = self.find(other), self.find(first)
            if root != top:
                self._parent[root] = top
