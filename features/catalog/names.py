"""Unique, stable names out of whatever a company called its columns and events."""

from __future__ import annotations

from features.domain import OTHER
from features.vocabulary.spelling import slug


class Names:
    """Gives every name once; a second comer gets a number.

    Examples
    --------
    >>> names = Names()
    >>> names.take("Page View"), names.take("page_view"), names.take("客户", "attribute"), names.take("other")
    ('page_view', 'page_view_2', 'attribute', 'other_2')
    """

    def __init__(self) -> None:
        # A score's reasons end with one of this name, which is no feature's.
        self._taken = {OTHER}

    def take(self, name: str, instead: str = "feature") -> str:
        """Return a free slug of ``name``, or of ``instead`` where no letter of it is Latin."""
        wanted = slug(name) or instead
        free, number = wanted, 1
        while free in self._taken:
            number += 1
            free = f"{wanted}_{number}"
        self._taken.add(free)
        return free
