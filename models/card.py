"""The model card: what a model is, what it learnt from, how well it does, and what it must not be used for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from features.domain import BundleError, Text
from models.learned import LearnedFrom

FORBIDDEN_USES = (
    Text(
        "Decisions on credit, insurance, employment or access to essential services.",
        "Entscheidungen über Kredit, Versicherung, Beschäftigung oder den Zugang zu wesentlichen Leistungen.",
    ),
    Text("Prices or contract terms of a single person.", "Preise oder Vertragsbedingungen einer einzelnen Person."),
    Text(
        "Any decision without a person who may override it.",
        "Entscheidungen, die kein Mensch mehr ändern kann.",
    ),
    Text(
        "People who objected to profiling, or whose consent was withdrawn.",
        "Personen, die dem Profiling widersprochen oder ihre Einwilligung widerrufen haben.",
    ),
)
"""Uses that no lead score is made for; part of every card."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A trained model described.

    Parameters
    ----------
    name : str
        The company's or workspace's name, also in the registry.
    trained_at : datetime
        When training ended, with a zone.
    target : str
        What is predicted, in a sentence.
    rung : str
        ``scorecard``, ``trees`` or ``blend``.
    plan : Mapping[str, Any]
        The training plan, whole.
    data : Mapping[str, Any]
        Fingerprint of the data: files, rows, positives, time range.
    metrics : Mapping[str, Any]
        On held-out leads, with what they were measured on.
    choices : tuple of str
        What was chosen and why, in sentences.
    left_out : Mapping[str, str]
        Columns and features that were not used, with the reason.
    limits : tuple of str
        What the model is known not to do well.
    learned : LearnedFrom
        Which leads it learned from; says nothing in a bundle of an earlier version.
    """

    name: str
    trained_at: datetime
    target: str = ""
    rung: str = ""
    plan: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    learned: LearnedFrom = field(default_factory=LearnedFrom)

    def to_mapping(self) -> dict[str, Any]:
        """Return the card as plain data."""
        return {**self.for_readers(), "learned": self.learned.to_mapping()}

    def for_readers(self) -> dict[str, Any]:
        """Return the card as plain data without the fingerprints of leads, of which there may be very many."""
        return {
            "name": self.name,
            "trained_at": self.trained_at.isoformat(),
            "target": self.target,
            "rung": self.rung,
            "plan": dict(self.plan),
            "data": dict(self.data),
            "metrics": dict(self.metrics),
            "choices": list(self.choices),
            "left_out": dict(self.left_out),
            "limits": list(self.limits),
            "forbidden_uses": [use.en for use in FORBIDDEN_USES],
        }

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> ModelCard:
        """Return the card stored by :meth:`to_mapping`.

        Raises
        ------
        BundleError
            If an entry is missing or of another form.
        """
        try:
            return cls(
                name=str(mapping["name"]),
                trained_at=datetime.fromisoformat(mapping["trained_at"]),
                target=str(mapping["target"]),
                rung=str(mapping["rung"]),
                plan=dict(mapping["plan"]),
                data=dict(mapping["data"]),
                metrics=dict(mapping["metrics"]),
                choices=tuple(str(choice) for choice in mapping["choices"]),
                left_out={str(name): str(why) for name, why in mapping["left_out"].items()},
                limits=tuple(str(limit) for limit in mapping["limits"]),
                learned=LearnedFrom.from_mapping(mapping.get("learned", {})),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BundleError(
                f"A stored model card with {error}.",
                "name, trained_at and what training knew.",
                "Fetch the bundle again or promote another version.",
            ) from None

    def to_markdown(self) -> str:
        """Return the card for people.

        Examples
        --------
        >>> from datetime import UTC
        >>> ModelCard("acme", datetime(2026, 1, 5, tzinfo=UTC)).to_markdown().splitlines()[0]
        '# Model card: acme'
        """
        parts = [
            f"# Model card: {self.name}\n\nTrained {self.trained_at.isoformat()}. {self.target}".rstrip(),
            _section("How it scores", [self.rung, *self.choices] if self.rung else self.choices),
            _table("Data", self.data),
            _table("Measured on held-out leads", self.metrics),
            _table("Left out", self.left_out),
            _section("Known limits", self.limits),
            _section("Not to be used for", [use.en for use in FORBIDDEN_USES]),
            _table("Training plan", self.plan),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"


def _section(title: str, lines: tuple[str, ...] | list[str]) -> str:
    return f"## {title}\n\n" + "\n".join(f"- {line}" for line in lines) if lines else ""


def _table(title: str, entries: Mapping[str, Any]) -> str:
    if not entries:
        return ""
    rows = "\n".join(f"| {_cell(name)} | {_cell(value)} |" for name, value in entries.items())
    return f"## {title}\n\n| | |\n| --- | --- |\n{rows}"


def _cell(value: object) -> str:
    return _shown(value).replace("|", "\\|").replace("\n", " ")


def _shown(value: object) -> str:
    """Return plain data as people read it.

    Examples
    --------
    >>> _shown(None), _shown({"won": 12, "lost": 30}), _shown([0, 7]), _shown(0.123456)
    ('not known', 'won: 12, lost: 30', '0, 7', '0.1235')
    """
    if value is None:
        return "not known"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_shown(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_shown(one) for one in value)
    return str(value)
