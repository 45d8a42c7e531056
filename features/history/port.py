"""The port through which leads, events and outcomes are read; files and the service's store implement it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import polars as pl

from features.schema import Schema


class History(Protocol):
    """What a company recorded of its leads, as typed frames (docs/architecture.md, Frames)."""

    @property
    def schema(self) -> Schema:
        """What each column means."""
        ...

    @property
    def observed_until(self) -> datetime | None:
        """The last moment anything was recorded, in UTC; None without times."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader should know, in sentences."""
        ...

    def leads(self) -> pl.DataFrame:
        """Return one row per lead and version of its attributes."""
        ...

    def events(self) -> pl.LazyFrame:
        """Return one row per event, in any order."""
        ...

    def outcomes(self) -> pl.DataFrame:
        """Return one row per outcome, in any order."""
        ...
