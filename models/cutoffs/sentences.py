"""The findings of a certificate in words, in English and German."""

from __future__ import annotations

import math

from features.domain import Text
from models.cutoffs.certificate import State


def percent(share: float) -> str:
    """Return a share as a person writes it.

    Examples
    --------
    >>> percent(0.3), percent(0.125)
    ('30 %', '12.5 %')
    """
    return f"{100 * share:.3g} %"


def german_percent(share: float) -> str:
    """Return a share with the German decimal comma."""
    return percent(share).replace(".", ",")


def count(number: int) -> Text:
    """Return a count with the thousands sign of each language.

    Examples
    --------
    >>> count(12345)
    Text(en='12,345', de='12.345')
    """
    return Text(f"{number:,}", f"{number:,}".replace(",", "."))


def in_words(interval: tuple[float, float] | None) -> tuple[str, str]:
    """Return an interval in brackets, in English and German; empty without one."""
    if interval is None:
        return "", ""
    low, high = interval
    return f" ({percent(low)} to {percent(high)})", f" ({german_percent(low)} bis {german_percent(high)})"


def missed_sentence(promise: float, state: State, n: int, k: int, interval: tuple[float, float] | None) -> Text:
    """Return what is known of missed customers."""
    if not n:
        return Text(
            f"There are no customers in the data, so nothing is known of the promised {percent(promise)}.",
            f"In den Daten sind keine Kunden, über die zugesagten {german_percent(promise)} ist daher nichts bekannt.",
        )
    english, german = in_words(interval)
    below, of = count(k), count(n)
    seen_en = f"{below.en} of {of.en} customers were below the cutoff, {percent(k / n)}{english}"
    seen_de = f"{below.de} von {of.de} Kunden lagen unter der Schwelle, {german_percent(k / n)}{german}"
    if state is State.CERTIFIED:
        return Text(
            f"At most {percent(promise)} of customers are missed: certified. {seen_en}.",
            f"Höchstens {german_percent(promise)} der Kunden werden verpasst: zertifiziert. {seen_de}.",
        )
    if state is State.INFEASIBLE:
        return Text(
            f"The data exclude that at most {percent(promise)} are missed at this cutoff: {seen_en}.",
            f"Die Daten schließen aus, dass an dieser Schwelle höchstens {german_percent(promise)} verpasst werden: "
            f"{seen_de}.",
        )
    return Text(
        f"Not certified yet that at most {percent(promise)} are missed; too few customers: {seen_en}.",
        f"Noch nicht zertifiziert, dass höchstens {german_percent(promise)} verpasst werden; zu wenige Kunden: "
        f"{seen_de}.",
    )


def weeks_needed(epsilon: float) -> int:
    """Return the fewest whole weeks with which a promise about weeks can be certified: one bad week is added to them.

    Examples
    --------
    >>> weeks_needed(0.05), weeks_needed(0.1)
    (19, 9)
    """
    return math.ceil(round(1.0 / epsilon - 1.0, 9))


def capacity_sentence(limit: int, epsilon: float, state: State, weeks: int, busy: int, *, enough: bool) -> Text:
    """Return what is known of the weekly volume; ``enough`` weeks are those with which a certificate is possible."""
    seen_en = f"{busy} of {weeks} whole weeks had more than {limit} leads above the cutoff"
    seen_de = f"in {busy} von {weeks} ganzen Wochen lagen mehr als {limit} Leads über der Schwelle"
    if state is State.CERTIFIED:
        return Text(
            f"On average at most {percent(epsilon)} of weeks exceed {limit} leads: {seen_en}.",
            f"Im Mittel überschreiten höchstens {german_percent(epsilon)} der Wochen {limit} Leads: {seen_de}.",
        )
    if state is State.INFEASIBLE:
        return Text(
            f"More than {percent(epsilon)} of weeks exceed {limit} leads at this cutoff: {seen_en}.",
            f"An dieser Schwelle überschreiten mehr als {german_percent(epsilon)} der Wochen {limit} Leads: {seen_de}.",
        )
    if enough:
        return Text(
            f"The weeks seen keep to it that at most {percent(epsilon)} exceed {limit} leads, but it is not certified: "
            f"the certificate counts one busy week more than was seen; {seen_en}.",
            f"Die gesehenen Wochen halten ein, dass höchstens {german_percent(epsilon)} davon {limit} Leads "
            "überschreiten, zertifiziert ist es aber nicht: Das Zertifikat zählt eine volle Woche mehr als gesehen; "
            f"{seen_de}.",
        )
    return Text(
        f"Too few weeks to say that at most {percent(epsilon)} of them exceed {limit} leads; at least "
        f"{weeks_needed(epsilon)} whole ones are needed: {seen_en}.",
        f"Zu wenige Wochen, um zu sagen, dass höchstens {german_percent(epsilon)} davon {limit} Leads überschreiten; "
        f"nötig sind mindestens {weeks_needed(epsilon)} ganze: {seen_de}.",
    )


