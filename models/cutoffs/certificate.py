"""What certify answers: two cutoffs, and for every clause of the agreement what can be promised and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from features.domain import BundleError, Text


class State(StrEnum):
    """What a cutoff or a clause is worth."""

    CERTIFIED = "certified"
    PROVISIONAL = "provisional"
    INFEASIBLE = "infeasible"
    UNCERTIFIED = "uncertified"
    EXPIRED = "expired"
    VIOLATED = "violated"
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True)
class Clause:
    """One promise of the agreement at one cutoff.

    Parameters
    ----------
    name : str
        As in sla.yaml's ``priority``, e.g. ``mql.min_conversion_rate``.
    promise : float or str
        A share in (0, 1), a number of leads a week, or a time span.
    state : State
        Certified, provisional (not shown yet, not excluded), infeasible (excluded) or not measured.
    estimate : float or None
        Observed share at the cutoff.
    interval : tuple of float or None
        Two-sided 95 % Clopper-Pearson interval of the estimate.
    bound : float or None
        What holds with the certificate's confidence: a lower bound of a conversion rate, an upper one of missed
        customers, the bounded expectation of weeks over the limit.
    n, k : int
        What the estimate counts: ``k`` of ``n`` leads, customers or weeks.
    sentence : Text
        The finding in words.
    delta : float or None
        Chance of a false certificate that this clause may spend; None where it holds on average only.
    support : float or None
        Lowest cutoff of which the data can speak, for acceptance.
    """

    name: str
    promise: float | str
    state: State
    sentence: Text
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    bound: float | None = None
    n: int = 0
    k: int = 0
    delta: float | None = None
    support: float | None = None

    def to_mapping(self) -> dict[str, Any]:
        """Return the clause as plain data."""
        return {
            "name": self.name, "promise": self.promise, "state": self.state.value, "estimate": self.estimate,
            "interval": None if self.interval is None else list(self.interval), "bound": self.bound,
            "n": self.n, "k": self.k, "delta": self.delta, "support": self.support,
            "sentence": self.sentence.to_mapping(),
        }  # fmt: skip

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Clause:
        """Return the clause stored by :meth:`to_mapping`."""
        interval = mapping["interval"]
        return cls(
            name=str(mapping["name"]),
            promise=mapping["promise"],
            state=State(mapping["state"]),
            sentence=Text.from_mapping(mapping["sentence"]),
            estimate=mapping["estimate"],
            interval=None if interval is None else (float(interval[0]), float(interval[1])),
            bound=mapping["bound"],
            n=int(mapping["n"]),
            k=int(mapping["k"]),
            delta=mapping.get("delta"),
            support=mapping.get("support"),
        )


@dataclass(frozen=True, slots=True)
class Option:
    """A way out of promises that clash: one of them is relaxed, the others of the clash stay as agreed.

    Parameters
    ----------
    clause : str
        The promise that is relaxed.
    promise : float or str
        What was agreed of it.
    best : float, str or None
        The best promise of it that these data certify beside the others; None where there is none. Where the agreement
        does not say how many leads can be taken in a week, the shortest time to contact that the opening hours allow.
    probability : float or None
        The cutoff of that.
    sentence : Text
        The option in words.
    """

    clause: str
    promise: float | str
    best: float | str | None
    probability: float | None
    sentence: Text

    def to_mapping(self) -> dict[str, Any]:
        """Return the option as plain data."""
        return {
            "clause": self.clause, "promise": self.promise, "best": self.best, "probability": self.probability,
            "sentence": self.sentence.to_mapping(),
        }  # fmt: skip

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Option:
        """Return the option stored by :meth:`to_mapping`."""
        return cls(
            clause=str(mapping["clause"]),
            promise=mapping["promise"],
            best=mapping["best"],
            probability=mapping["probability"],
            sentence=Text.from_mapping(mapping["sentence"]),
        )


@dataclass(frozen=True, slots=True)
class Cutoff:
    """Where a stage begins.

    Parameters
    ----------
    probability : float
        Leads with at least this calibrated probability are in the stage; in [0, 1].
    state : State
        Certified if every measured clause is; infeasible if the data exclude that all hold; else provisional.
    clauses : tuple of Clause
        In the order of the agreement.
    sentence : Text
        How the cutoff was chosen, and which clauses clash if it is infeasible.
    options : tuple of Option
        Ways out if it is infeasible: the least important of the clashing promises is relaxed first.
    outlook : Text or None
        Whether more leads would help and how many, or what even a perfect estimate could not promise.
    """

    probability: float
    state: State
    clauses: tuple[Clause, ...]
    sentence: Text
    options: tuple[Option, ...] = ()
    outlook: Text | None = None

    def to_mapping(self) -> dict[str, Any]:
        """Return the cutoff as plain data."""
        return {
            "probability": self.probability,
            "state": self.state.value,
            "clauses": [clause.to_mapping() for clause in self.clauses],
            "sentence": self.sentence.to_mapping(),
            "options": [option.to_mapping() for option in self.options],
            "outlook": None if self.outlook is None else self.outlook.to_mapping(),
        }

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Cutoff:
        """Return the cutoff stored by :meth:`to_mapping`."""
        probability = float(mapping["probability"])
        if not 0.0 <= probability <= 1.0:
            raise ValueError(f"a cutoff at {probability}")
        return cls(
            probability=probability,
            state=State(mapping["state"]),
            clauses=tuple(Clause.from_mapping(clause) for clause in mapping["clauses"]),
            sentence=Text.from_mapping(mapping["sentence"]),
            # Cutoffs stored before there were options are without.
            options=tuple(Option.from_mapping(option) for option in mapping.get("options", ())),
            outlook=None if mapping.get("outlook") is None else Text.from_mapping(mapping["outlook"]),
        )


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """Both cutoffs and what they were drawn from.

    Parameters
    ----------
    mql, sql : Cutoff
        ``sql.probability >= mql.probability``.
    confidence : float
        With which all certified clauses hold together, over repeated draws of such data.
    leads, converted : int
        Rows used, and how many of them converted.
    left_out : int
        Rows without a probability or an outcome.
    """

    mql: Cutoff
    sql: Cutoff
    confidence: float
    leads: int
    converted: int
    left_out: int = 0

    @property
    def state(self) -> State:
        """The weaker of both states: infeasible, else provisional, else certified."""
        states = {self.mql.state, self.sql.state}
        weakest = (State.INFEASIBLE, State.VIOLATED, State.EXPIRED, State.UNCERTIFIED, State.PROVISIONAL)
        return next((state for state in weakest if state in states), State.CERTIFIED)

    def to_mapping(self) -> dict[str, Any]:
        """Return the cutoffs as plain data."""
        return {
            "mql": self.mql.to_mapping(), "sql": self.sql.to_mapping(), "confidence": self.confidence,
            "leads": self.leads, "converted": self.converted, "left_out": self.left_out,
        }  # fmt: skip

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Cutoffs:
        """Return the cutoffs stored by :meth:`to_mapping`.

        Raises
        ------
        BundleError
            If an entry is missing or of another form.
        """
        try:
            return cls(
                mql=Cutoff.from_mapping(mapping["mql"]),
                sql=Cutoff.from_mapping(mapping["sql"]),
                confidence=float(mapping["confidence"]),
                leads=int(mapping["leads"]),
                converted=int(mapping["converted"]),
                left_out=int(mapping["left_out"]),
            )
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise BundleError(
                f"Stored cutoffs with {error}.",
                "two cutoffs and their clauses.",
                "Fetch the bundle again or promote another version.",
            ) from None
