"""Which attribute tells where a lead came from: the one that leadscore.yaml names, else the one that is called so."""

from __future__ import annotations

import re

from features.schema import ColumnType, Schema

_NAMES = re.compile(r"source|channel|origin|medium|quelle|kanal|herkunft", re.IGNORECASE)


def names_a_source(name: str) -> bool:
    """Return whether an attribute's name speaks of a source or channel.

    Examples
    --------
    >>> names_a_source("lead_source"), names_a_source("Vertriebskanal"), names_a_source("industry")
    (True, True, False)
    """
    return _NAMES.search(name) is not None


def source_column(schema: Schema) -> str | None:
    """Return the first category whose name speaks of a source, also one that no feature reads; None without any."""
    named = (one.name for one in schema.columns if one.type is ColumnType.CATEGORY and names_a_source(one.name))
    return next(named, None)
