"""How features of single event kinds are said."""

from __future__ import annotations

from dataclasses import dataclass

from features.catalog.feature import Row, Seen
from features.catalog.numbers_in_words import number, sentence_start, span, times, window
from features.domain import Text
from features.vocabulary.event_phrases import Phrase, phrase_of


@dataclass(frozen=True, slots=True)
class KindInWords:
    """An event kind's sentences; a kind without a phrase is quoted by name.

    Parameters
    ----------
    kind : str or None
        The kind; None stands for all kinds without features of their own.
    """

    kind: str | None

    @property
    def label(self) -> Text:
        """What people call the concept."""
        phrase = self._phrase
        if self.kind is None:
            return Text("Other events", "Sonstige Ereignisse")
        if phrase is None:
            return Text(f"Event '{self.kind}'", f"Ereignis '{self.kind}'")
        return Text(sentence_start(phrase.many), phrase.mehrere)

    @property
    def inside(self) -> Text:
        """The label as it reads within a sentence."""
        phrase = self._phrase
        if self.kind is None:
            return Text("other events", "sonstige Ereignisse")
        if phrase is None:
            return Text(f"event '{self.kind}'", self.label.de)
        return Text(phrase.many, phrase.mehrere)

    @property
    def _phrase(self) -> Phrase | None:
        return None if self.kind is None else phrase_of(self.kind)

    def seen(self, count: float, within: Text) -> Text:
        """Return what was done ``count`` times ``within`` a span; an empty span is the whole history."""
        english, german = (f" {text}" if text else "" for text in (within.en, within.de))
        phrase, often, amount = self._phrase, times(count), number(count)
        if phrase is not None:
            when = f"{within.de} {often.de}".strip()
            return Text(f"{phrase.done} {often.en}{english}", phrase.getan.format(when))
        name = self.label
        return Text(f"{name.en}: {amount.en}{english}", f"{name.de}: {amount.de}{german}")

    def nothing(self, within: Text) -> Text:
        """Return that nothing of the kind was seen ``within`` a span."""
        english, german = (f" {text}" if text else "" for text in (within.en, within.de))
        phrase = self._phrase
        if phrase is not None:
            return Text(f"No {phrase.many}{english}", f"Keine {phrase.mehrere}{german}")
        if self.kind is None:
            return Text(f"No other events{english}", f"Keine sonstigen Ereignisse{german}")
        return Text(f"No event '{self.kind}'{english}", f"Kein Ereignis '{self.kind}'{german}")

    def last(self, days: float) -> Text:
        """Return how long ago the last one was."""
        phrase, ago = self._phrase, span(days)
        if phrase is not None:
            return Text(f"Last {phrase.one} {ago.en} ago", f"{phrase.letzte} vor {ago.de}")
        if self.kind is None:
            return Text(f"Last other event {ago.en} ago", f"Letztes sonstiges Ereignis vor {ago.de}")
        return Text(f"Last event '{self.kind}' {ago.en} ago", f"Letztes Ereignis '{self.kind}' vor {ago.de}")


def within(days: int | None) -> Text:
    """Return the span of a count in words; None is the whole history."""
    return Text("", "") if days is None else window(days)


@dataclass(frozen=True, slots=True)
class CountInWords:
    """The count of a kind in a window (None: in all)."""

    kind: KindInWords
    days: int | None

    def say(self, value: float | str | None, row: Row) -> Seen:
        """Return e.g. "Viewed the pricing page 3 times in 7 days"."""
        count = float(value or 0)
        span_in_words = within(self.days)
        amount = f"{number(count).en} {span_in_words.en or 'in all'}"
        if count:
            return Seen(amount, self.kind.seen(count, span_in_words))
        return Seen(amount, self.kind.nothing(span_in_words if self.days else Text("so far", "bisher")))


@dataclass(frozen=True, slots=True)
class RecencyInWords:
    """Days since the last event of a kind."""

    kind: KindInWords

    def say(self, value: float | str | None, row: Row) -> Seen:
        """Return e.g. "Last pricing page view 3 days ago"."""
        if value is None:
            return Seen(None, self.kind.nothing(Text("so far", "bisher")))
        return Seen(f"{span(float(value)).en} ago", self.kind.last(float(value)))


@dataclass(frozen=True, slots=True)
class DecayedInWords:
    """A decayed sum, said by the shortest window of the row in which anything happened.

    Parameters
    ----------
    kind : KindInWords
        What was done.
    counts : tuple of (str, int or None)
        The concept's counts by feature name, with their windows, the shortest first.
    """

    kind: KindInWords
    counts: tuple[tuple[str, int | None], ...]

    def say(self, value: float | str | None, row: Row) -> Seen:
        """Return the sentence of that window, or the sum itself where the row has no counts."""
        present = [(name, days) for name, days in self.counts if row.get(name) is not None]
        for name, days in present:
            if row[name]:
                return CountInWords(self.kind, days).say(row[name], row)
        if not value:
            return CountInWords(self.kind, present[-1][1] if present else None).say(0.0, row)
        amount = number(round(float(value), 2))
        name_of_kind = self.kind.label
        return Seen(
            f"{amount.en} after decay",
            Text(
                f"{name_of_kind.en}, the newest counting most: {amount.en}",
                f"{name_of_kind.de}, die neuesten zählen am meisten: {amount.de}",
            ),
        )
