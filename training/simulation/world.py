"""The invented market: what the simulated leads are like and how they behave, as numbers.

A lead's interest is a hidden Markov chain in steps of one day of its life. Each day the state gives the rate and the
mix of events, the chance to become a customer and the chance to be lost. Because the chain is small, the true
probability of conversion can be computed exactly (``training.simulation.truth``).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

HORIZON_DAYS = 90
AGES_DAYS = (0, 1, 3, 7, 14, 30, 60)

STATES = ("looking", "interested", "evaluating", "buying", "quiet")
QUIET = STATES.index("quiet")
EVALUATING = STATES.index("evaluating")
BUYING = STATES.index("buying")


@dataclass(frozen=True, slots=True)
class Token:
    """One kind of event with the page it names, and how often each state shows it.

    Parameters
    ----------
    event : str
        Kind of event.
    page : str or None
        Page property.
    weights : tuple of float
        Relative frequency in each of ``STATES``.
    email : bool
        Whether the event needs an e-mail of ours, so that it ends with an unsubscription.
    median_seconds : float or None
        Typical time on the page; None for events without one.
    """

    event: str
    page: str | None
    weights: tuple[float, float, float, float, float]
    email: bool = False
    median_seconds: float | None = None


TOKENS = (
    Token("page_view", "/", (22, 16, 10, 8, 8), median_seconds=20),
    Token("page_view", "/blog", (24, 14, 6, 4, 9), median_seconds=60),
    Token("page_view", "/product", (8, 14, 16, 12, 3), median_seconds=55),
    Token("page_view", "/docs", (2, 6, 11, 12, 1), median_seconds=90),
    Token("page_view", "/references", (2, 5, 8, 8, 1), median_seconds=45),
    Token("page_view", "/careers", (6, 1.2, 0.3, 0.2, 3), median_seconds=50),
    Token("pricing_view", "/pricing", (0.8, 3.5, 9, 14, 0.3), median_seconds=40),
    Token("form_submit", "/contact", (0.5, 1.5, 3, 4, 0.2)),
    Token("whitepaper_download", "/whitepaper", (1.5, 4, 3, 1, 0.4)),
    Token("webinar_registration", "/webinar", (0.8, 2.5, 1.8, 0.6, 0.3)),
    Token("webinar_attended", "/webinar", (0.3, 1.6, 1.8, 0.6, 0.1)),
    Token("email_open", None, (24, 20, 13, 10, 58), email=True),
    Token("email_click", None, (4, 7, 6, 4, 4), email=True),
    Token("demo_request", "/demo", (0.1, 0.7, 3.2, 5, 0.05)),
    Token("trial_start", "/trial", (0.1, 0.6, 2.2, 2.5, 0.05)),
    Token("login", None, (0.3, 2, 9, 14, 0.2)),
    Token("sales_call", None, (0.2, 1, 3.5, 7, 0.3)),
    Token("unsubscribe", None, (1.6, 0.6, 0.3, 0.15, 7)),
    Token("email_bounce", None, (1.2, 0.5, 0.3, 0.2, 3), email=True),
)

ENTRY_EVENTS = ("form_submit", "whitepaper_download", "webinar_registration", "demo_request", "trial_start")
"""What brings a lead in: its first event, at the moment of creation."""

INDUSTRY_EFFECTS = {
    "Software": 0.45, "Machinery": 0.30, "Automotive": 0.15, "Logistics": 0.10, "Retail": -0.10,
    "Finance": 0.20, "Insurance": 0.05, "Healthcare": -0.20, "Education": -0.60, "Public sector": -0.80,
    "Consulting": 0.00, "Energy": 0.10, "Construction": -0.35, "Media": -0.05,
}  # fmt: skip
INDUSTRY_SHARES = (14, 13, 7, 8, 9, 6, 4, 7, 6, 5, 9, 4, 5, 3)
COUNTRY_EFFECTS = {"DE": 0.10, "AT": 0.05, "CH": 0.20, "NL": -0.15, "GB": -0.30, "US": -0.50, "IN": -1.20}
COUNTRY_SHARES = (66, 11, 12, 4, 3, 2, 2)
SENIORITY_EFFECTS = {"head": 0.55, "director": 0.45, "manager": 0.20, "staff": -0.25, "student": -1.60}
SENIORITY_SHARES = (9, 16, 33, 35, 7)
FUNCTION_EFFECTS = {"marketing": 0.35, "sales": 0.30, "it": 0.15, "operations": 0.00, "finance": -0.15, "hr": -0.30}
FUNCTION_SHARES = (24, 19, 20, 16, 11, 10)
SOURCE_SHARES = {
    "organic_search": 28, "paid_search": 20, "social": 14, "referral": 10, "trade_fair": 10, "partner": 7, "list": 11,
}  # fmt: skip
SOURCE_STATES = {
    "organic_search": (46, 35, 15, 4, 0), "paid_search": (52, 32, 13, 3, 0), "social": (66, 26, 6, 2, 0),
    "referral": (30, 38, 23, 9, 0), "trade_fair": (48, 32, 10, 2, 8), "partner": (26, 38, 26, 10, 0),
    "list": (58, 12, 2, 1, 27),
}  # fmt: skip
FREE_MAIL_EFFECT = -0.90
FREE_MAIL_SHARE = 0.22
BUDGET_EFFECT_PER_DECADE = 0.40
SIZE_PEAK_EMPLOYEES = 220.0


@dataclass(frozen=True, slots=True)
class World:
    """The chain's numbers; rates are per day.

    Parameters
    ----------
    move : tuple of tuples
        Probability of each next state (column) by state (row), given that the lead is neither won nor lost.
    won, lost : tuple of float
        Hazards by state of a lead with multiplier 1.
    events : tuple of float
        Events a day by state of a lead of talkativeness 1 on an average weekday.
    talkativeness, talkativeness_shares : tuple of float
        Levels of a lead's own habit of clicking, which says nothing about buying.
    weekday : tuple of float
        Factor on the events of Monday to Sunday.
    drift : float
        Rise of the log hazard of leads created at the end over those created at the start.
    season : float
        Amplitude of the yearly wave in the log hazard, by month of creation.
    bots : float
        Share of leads whose mail server clicks every link (500 clicks a day).
    """

    move: tuple[tuple[float, ...], ...] = (
        (0.915, 0.030, 0.003, 0.000, 0.052),
        (0.030, 0.885, 0.045, 0.002, 0.038),
        (0.004, 0.030, 0.892, 0.052, 0.022),
        (0.000, 0.006, 0.050, 0.926, 0.018),
        (0.0020, 0.0012, 0.0002, 0.0000, 0.9966),
    )
    won: tuple[float, ...] = (0.00001, 0.00015, 0.0013, 0.0100, 0.00001)
    lost: tuple[float, ...] = (0.0004, 0.0015, 0.0050, 0.0070, 0.0008)
    events: tuple[float, ...] = (0.21, 0.44, 0.74, 1.05, 0.015)
    talkativeness: tuple[float, ...] = (0.45, 1.0, 2.1)
    talkativeness_shares: tuple[float, ...] = (0.35, 0.42, 0.23)
    weekday: tuple[float, ...] = (1.25, 1.30, 1.30, 1.25, 1.05, 0.42, 0.43)
    drift: float = 0.35
    season: float = 0.15
    bots: float = 0.0006

    def token_shares(self) -> NDArray[np.float64]:
        """Return the mix of events, shape (states, tokens); rows sum to 1."""
        weights = np.array([token.weights for token in TOKENS], dtype=np.float64).T
        return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float64)

    def entry_shares(self) -> NDArray[np.float64]:
        """Return the mix of first events, shape (states, entry events); rows sum to 1."""
        by_event = {token.event: token.weights for token in TOKENS}
        weights = np.array([by_event[event] for event in ENTRY_EVENTS], dtype=np.float64).T
        return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float64)

    def to_mapping(self) -> dict[str, Any]:
        """Return every number of the market as plain data."""
        return {
            "states": STATES,
            "chain": asdict(self),
            "tokens": [asdict(token) for token in TOKENS],
            "entry_events": ENTRY_EVENTS,
            "effects_on_log_hazard": {
                "industry": INDUSTRY_EFFECTS,
                "country": COUNTRY_EFFECTS,
                "seniority": SENIORITY_EFFECTS,
                "function": FUNCTION_EFFECTS,
                "free_mail": FREE_MAIL_EFFECT,
                "budget_per_decade": BUDGET_EFFECT_PER_DECADE,
                "size_peak_employees": SIZE_PEAK_EMPLOYEES,
            },
            "first_state_by_source": SOURCE_STATES,
        }
