"""How features of all activity together are said."""

from __future__ import annotations

from dataclasses import dataclass

from features.catalog.event_wording import within
from features.catalog.feature import Row, Seen
from features.catalog.numbers_in_words import number, span, window
from features.domain import Text
from features.vocabulary.event_phrases import phrase_of

SO_FAR = Text("so far", "bisher")
_WEEK, _MONTH = 7, 30


def lately(half_life_days: int) -> Text:
    """Return the span that a decayed sum is mostly about, e.g. "last weeks" for a half-life of 14 days."""
    if half_life_days < _WEEK:
        return Text("last days", "letzten Tage")
    return Text("last weeks", "letzten Wochen") if half_life_days < _MONTH else Text("last months", "letzten Monate")


def _no_activity(when: Text) -> Text:
    return Text(f"No activity {when.en}", f"Keine Aktivität {when.de}")


@dataclass(frozen=True, slots=True)
class ActivityCountInWords:
    """A count of something in a window (None: in all).

    Parameters
    ----------
    english, german : tuple of (str, str)
        Singular and plural of what is counted.
    days : int or None
        The window.
    """

    english: tuple[str, str]
    german: tuple[str, str]
    days: int | None

    def say(self, value: float | str | None, row: Row) -> Seen:
        """Return e.g. "12 events in 7 days"."""
        count, when = float(value or 0), within(self.days)
        amount, plural = number(count), int(count != 1)
        bare = f"{amount.en} {when.en or 'in all'}"
        if not count:
            return Seen(bare, _no_activity(when if self.days else SO_FAR))
        return Seen(
            bare,
            Text(
                f"{amount.en} {self.english[plural]} {when.en}".strip(),
                f"{amount.de} {self.german[plural]} {when.de}".strip(),
            ),
        )


@dataclass(frozen=True, slots=True)
class ActiveDaysInWords:
    """Days with an event in a window."""

    days: int

    def say(self, value: float | str | None, row: Row) -> Seen:
        """Return e.g. "Active on 3 of 30 days"."""
        count, when = float(value or 0), window(self.days)
        amount = number(count).en
        if not count:
            return Seen(f"0 {when.en}", _no_activity(when))
        return Seen(
            f"{amount} of {self.days} days",
            Text(f"Active on {amount} of {self.days} days", f"An {amount} von {self.days} Tagen aktiv"),
        )


@dataclass(frozen=True, slots=True)
class LastActivityInWords:
    """Days since the last event of any kind."""

    def say(self, value: float | str | None, row: Row) -> Seen:
        """Return e.g. "Last activity 3 days ago"."""
        if value is None:
            return Seen(None, _no_activity(SO_FAR))
        ago = span(float(value))
        return Seen(f"{ago.en} ago", Text(f"Last activity {ago.en} ago", f"Letzte Aktivität vor {ago.de}"))


@dataclass(frozen=True, slots=True)
class DecayedActivityInWords:
    """The decayed sum over all kinds, said without its half-life: that older events count less is all that matters."""

    half_life_days: int

    def say(self, value: float | str | None, row: Row) -> Seen:
        """Return e.g. "Activity of the last weeks, the newest counting most: 3.2"."""
        amount, span_of_time = number(round(float(value or 0.0), 1)), lately(self.half_life_days)
        if amount.en in {"0", "-0"}:
            return Seen("0", Text("No recent activity", "Keine Aktivität in letzter Zeit"))
        return Seen(
            f"{amount.en} after decay",
            Text(
                f"Activity of the {span_of_time.en}, the newest counting most: {amount.en}",
                f"Aktivität der {span_of_time.de}, die neueste zählt am meisten: {amount.de}",
            ),
        )


@dataclass(frozen=True, slots=True)
class VelocityInWords:
    """Last week against the three weeks before."""

    def say(self, value: float | str | None, row: Row) -> Seen:
        """Return which of them saw more."""
        ratio = float(value or 0.0)
        if abs(ratio) < 0.05:
            return Seen(
                "even",
                Text("About as active last week as in the three weeks before", "Letzte Woche so aktiv wie zuvor"),
            )
        if ratio > 0:
            return Seen(
                "rising",
                Text(
                    "More active last week than in the three weeks before",
                    "Letzte Woche aktiver als in den drei Wochen davor",
                ),
            )
        return Seen(
            "falling",
            Text(
                "Less active last week than in the three weeks before",
                "Letzte Woche weniger aktiv als in den drei Wochen davor",
            ),
        )


@dataclass(frozen=True, slots=True)
class AgeInWords:
    """The lead's age."""

    def say(self, value: float | str | None, row: Row) -> Seen:
        """Return e.g. "Lead is 12 days old"."""
        if value is None:
            return Seen(None, Text("Age of the lead is not known", "Alter des Leads ist nicht bekannt"))
        age = span(float(value))
        # "Tage alt" is an accusative: the dative's n goes.
        german = age.de.replace("Tagen", "Tage").replace("Jahren", "Jahre").replace("einer Minute", "eine Minute")
        return Seen(age.en, Text(f"Lead is {age.en} old", f"Lead ist {german} alt"))


@dataclass(frozen=True, slots=True)
class TouchInWords:
    """The kind of the first or the last event."""

    english: str
    german: str

    def say(self, value: float | str | None, row: Row) -> Seen:
        """Return e.g. "First activity: submitted a form"; a kind without a phrase is named."""
        if value is None:
            return Seen(None, _no_activity(SO_FAR))
        phrase = phrase_of(str(value))
        if phrase is None:
            return Seen(str(value), Text(f"{self.english}: {value}", f"{self.german}: {value}"))
        done, getan = phrase.done, " ".join(phrase.getan.format("").split())
        return Seen(
            str(value),
            Text(f"{self.english}: {done[:1].lower()}{done[1:]}", f"{self.german}: {getan[:1].lower()}{getan[1:]}"),
        )


@dataclass(frozen=True, slots=True)
class DelayInWords:
    """Days from creation to the first event."""

    def say(self, value: float | str | None, row: Row) -> Seen:
        """Return e.g. "First activity 3 days after creation"."""
        if value is None:
            return Seen(None, _no_activity(SO_FAR))
        days = float(value)
        if round(days * 1440) == 0:
            return Seen("at creation", Text("First activity at creation", "Erste Aktivität bei der Anlage"))
        apart = span(days)
        english, german = ("before", "vor") if days < 0 else ("after", "nach")
        return Seen(
            f"{apart.en} {english} creation",
            Text(f"First activity {apart.en} {english} creation", f"Erste Aktivität {apart.de} {german} der Anlage"),
        )
