"""What is said of a promised time to contact, in English and German."""

from __future__ import annotations

from features.domain import Text
from features.domain.sla import Duration
from models.cutoffs.certificate import State
from models.cutoffs.sentences import count, german_percent, percent, weeks_needed

_UNITS = {
    ("hour", True): ("Geschäftsstunde", "Geschäftsstunden"),
    ("day", True): ("Geschäftstag", "Geschäftstagen"),
    ("hour", False): ("Stunde", "Stunden"),
    ("day", False): ("Tag", "Tagen"),
}


def german_span(span: Duration) -> str:
    """Return a promised span after "innerhalb von".

    Examples
    --------
    >>> german_span(Duration(4.0, "hour", business=True)), german_span(Duration(1.5, "day", business=False))
    ('4 Geschäftsstunden', '1,5 Tagen')
    """
    one, many = _UNITS[span.unit, span.business]
    return f"{span.amount:g} {one if span.amount == 1 else many}".replace(".", ",")


def contact_sentence(
    span: Duration, epsilon: float, state: State, n: int, k: int, weeks: int, per_week: int | None, *, enough: bool
) -> Text:
    """Return what the replay of ``weeks`` whole weeks says: ``k`` of ``n`` leads were late."""
    pace_en = "as many people as it takes" if per_week is None else f"{per_week} leads taken a week"
    pace_de = "so vielen Leuten wie nötig" if per_week is None else f"{per_week} angenommenen Leads je Woche"
    late, of = count(k), count(n)
    seen_en = f"replayed with {pace_en}, {late.en} of {of.en} leads in {weeks} whole weeks come later"
    seen_de = f"mit {pace_de} nachgespielt kommen {late.de} von {of.de} Leads in {weeks} ganzen Wochen später dran"
    late_en, late_de = percent(epsilon), german_percent(epsilon)
    if state is State.CERTIFIED:
        return Text(
            f"On average at most {late_en} of a week's leads are contacted later than {span}: {seen_en}.",
            f"Im Mittel werden höchstens {late_de} der Leads einer Woche später als innerhalb von {german_span(span)} "
            f"kontaktiert: {seen_de}.",
        )
    if state is State.INFEASIBLE:
        return Text(
            f"More than {late_en} of a week's leads are contacted later than {span} at this cutoff: {seen_en}.",
            f"An dieser Schwelle werden mehr als {late_de} der Leads einer Woche nicht innerhalb von "
            f"{german_span(span)} kontaktiert: {seen_de}.",
        )
    if enough:
        return Text(
            f"The weeks seen keep to {span}, but it is not certified: one wholly late week is added to those seen; "
            f"{seen_en}.",
            f"Die gesehenen Wochen halten {german_span(span)} ein, zertifiziert ist es aber nicht: Zu den gesehenen "
            f"kommt eine ganz verspätete Woche; {seen_de}.",
        )
    return Text(
        f"Too few weeks to say that at most {late_en} of a week's leads are contacted later than {span}; "
        f"at least {weeks_needed(epsilon)} whole ones are needed: {seen_en}.",
        f"Zu wenige Wochen, um zu sagen, dass höchstens {late_de} der Leads einer Woche später als innerhalb von "
        f"{german_span(span)} kontaktiert werden; nötig sind mindestens {weeks_needed(epsilon)} ganze: {seen_de}.",
    )
