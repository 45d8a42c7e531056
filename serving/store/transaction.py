"""One transaction: everything done in it is kept, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection

from features.schema import Schema
from serving.store.events import Events
from serving.store.leads import Leads
from serving.store.outcomes import Outcomes


@dataclass(frozen=True)
class Transaction:
    """The store's rooms within one transaction.

    Parameters
    ----------
    connection : Connection
        Of the database.
    schema : Schema
        What the workspace's columns mean.
    now : datetime
        The transaction's moment: all that it writes carries the same one.
    """

    connection: Connection
    schema: Schema
    now: datetime

    @cached_property
    def leads(self) -> Leads:
        """Leads and the versions of their attributes."""
        return Leads(self.connection, self.schema, self.now)

    @cached_property
    def events(self) -> Events:
        """What leads did."""
        return Events(self.connection, self.schema, self.now)

    @cached_property
    def outcomes(self) -> Outcomes:
        """What became of leads."""
        return Outcomes(self.connection, self.schema, self.now)
