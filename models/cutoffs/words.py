"""A certificate in words: what can be promised at a pair of cutoffs, clause by clause."""

from __future__ import annotations

from datetime import datetime

from features.domain import ConfigError, Duration, Text
from features.domain.say import NOTHING, day, given, number, percent, sentence, span, whole
from models.cutoffs.certificate import Clause, Cutoff, Cutoffs, State
from models.cutoffs.contact_sentences import german_span

STATES = {
    State.CERTIFIED: Text("certified", "zertifiziert"),
    State.PROVISIONAL: Text("provisional", "vorläufig"),
    State.INFEASIBLE: Text("cannot be kept", "nicht einzuhalten"),
    State.UNCERTIFIED: Text("uncertified", "nicht zertifiziert"),
    State.EXPIRED: Text("expired", "abgelaufen"),
    State.VIOLATED: Text("violated", "verletzt"),
    State.NOT_MEASURED: Text("not measured", "nicht gemessen"),
}

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

MEANINGS = Text(
    "Certified: shown by the data. Provisional: not shown yet, and not excluded. Cannot be kept: excluded by the data. "
    "Not measured: the history does not tell.",
    "Zertifiziert: durch die Daten belegt. Vorläufig: noch nicht belegt, aber auch nicht ausgeschlossen. Nicht "
    "einzuhalten: durch die Daten ausgeschlossen. Nicht gemessen: Die Historie sagt dazu nichts.",
)


def certified_told(*cutoffs: Cutoff) -> Text:
    """Return how many of some cutoffs' promises are certified: one that was not measured is not."""
    clauses = [clause for cutoff in cutoffs for clause in cutoff.clauses]
    return sentence(
        "{k} of {n} promises certified", "{k} von {n} Zusagen zertifiziert",
        k=whole(sum(clause.state is State.CERTIFIED for clause in clauses)), n=whole(len(clauses)),
    )  # fmt: skip


def meaning_told(cutoffs: Cutoffs, valid_until: datetime | None) -> Text:
    """Return what a certificate as a whole is worth.

    Parameters
    ----------
    cutoffs : Cutoffs
        With their clauses.
    valid_until : datetime or None
        When it runs out; None where it is not known since when it holds.
    """
    clauses = [clause for cutoff in (cutoffs.mql, cutoffs.sql) for clause in cutoff.clauses]
    if not clauses:
        return Text(
            "sla.yaml promises nothing that could be measured, so nothing is certified.",
            "sla.yaml sagt nichts Messbares zu, daher ist nichts zertifiziert.",
        )
    certified = sum(clause.state is State.CERTIFIED for clause in clauses)
    if not certified:
        return sentence(
            "None of the {n} promises in sla.yaml is certified: treat the cutoffs as a proposal, not as a promise.",
            "Keine der {n} Zusagen in sla.yaml ist zertifiziert: Behandeln Sie die Schwellen als Vorschlag, nicht als "
            "Zusage.",
            n=whole(len(clauses)),
        )  # fmt: skip
    once, out_of = _odds(cutoffs.confidence)
    return sentence(
        "Certified: {k} of {n} promises. In {once} of {out_of} such calibrations all that is certified is true. It "
        "holds until {day}, is measured on {leads} leads, and would be cancelled automatically if the weekly results "
        "turned. It says nothing of a single lead.",
        "Zertifiziert: {k} von {n} Zusagen. In {once} von {out_of} solchen Kalibrierungen trifft alles Zertifizierte "
        "zu. Das Zertifikat gilt bis {day}, beruht auf {leads} Leads und würde automatisch aufgehoben, wenn die "
        "wöchentlichen Ergebnisse kippen. Über einen einzelnen Lead sagt es nichts.",
        k=whole(certified), n=whole(len(clauses)), once=once, out_of=out_of, day=day(valid_until),
        leads=whole(cutoffs.leads),
    )  # fmt: skip


def promise_told(name: str, promise: float | str) -> Text:
    """Return a promise in words, e.g. ``SQLs a week, at most 40``.

    Parameters
    ----------
    name : str
        Of the clause.
    promise : float or str
        A share in (0, 1), a number of leads a week, or a time span as sla.yaml writes it.
    """
    told = _span(promise) if isinstance(promise, str) else given(promise) if promise < 1 else whole(promise)
    called = CLAUSES.get(name, Text.same(name))
    return sentence("{name} {promise}", "{name} {promise}", name=called, promise=told)


def measured_told(clause: Clause) -> Text:
    """Return what was measured of a clause, with its interval and the counts behind it."""
    if clause.estimate is None or clause.interval is None:
        return NOTHING
    return sentence(
        "{value} ({span}), {k} of {n}", "{value} ({span}), {k} von {n}",
        value=percent(clause.estimate), span=span(*clause.interval), k=whole(clause.k), n=whole(clause.n),
    )  # fmt: skip


def _span(written: str) -> Text:
    try:
        return Text(written, german_span(Duration.parse(written, "a promise")))
    except ConfigError:
        return Text.same(written)


def _odds(confidence: float) -> tuple[Text, Text]:
    """Return a confidence as so many out of so many, e.g. 19 of 20."""
    for out_of in (10, 20, 50, 100, 200, 1000):
        if abs(out_of * confidence - round(out_of * confidence)) < 1e-9:
            return whole(round(out_of * confidence)), whole(out_of)
    return number(100 * confidence, 1), whole(100)
