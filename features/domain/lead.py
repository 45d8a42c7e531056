"""Leads, what they did and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

Value: TypeAlias = str | float | datetime | None
"""A canonical attribute or property value: text, number, moment with zone, or missing."""

_NOTHING: Mapping[str, Value] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Lead:
    """A person at a company, as known at one moment.

    Parameters
    ----------
    lead_id : str
        The company's own identifier.
    created_at : datetime or None
        When the lead came in, with a zone; None where the history has no times at all.
    attributes : Mapping[str, Value]
        Canonical values by column name (see ``Schema.canonical_attributes``); absent means missing.
    known_at : datetime or None
        Since when these attribute values were known; None means since ``created_at``.
    """

    lead_id: str
    created_at: datetime | None = None
    attributes: Mapping[str, Value] = field(default_factory=lambda: _NOTHING)
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something a lead did at a moment; never changed afterwards.

    Parameters
    ----------
    lead_id : str
        Whose event it is.
    occurred_at : datetime
        When it happened, with a zone.
    event : str
        Its kind, e.g. ``page_view``.
    properties : Mapping[str, Value]
        Canonical values by property name.
    """

    lead_id: str
    occurred_at: datetime
    event: str
    properties: Mapping[str, Value] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a lead at a moment.

    Parameters
    ----------
    lead_id : str
        Whose outcome it is.
    occurred_at : datetime or None
        When, with a zone; None in a history without times.
    outcome : str
        ``mql``, ``sql_accepted``, ``sql_rejected``, ``opportunity``, ``won``, ``lost`` or a company's own word.
    reason : str or None
        Why, where sales gave one.
    """

    lead_id: str
    occurred_at: datetime | None
    outcome: str
    reason: str | None = None
