"""The watch on a certificate after it was issued, which tells whether what leads do since still fits what was promised.

One bet per certified clause. Its capital starts at 1, grows with every broken promise and shrinks with every kept one;
while the clause is true it is a supermartingale, so that it ever reaches ``1 / alpha`` with a probability of at most
``alpha``, however often one looks (Ville 1939; betting as in Waudby-Smith and Ramdas 2024). No calendar of looks is
needed, and the alarm says "the promise is broken", not "something changed".
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from scipy.special import logsumexp

from features.domain import InputError, Sla, Text, WorkspaceError
from models.cutoffs.certificate import Clause, Cutoffs, State
from models.cutoffs.sentences import german_percent, percent

_STAKES = np.geomspace(1.0 / 64.0, 0.9, 16)
"""Shares of the largest stake that cannot lose everything, each with the same share of the capital: a small stake sees
slow drifts, a large one breaks."""
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Bet:
    """The bet against one clause.

    Parameters
    ----------
    name : str
        The clause, as in sla.yaml's ``priority``.
    allowed : float
        Share of broken cases that the clause allows, in (0, 1): ``1 - rate`` of a conversion or acceptance rate, the
        share itself of missed customers, ``1 - confidence`` of weeks over the limit and of late contacts.
    alpha : float
        Chance of an alarm, ever, while the clause is true.
    seen, broken : int
        Cases told so far, and how many of them broke the promise.
    log_capital : tuple of float
        Natural logarithm of the capital at each stake.
    alarm_after : int or None
        Number of cases after which the capital reached ``1 / alpha``; None while it has not.
    through : datetime or None
        Cases up to this moment were told; the next ones begin after it.
    """

    name: str
    allowed: float
    alpha: float
    seen: int = 0
    broken: int = 0
    log_capital: tuple[float, ...] = (0.0,) * len(_STAKES)
    alarm_after: int | None = None
    through: datetime | None = None

    @property
    def capital(self) -> float:
        """Return the capital now; 1 at the start, an alarm at ``1 / alpha``."""
        return float(np.exp(min(logsumexp(self.log_capital) - math.log(len(_STAKES)), 700.0)))

    def update(self, kept: Sequence[Any] | np.ndarray, through: datetime | None = None) -> Bet:
        """Return the bet after further cases, the oldest first.

        Parameters
        ----------
        kept : array-like, shape (n,)
            1 or True where the case kept the promise (converted, accepted, was an MQL before it bought, a week within
            the limit, contacted in time), 0 where it did not. Missing is left out.
        through : datetime, optional
            Moment up to which these are all cases.

        Raises
        ------
        InputError
            If a value is neither 1, 0 nor missing.
        """
        broken = 1.0 - _known(kept, self.name)
        stakes = _STAKES / self.allowed
        steps = np.log1p(np.outer(broken - self.allowed, stakes))
        course = np.cumsum(np.vstack([self.log_capital, steps]), axis=0)
        reached = logsumexp(course[1:], axis=1) - math.log(len(_STAKES)) >= -math.log(self.alpha)
        alarm_after = self.alarm_after
        if alarm_after is None and reached.any():
            alarm_after = self.seen + int(np.argmax(reached)) + 1
        return dataclasses.replace(
            self,
            seen=self.seen + len(broken),
            broken=self.broken + int(broken.sum()),
            log_capital=tuple(float(capital) for capital in course[-1]),
            alarm_after=alarm_after,
            through=self.through if through is None else through,
        )

    @property
    def sentence(self) -> Text:
        """What the cases since the certificate say of the clause."""
        if not self.seen:
            return Text(
                f"{self.name}: nothing has been seen since the certificate was issued.",
                f"{self.name}: Seit der Ausstellung wurde noch nichts beobachtet.",
            )
        share, allowed = self.broken / self.seen, self.allowed
        seen_en = (
            f"{self.broken} of {self.seen} cases since broke it ({percent(share)}; {percent(allowed)} are allowed)"
        )
        seen_de = (
            f"{self.broken} von {self.seen} Fällen seither haben sie gebrochen ({german_percent(share)}; erlaubt sind "
            f"{german_percent(allowed)})"
        )
        if self.alarm_after is None:
            return Text(f"{self.name} still fits: {seen_en}.", f"{self.name} passt noch: {seen_de}.")
        return Text(
            f"{self.name} is violated: {seen_en}. While the promise held, this would happen in at most "
            f"{percent(self.alpha)} of such certificates.",
            f"{self.name} ist verletzt: {seen_de}. Solange die Zusage gilt, käme das bei höchstens "
            f"{german_percent(self.alpha)} solcher Zertifikate vor.",
        )

    def to_mapping(self) -> dict[str, Any]:
        """Return the bet as plain data."""
        return {
            "name": self.name, "allowed": self.allowed, "alpha": self.alpha, "seen": self.seen, "broken": self.broken,
            "log_capital": list(self.log_capital), "alarm_after": self.alarm_after,
            "through": None if self.through is None else self.through.isoformat(),
        }  # fmt: skip

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Bet:
        """Return the bet stored by :meth:`to_mapping`."""
        log_capital = tuple(float(capital) for capital in mapping["log_capital"])
        allowed, alpha = float(mapping["allowed"]), float(mapping["alpha"])
        if len(log_capital) != len(_STAKES) or not all(map(math.isfinite, log_capital)):
            raise ValueError(f"a capital of {len(log_capital)} parts")
        if not (0.0 < allowed < 1.0 and 0.0 < alpha < 1.0):
            raise ValueError(f"a bet on {allowed} at {alpha}")
        return cls(
            name=str(mapping["name"]),
            allowed=allowed,
            alpha=alpha,
            seen=int(mapping["seen"]),
            broken=int(mapping["broken"]),
            log_capital=log_capital,
            alarm_after=None if mapping["alarm_after"] is None else int(mapping["alarm_after"]),
            through=None if mapping["through"] is None else datetime.fromisoformat(mapping["through"]),
        )


@dataclass(frozen=True, slots=True)
class Watch:
    """The bets against a certificate's clauses.

    Parameters
    ----------
    bets : tuple of Bet
        One per certified clause.
    issued : State
        State of the certificate as it was issued.
    """

    bets: tuple[Bet, ...]
    issued: State

    @classmethod
    def of(cls, cutoffs: Cutoffs, sla: Sla) -> Watch:
        """Return the watch on a certificate: a false alarm, ever, with a chance of at most ``1 - confidence``.

        Parameters
        ----------
        cutoffs : Cutoffs
            The certificate; clauses that were not certified promise nothing and are not watched.
        sla : Sla
            The agreement, for its confidence.
        """
        clauses = [
            clause for one in (cutoffs.mql, cutoffs.sql) for clause in one.clauses if clause.state is State.CERTIFIED
        ]
        alpha = (1.0 - sla.confidence) / max(1, len(clauses))
        bets = tuple(Bet(clause.name, _allowed(clause, 1.0 - sla.confidence), alpha) for clause in clauses)
        return cls(bets, cutoffs.state)

    @property
    def names(self) -> tuple[str, ...]:
        """The clauses that are watched."""
        return tuple(bet.name for bet in self.bets)

    @property
    def violated(self) -> tuple[Bet, ...]:
        """Bets whose capital reached the alarm, once and for good."""
        return tuple(bet for bet in self.bets if bet.alarm_after is not None)

    @property
    def state(self) -> State:
        """Violated after an alarm of any clause, else as issued."""
        return State.VIOLATED if self.violated else self.issued

    def bet(self, name: str) -> Bet:
        """Return the bet against a clause.

        Raises
        ------
        InputError
            If the clause is not watched.
        """
        for bet in self.bets:
            if bet.name == name:
                return bet
        raise InputError(
            f"The clause {name!r} is not watched.",
            f"one of {', '.join(self.names) or 'none: nothing was certified'}.",
            "Tell the outcomes of certified clauses only.",
        )

    def update(self, name: str, kept: Sequence[Any] | np.ndarray, through: datetime | None = None) -> Watch:
        """Return the watch after further cases of one clause; see :meth:`Bet.update`.

        Parameters
        ----------
        name : str
            The clause.
        kept : array-like, shape (n,)
            1, 0 or missing per case, the oldest first; each case is told once.
        through : datetime, optional
            Moment up to which these are all cases.
        """
        after = self.bet(name).update(kept, through)
        return dataclasses.replace(self, bets=tuple(after if bet.name == name else bet for bet in self.bets))

    def to_mapping(self) -> dict[str, Any]:
        """Return the watch as plain data."""
        return {"format": _FORMAT, "issued": self.issued.value, "bets": [bet.to_mapping() for bet in self.bets]}

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Watch:
        """Return the watch stored by :meth:`to_mapping`.

        Raises
        ------
        WorkspaceError
            If it is of another form.
        """
        try:
            if mapping["format"] != _FORMAT:
                raise ValueError(f"format {mapping['format']!r}")
            return cls(tuple(Bet.from_mapping(bet) for bet in mapping["bets"]), State(mapping["issued"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise WorkspaceError(
                f"A stored watch with {error}.",
                "the bets as leadscore writes them.",
                "Remove the file; the watch begins anew.",
            ) from None


def _allowed(clause: Clause, epsilon: float) -> float:
    if isinstance(clause.promise, str) or clause.name.endswith("max_per_week"):
        return epsilon
    return 1.0 - clause.promise if clause.name.endswith("_rate") else float(clause.promise)


def _known(kept: Sequence[Any] | np.ndarray, name: str) -> np.ndarray:
    values = np.asarray([np.nan if value is None else value for value in kept], dtype=np.float64)
    known = values[~np.isnan(values)]
    strange = known[(known != 0.0) & (known != 1.0)]
    if len(strange):
        raise InputError(f"A case of {name} of {strange[0]:g}.", "1, 0 or missing.", "Tell 1 where it was kept.")
    return known