_NEEDS = {
    "sql.min_acceptance_rate": Text("whether sales accepted each lead", "ob der Vertrieb jeden Lead angenommen hat"),
}
_ARRIVAL = Text("when each lead arrived", "wann jeder Lead eintraf")
NO_CAPACITY = Text(
    "Not measured here: the opening hours allow it, but the agreement does not say how many of these leads can be "
    "taken in a week.",
    "Hier nicht gemessen: Die Öffnungszeiten lassen es zu, aber die Vereinbarung sagt nicht, wie viele dieser Leads in "
    "einer Woche angenommen werden können.",
)


def not_measured_sentence(name: str) -> Text:
    """Return what would have to be known to judge a clause."""
    need = _NEEDS.get(name, _ARRIVAL)
    return Text(
        f"Not measured here: this table does not say {need.en}.",
        f"Hier nicht gemessen: Die Tabelle sagt nicht, {need.de}.",
    )


def clash_sentence(names: tuple[str, ...]) -> Text:
    """Return which clauses cannot hold together."""
    if len(names) == 1:
        return Text(
            f"The data exclude {names[0]} at every cutoff worth having.",
            f"Die Daten schließen {names[0]} an jeder brauchbaren Schwelle aus.",
        )
    listed_en, listed_de = " and ".join(names), " und ".join(names)
    return Text(
        f"{listed_en} cannot hold together at any cutoff; until that is decided, the clauses first in priority set it.",
        f"{listed_de} können an keiner Schwelle zugleich gelten; bis das entschieden ist, bestimmen sie die Zusagen "
        "mit Vorrang.",
    )


def excluded_here_sentence(names: tuple[str, ...]) -> Text:
    """Return which clauses the data exclude at a cutoff, where they are too few to exclude them of every cutoff."""
    return Text(
        f"No cutoff keeps all promises in these data; at this one they exclude {' and '.join(names)}, and for a higher "
        "one there are too few.",
        f"Keine Schwelle hält in diesen Daten alle Zusagen; an dieser schließen sie {' und '.join(names)} aus, für "
        "eine höhere sind es zu wenige.",
    )


CERTIFIED = Text("All measured clauses are certified at this cutoff.", "Alle gemessenen Zusagen sind zertifiziert.")
FEW_DATA = Text(
    "Too few data to certify: the cutoff at which the observed rates keep the promises.",
    "Zu wenige Daten für ein Zertifikat: die Schwelle, an der die beobachteten Raten die Zusagen halten.",
)
AT_PROMISE = Text(
    "Too few data to certify: the cutoff is the promised rate itself, taken as a probability.",
    "Zu wenige Daten für ein Zertifikat: Die Schwelle ist die zugesagte Rate selbst, als Wahrscheinlichkeit.",
)
BY_PRIORITY = Text(
    "Too few data to certify, and at no cutoff do the observed rates keep all promises: the clauses first in priority "
    "set it.",
    "Zu wenige Daten für ein Zertifikat, und an keiner Schwelle halten die beobachteten Raten alle Zusagen: Die "
    "Zusagen mit Vorrang bestimmen sie.",
)
RAISED = Text(
    "The SQL cutoff was raised to the MQL cutoff, where its clauses are not certified.",
    "Die SQL-Schwelle wurde auf die MQL-Schwelle angehoben; dort sind ihre Zusagen nicht zertifiziert.",
)


def no_selection_sentence(share: float, promise: float | None, rate: float) -> Text:
    """Return that nearly every lead is at or above a cutoff, and why where the promise is kept without selecting."""
    so_en = f"{percent(share)} of the leads are at or above it"
    so_de = f"{german_percent(share)} der Leads liegen darüber"
    if promise is None or promise > rate:
        return Text(f"{so_en}: it hardly selects.", f"{so_de}: Sie wählt kaum aus.")
    return Text(
        f"{so_en}: the promised {percent(promise)} lie below the {percent(rate)} of all leads that convert, so the "
        "promise asks for no selection.",
        f"{so_de}: Die zugesagten {german_percent(promise)} liegen unter den {german_percent(rate)} aller Leads, die "
        "zum Abschluss werden; die Zusage verlangt also keine Auswahl.",
    )


def default_sentence(factor: float) -> Text:
    """Return how a cutoff without a measurable clause was set."""
    return Text(
        f"No measurable clause was agreed; the cutoff stands at {factor:g} times the odds of the base rate.",
        f"Es wurde keine messbare Zusage vereinbart; die Schwelle liegt beim {factor:g}-fachen der Chancen der "
        "Grundrate.".replace(f"{factor:g}", f"{factor:g}".replace(".", ",")),
    )
