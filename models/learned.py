"""What a model learned from, so that anybody can tell later which leads it has never seen.

A history in time is told by two moments: the leads that came in after ``learned_until`` were not learned from, and of
these, the ones whose horizon ended after ``known_until`` were not even known to training. Without times, by the
fingerprints of the ids of both sides.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Flags = NDArray[np.bool_]

_BYTES = 5
"""Of an id's digest. Among a million ids, a new one is taken for one of them with probability 1e-6."""


@dataclass(frozen=True, slots=True)
class LearnedFrom:
    """Which leads a model learned from, and which were held out when it was trained.

    Parameters
    ----------
    learned_until : datetime or None
        Creation of the newest lead that may have been learned from; those created later were not. None where the split
        was not made by creation times.
    known_until : datetime or None
        The last moment that was recorded when the model was trained.
    horizon_days : float
        Span of the label.
    learned, held_out : frozenset of int
        Fingerprints of the ids on both sides; empty where ``learned_until`` tells them apart.
    """

    learned_until: datetime | None = None
    known_until: datetime | None = None
    horizon_days: float = 0.0
    learned: frozenset[int] = field(default=frozenset(), repr=False)
    held_out: frozenset[int] = field(default=frozenset(), repr=False)

    @property
    def is_known(self) -> bool:
        """Whether anything is recorded; a bundle of an earlier version of leadscore tells nothing."""
        return self.learned_until is not None or bool(self.learned)

    def unseen(self, leads: pl.DataFrame) -> Flags:
        """Return whether each lead was never learned from: held out, or came later.

        Leads created at the very moment ``learned_until``, and those without a creation time, count as learned from.

        Parameters
        ----------
        leads : pl.DataFrame
            ``lead_id`` and ``created_at``, one row per answer.
        """
        if self.learned_until is not None:
            return (leads["created_at"] > self.learned_until).fill_null(value=False).to_numpy()
        if not self.learned:
            return np.zeros(leads.height, dtype=bool)
        return ~_among(leads["lead_id"], self.learned)

    def new(self, leads: pl.DataFrame) -> Flags:
        """Return whether each lead was neither learned from nor held out: its outcome became known after training.

        Held-out leads taught the model nothing, but its certificate and its promotion rest on them; these rest on
        nothing yet.

        Parameters
        ----------
        leads : pl.DataFrame
            ``lead_id`` and ``created_at``, one row per answer.
        """
        unseen = self.unseen(leads)
        if self.learned_until is None:
            return unseen & ~_among(leads["lead_id"], self.held_out)
        if self.known_until is None:
            return np.zeros(leads.height, dtype=bool)
        matured = leads["created_at"] + timedelta(days=self.horizon_days) > self.known_until
        return np.asarray(unseen & matured.fill_null(value=False).to_numpy(), dtype=bool)

    def and_also(self, leads: pl.DataFrame, known_until: datetime | None) -> LearnedFrom:
        """Return what is learned from once these leads have taught something too, e.g. a new calibration.

        Parameters
        ----------
        leads : pl.DataFrame
            ``lead_id`` and ``created_at`` of the leads.
        known_until : datetime or None
            The last moment recorded in the history they came from.
        """
        if self.learned_until is None:
            taught = fingerprints(leads["lead_id"])
            return replace(self, learned=self.learned | taught, held_out=self.held_out - taught)
        newest = leads["created_at"].max()
        until = max(self.learned_until, newest) if isinstance(newest, datetime) else self.learned_until
        moments = [moment for moment in (self.known_until, known_until) if moment is not None]
        return replace(self, learned_until=until, known_until=max(moments, default=None))

    def to_mapping(self) -> dict[str, Any]:
        """Return it as plain data, the same for the same leads."""
        return {
            "learned_until": None if self.learned_until is None else self.learned_until.isoformat(),
            "known_until": None if self.known_until is None else self.known_until.isoformat(),
            "horizon_days": self.horizon_days,
            "learned_ids": _packed(self.learned),
            "held_out_ids": _packed(self.held_out),
        }

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> LearnedFrom:
        """Return what :meth:`to_mapping` stored; an empty mapping tells nothing.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is of another form.
        """
        if not mapping:
            return cls()
        return cls(
            learned_until=_moment(mapping["learned_until"]),
            known_until=_moment(mapping["known_until"]),
            horizon_days=float(mapping["horizon_days"]),
            learned=_unpacked(mapping["learned_ids"]),
            held_out=_unpacked(mapping["held_out_ids"]),
        )


def fingerprints(lead_ids: Iterable[str]) -> frozenset[int]:
    """Return a number of 40 bits for each id, the same on every machine."""
    return frozenset(_fingerprint(lead_id) for lead_id in lead_ids)


def _fingerprint(lead_id: str) -> int:
    return int.from_bytes(hashlib.blake2b(lead_id.encode(), digest_size=_BYTES).digest(), "big")


def _among(lead_ids: pl.Series, known: frozenset[int]) -> Flags:
    return np.fromiter((_fingerprint(lead_id) in known for lead_id in lead_ids), dtype=bool, count=lead_ids.len())


def _packed(known: frozenset[int]) -> str:
    return base64.b64encode(b"".join(one.to_bytes(_BYTES, "big") for one in sorted(known))).decode("ascii")


def _unpacked(text: str) -> frozenset[int]:
    packed = base64.b64decode(text, validate=True)
    if len(packed) % _BYTES:
        raise ValueError(f"fingerprints of {len(packed)} bytes")
    return frozenset(int.from_bytes(packed[at : at + _BYTES], "big") for at in range(0, len(packed), _BYTES))


def _moment(text: object) -> datetime | None:
    return None if text is None else datetime.fromisoformat(str(text))
