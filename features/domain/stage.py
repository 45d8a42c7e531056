"""Where a lead stands between marketing and sales."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """A lead's stage; the first three follow the score, the last three follow outcomes."""

    LEAD = "lead"
    MQL = "mql"
    SQL = "sql"
    OPPORTUNITY = "opportunity"
    CUSTOMER = "customer"
    LOST = "lost"


class Engine(StrEnum):
    """Who scored."""

    MODEL = "model"
    RULES = "rules"


class Group(StrEnum):
    """The two groups of features: who the lead is, and what the lead does."""

    FIT = "fit"
    ENGAGEMENT = "engagement"
