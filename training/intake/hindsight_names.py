"""Names of hindsight: columns that are usually written while or after a lead is worked.

A name alone proves nothing; each family says how much the column alone must tell of the outcome to become a suspect.
"""

from __future__ import annotations

from dataclasses import dataclass

from training.intake.names import words


@dataclass(frozen=True, slots=True)
class Family:
    """A family of telling names.

    Parameters
    ----------
    meaning : str
        What such a column is, for the sentence.
    names : frozenset of str
        One of these words makes a member.
    honest : frozenset of str
        Words beside it that make the column harmless.
    least_auc : float
        Area under the ROC curve of the column alone from which a member is suspect.
    """

    meaning: str
    names: frozenset[str]
    honest: frozenset[str]
    least_auc: float


_EARLIER = frozenset({"previous", "prior", "former", "letzter", "vorheriger"})

FAMILIES = (
    Family(
        "names what follows an outcome",
        frozenset({
            "won", "lost", "deal", "deals", "closed", "close", "closing", "contract", "contracts", "invoice",
            "invoiced", "payment", "paid", "purchase", "purchased", "ordered", "order", "opportunity", "opportunities",
            "proposal", "quote", "converted", "conversion", "rejection", "rejected", "refusal", "churn", "renewal",
            "onboarding", "auftrag", "vertrag", "rechnung", "abschluss", "verloren", "gewonnen", "angebot",
        }),
        _EARLIER | {"pay", "agree"},
        0.62,
    ),
    Family(
        "names the state that sales left the lead in",
        frozenset({"status", "stage", "tag", "tags", "disposition", "result", "outcome", "reason", "resolution",
                   "phase", "notes", "note", "remarks", "comment", "comments", "substatus", "grund", "ergebnis",
                   "notiz"}),
        _EARLIER | {"marital", "employment", "job", "civil", "professional", "family", "housing", "visit", "contact"},
        0.68,
    ),
    Family(
        "names a judgement that staff or a system gives while the lead is worked",
        frozenset({"quality", "score", "scores", "index", "grade", "rating", "profile", "priority", "potential",
                   "notable", "assessment", "qualified", "qualification", "rank", "temperature", "tier", "qualität",
                   "bewertung", "einstufung", "priorität"}),
        _EARLIER | {"credit", "price", "confidence", "url", "link", "linkedin"},
        0.65,
    ),
    Family(
        "names the length of a conversation, known only when it is over",
        frozenset({"duration", "talktime", "dauer", "gesprächsdauer"}),
        _EARLIER | {"session", "visit", "page", "website", "site", "video", "watch", "subscription", "trial",
                    "employment", "residence", "credit", "loan", "term", "membership"},
        0.68,
    ),
)  # fmt: skip
JUDGEMENT = FAMILIES[2]


def families_of(name: str) -> tuple[Family, ...]:
    """Return the families that a column's name belongs to.

    Examples
    --------
    >>> [family.least_auc for family in families_of("Lead Quality")]
    [0.65]
    >>> families_of("Marital status")
    ()
    """
    said = frozenset(words(name))
    if {"call", "length"} <= said or {"talk", "time"} <= said or {"call", "time"} <= said:
        said |= {"duration"}
    return tuple(family for family in FAMILIES if said & family.names and not said & family.honest)
