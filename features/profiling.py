"""Whether a lead may be profiled by what it does, as the company chose and the person said.

An objection to profiling for marketing is absolute (Art. 21(2) and (3) GDPR): nothing is scored, whatever the company
chose. Consent that was withdrawn, or is needed and was never given, leaves fit rules or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from features.config import LawfulBasis, Profiling, WithoutBasis
from features.domain.consent import Word


class Lack(StrEnum):
    """Why a lead may not be profiled by what it does."""

    OBJECTION = "objection"
    WITHDRAWN = "consent-withdrawn"
    NO_CONSENT = "no-consent"


def lack_of_basis(profiling: Profiling, word: Word | None) -> Lack | None:
    """Return what is missing, None where the lead may be profiled.

    Parameters
    ----------
    profiling : Profiling
        What the company chose.
    word : Word or None
        The person's last word on profiling.

    Examples
    --------
    >>> lack_of_basis(Profiling(), None) is None
    True
    >>> lack_of_basis(Profiling(LawfulBasis.CONSENT), None)
    <Lack.NO_CONSENT: 'no-consent'>
    """
    if word is None:
        return Lack.NO_CONSENT if profiling.basis is LawfulBasis.CONSENT else None
    return {Word.GIVEN: None, Word.WITHDRAWN: Lack.WITHDRAWN, Word.OBJECTED: Lack.OBJECTION}[word]


def allows_fit_rules(profiling: Profiling, lack: Lack) -> bool:
    """Return whether fit rules may answer in place of a score by behaviour."""
    return lack is not Lack.OBJECTION and profiling.without_basis is WithoutBasis.FIT_RULES


def told_left_out(count: int) -> str:
    """Return the sentence on leads that are not learned from."""
    return f"Left out without a basis for profiling (objection, or no consent): {count:,} lead{'s' * (count != 1)}."


def without_basis(words: Mapping[str, Word], profiling: Profiling, lead_ids: Iterable[str]) -> frozenset[str]:
    """Return which of these leads may not be profiled, and so are not learned from: an objection covers that too.

    Parameters
    ----------
    words : Mapping[str, Word]
        The last word on profiling of everybody who said one.
    profiling : Profiling
        What the company chose.
    lead_ids : iterable of str
        The leads.
    """
    return frozenset(one for one in lead_ids if lack_of_basis(profiling, words.get(one)) is not None)
