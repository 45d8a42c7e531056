"""What the clauses of an agreement and the states of its certificate are called on a page."""

from __future__ import annotations

from features.domain import Text
from models.cutoffs import State
from training.pages.content import Tone

STATES = {
    State.CERTIFIED: Text("certified", "zertifiziert"),
    State.PROVISIONAL: Text("provisional", "vorläufig"),
    State.INFEASIBLE: Text("cannot be kept", "nicht einzuhalten"),
    State.UNCERTIFIED: Text("uncertified", "nicht zertifiziert"),
    State.EXPIRED: Text("expired", "abgelaufen"),
    State.VIOLATED: Text("violated", "verletzt"),
    State.NOT_MEASURED: Text("not measured", "nicht gemessen"),
}

TONES = {State.CERTIFIED: Tone.GOOD, State.PROVISIONAL: Tone.DOUBT, State.INFEASIBLE: Tone.BAD}

CLAUSES = {
    "mql.min_conversion_rate": Text("MQLs that become customers, at least", "MQLs, die Kunden werden, mindestens"),
    "mql.max_missed_customers": Text(
        "customers that never were an MQL, at most", "Kunden, die nie MQL waren, höchstens"
    ),
    "mql.contact_within": Text("first contact with MQLs within", "Erstkontakt zu MQLs innerhalb von"),
    "sql.min_conversion_rate": Text("SQLs that become customers, at least", "SQLs, die Kunden werden, mindestens"),
    "sql.min_acceptance_rate": Text("SQLs that sales accepts, at least", "SQLs, die der Vertrieb annimmt, mindestens"),
    "sql.max_per_week": Text("SQLs a week, at most", "SQLs je Woche, höchstens"),
    "sql.contact_within": Text("first contact with SQLs within", "Erstkontakt zu SQLs innerhalb von"),
}
