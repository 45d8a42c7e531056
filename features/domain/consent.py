"""What people say on what may be done with their data."""

from __future__ import annotations

from enum import StrEnum

PROFILING = "profiling"
"""The purpose that scoring asks for."""


class Word(StrEnum):
    """What a person said."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    OBJECTED = "objected"
