"""``leadscore simulate``: a B2B company's history, invented, with the known truth apart."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from features.domain import InputError
from training.progress import Progress, SilentProgress
from training.simulation.funnel import record
from training.simulation.journeys import NEVER, Happenings, behave, live, unsubscription_days
from training.simulation.moments import DAY_SECONDS, creation_times, written
from training.simulation.people import People, invent_people
from training.simulation.truth import Truth, true_probabilities
from training.simulation.world import AGES_DAYS, HORIZON_DAYS, TOKENS, World

DEFAULT_END = datetime(2026, 6, 30, 22, tzinfo=UTC)
"""End of a history whose caller does not say when it ends."""

_MOST_LEADS = 2_000_000
_README = """# The truth behind this simulated history

Nothing may train on this folder: a company never has it. It is for judging a trained model.

- `truth.csv.gz`: one row per lead and moment (`as_of`, {ages} days after creation) at which the lead was neither won
  nor lost. `probability` is the true probability of `won` within {horizon} days given the lead's true attributes and
  every event up to `as_of`: the best that any scorer can do. `probability_given_intent` is the same given the lead's
  hidden state, which no scorer can see.
- `parameters.json`: every number of the invented market.

Both probabilities are exact (forward filter and backward recursion of a hidden Markov chain; docs/simulation.md). They
know attributes that are missing from `leads.csv`, and they ignore link scanners.
"""


@dataclass(frozen=True, slots=True)
class SimulationSummary:
    """What was written.

    Parameters
    ----------
    folder : Path
        Where.
    leads, versions, events, moments : int
        Leads, rows of leads.csv, rows of events.csv, rows of truth.csv.gz.
    outcomes : Mapping[str, int]
        Rows of outcomes.csv by outcome.
    start, end : datetime
        First and last moment of the history.
    """

    folder: Path
    leads: int
    versions: int
    events: int
    moments: int
    outcomes: Mapping[str, int]
    start: datetime
    end: datetime

    @property
    def won_share(self) -> float:
        """Share of the leads that were won by the end."""
        return self.outcomes.get("won", 0) / self.leads

    def to_mapping(self) -> dict[str, object]:
        """Return the summary as plain data."""
        return {
            "folder": str(self.folder),
            "leads": self.leads,
            "versions": self.versions,
            "events": self.events,
            "moments": self.moments,
            "outcomes": dict(self.outcomes),
            "won_share": self.won_share,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
        }


def simulate(
    folder: Path,
    *,
    leads: int,
    months: int,
    seed: int,
    end: datetime | None = None,
    progress: Progress | None = None,
) -> SimulationSummary:
    """Write leads.csv, events.csv and outcomes.csv of an invented company, and the known truth in ``truth/``.

    Parameters
    ----------
    folder : Path
        A new or empty folder, or one that was simulated before.
    leads : int
        How many leads.
    months : int
        Over how many months they come in.
    seed : int
        The same seed gives the same bytes.
    end : datetime, optional
        Last moment of the history, with a zone; ``DEFAULT_END`` if not given.
    progress : Progress, optional
        Told what is being done.

    Returns
    -------
    SimulationSummary
        Counts and where they are.

    Raises
    ------
    InputError
        If a number is out of range, or the folder holds somebody's own history.
    """
    last = _checked(folder, leads, months, seed, end)
    tell = (progress or SilentProgress()).stage
    market, rng = World(), np.random.default_rng(seed)
    end_second = int(last.timestamp())
    tell("Inventing people and companies")
    people = invent_people(rng, creation_times(rng, leads, months, end_second))
    tell("Living their lives")
    journeys = live(rng, market, people, end_second)
    happenings = behave(rng, market, people, journeys, end_second)
    lead_ids = pl.Series("lead_id", [f"L{number + 1:06d}" for number in range(leads)])
    outcomes = record(rng, people, journeys, lead_ids, end_second)
    versions = _versions(rng, people, happenings, lead_ids, end_second)
    tell("Computing the truth")
    truth = true_probabilities(market, people, journeys, happenings, end_second)
    tell("Writing files")
    folder.mkdir(parents=True, exist_ok=True)
    versions.write_csv(folder / "leads.csv")
    _events(happenings, lead_ids).write_csv(folder / "events.csv")
    outcomes.write_csv(folder / "outcomes.csv")
    _write_truth(folder / "truth", market, truth, people, lead_ids, {"leads": leads, "months": months, "seed": seed})
    counted = outcomes["outcome"].value_counts(sort=True)
    return SimulationSummary(
        folder=folder,
        leads=leads,
        versions=versions.height,
        events=len(happenings.lead),
        moments=len(truth.lead),
        outcomes=dict(zip(counted["outcome"].to_list(), counted["count"].to_list(), strict=True)),
        start=datetime.fromtimestamp(int(people.created[0]), UTC),
        end=last,
    )


def _checked(folder: Path, leads: int, months: int, seed: int, end: datetime | None) -> datetime:
    for name, value, low, high in (
        ("leads", leads, 1, _MOST_LEADS), ("months", months, 1, 120), ("seed", seed, 0, 2**63 - 1)
    ):  # fmt: skip
        if not low <= value <= high:
            raise InputError(
                f"{name} is {value}.", f"a whole number from {low:,} to {high:,}.", f"Give another --{name}."
            )
    last = DEFAULT_END if end is None else end
    if last.tzinfo is None:
        raise InputError(f"end is {last.isoformat()}.", "a moment with a zone.", "Add the zone, e.g. +02:00.")
    own = [name for name in ("leads.csv", "events.csv", "outcomes.csv") if (folder / name).exists()]
    if own and not (folder / "truth" / "parameters.json").exists():
        raise InputError(
            f"{folder} already holds {', '.join(own)}, which was not simulated.",
            "a new or empty folder.",
            "Name another folder.",
        )
    return last.astimezone(UTC)


def _versions(
    rng: np.random.Generator, people: People, happenings: Happenings, lead_ids: pl.Series, end_second: int
) -> pl.DataFrame:
    """Return leads.csv: what was known at creation, what was learnt later, and consents withdrawn."""
    count = len(people.created)
    first = _as_known(people, people.known).with_columns(
        lead_ids, pl.Series("known", people.created), pl.lit(0).alias("version")
    )
    everything = {
        name: known | people.enriched.get(name, np.zeros(count, dtype=np.bool_)) for name, known in people.known.items()
    }
    learnt_at = people.created + rng.integers(DAY_SECONDS // 2, 20 * DAY_SECONDS, count)
    learnt = np.logical_or.reduce(list(people.enriched.values())) & (learnt_at <= end_second)
    second = (
        _as_known(people, everything)
        .with_columns(lead_ids, pl.Series("known", learnt_at), pl.lit(1).alias("version"))
        .filter(pl.Series(learnt))
    )
    human = ~happenings.bot
    left = unsubscription_days(happenings.lead[human], happenings.day[human], happenings.token[human], count)
    left_at = np.where(left < NEVER, people.created + (np.minimum(left, 10_000) + 1) * DAY_SECONDS, 0)
    withdrawn = (left < NEVER) & (left_at <= end_second)
    knows_all = learnt & (learnt_at <= left_at)
    known_then = {name: np.where(knows_all, everything[name], people.known[name]) for name in people.known}
    third = (
        _as_known(people, known_then)
        .with_columns(
            lead_ids, pl.Series("known", left_at), pl.lit(2).alias("version"), pl.lit("false").alias("consent")
        )
        .filter(pl.Series(withdrawn))
    )
    # What is learnt after a withdrawal does not bring the consent back.
    late = set(lead_ids.filter(pl.Series(withdrawn & learnt & (learnt_at > left_at))).to_list())
    second = second.with_columns(
        pl.when(pl.col("lead_id").is_in(list(late))).then(pl.lit("false")).otherwise("consent").alias("consent")
    )
    table = pl.concat([first, second, third], how="diagonal").sort("known", "lead_id", "version")
    created = dict(zip(lead_ids.to_list(), written(people.created * 1_000).to_list(), strict=True))
    return table.select(
        "lead_id",
        pl.col("lead_id").replace_strict(created, return_dtype=pl.String).alias("created_at"),
        written(table["known"].to_numpy() * 1_000).alias("known_at"),
        *people.attributes.columns,
    )


def _as_known(people: People, known: Mapping[str, np.typing.NDArray[np.bool_]]) -> pl.DataFrame:
    whole = people.attributes.with_columns(pl.col("employees", "budget").cast(pl.Int64))
    return whole.with_columns(
        pl.when(pl.Series(mask)).then(pl.col(name)).otherwise(None).alias(name) for name, mask in known.items()
    )


def _events(happenings: Happenings, lead_ids: pl.Series) -> pl.DataFrame:
    kinds = np.array([token.event for token in TOKENS])
    pages = pl.Series([token.page for token in TOKENS], dtype=pl.String)
    return pl.DataFrame(
        {
            "lead_id": lead_ids[happenings.lead],
            "occurred_at": written(happenings.millisecond),
            "event": kinds[happenings.token],
            "page": pages[happenings.token],
            "seconds": pl.Series(happenings.seconds).fill_nan(None).cast(pl.Int64),
        }
    )


def _write_truth(
    folder: Path, market: World, truth: Truth, people: People, lead_ids: pl.Series, asked: Mapping[str, int]
) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    as_of = (people.created[truth.lead] + truth.age_days * DAY_SECONDS) * 1_000
    table = pl.DataFrame(
        {
            "lead_id": lead_ids[truth.lead],
            "as_of": written(as_of),
            "age_days": truth.age_days,
            "probability": truth.probability.round(9),
            "probability_given_intent": truth.probability_given_intent.round(9),
        }
    )
    # A fixed time in the gzip header, so that the same seed gives the same bytes.
    (folder / "truth.csv.gz").write_bytes(gzip.compress(table.write_csv().encode(), compresslevel=4, mtime=0))
    ages = ", ".join(map(str, AGES_DAYS))
    (folder / "README.md").write_text(_README.format(ages=ages, horizon=HORIZON_DAYS), encoding="utf-8")
    content = {
        "asked": dict(asked),
        "horizon_days": HORIZON_DAYS,
        "ages_days": AGES_DAYS,
        "market": market.to_mapping(),
    }
    (folder / "parameters.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
