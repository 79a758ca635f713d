"""Sets of things that belong together."""

from __future__ import annotations

from collections.abc import Hashable, Iterable


class UnionFind:
    """Sets of things that belong together, merged pair by pair."""

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}

    def find(self, thing: Hashable) -> Hashable:
        """The representative of the set that holds `thing`."""
        root = self._parent.setdefault(thing, thing)
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[thing] != root:
            self._parent[thing], thing = root, self._parent[thing]
        return root

    def join(self, things: Iterable[Hashable]) -> None:
        """Merge the sets of all `things`."""
        roots = [self.find(thing) for thing in things]
        for other in roots[1:]:
            self._parent[self.find(other)] = self.find(roots[0])
