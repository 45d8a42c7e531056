"""A file of many leads scored beside the service, by a process of its own, while single scores go on."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from benchmarks.service.load import Run, run
from benchmarks.service.server import Server
from benchmarks.service.traffic import Lead, scores
from features.config import Config, FileFormat

_PER_SECOND = 20.0


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch did.

    Parameters
    ----------
    leads : int
        How many.
    seconds : float
        From the command to the file of scores.
    meanwhile : Run
        Single scores, 20 a second.
    """

    leads: int
    seconds: float
    meanwhile: Run


def batch(server: Server, workspace: Path, config: Config, leads: list[Lead], count: int, folder: Path) -> Batch:
    """Score ``count`` leads with ``leadscore score`` while the server answers.

    Parameters
    ----------
    server : Server
        Serves the same workspace.
    workspace : Path
        Whose champion scores.
    config : Config
        Names the CSV files that the leads are copied from.
    leads : list of Lead
        What is scored meanwhile.
    count : int
        Leads of the file.
    folder : Path
        Where the files are written.
    """
    scored, files = _many(config, count, folder)
    command = [
        sys.executable, "-c", "from serving.cli import main; main()", "score", str(workspace), *files,
        "--out", str(folder / "scores.parquet"),
    ]  # fmt: skip
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:  # noqa: S603 - our own
        going_on = itertools.takewhile(lambda _: child.poll() is None, scores(leads, store=False))
        meanwhile = run(server.port, going_on, connections=4, per_second=_PER_SECOND)
        child.wait()
    if child.returncode:
        raise RuntimeError(f"leadscore score ended with {child.returncode}")
    return Batch(scored, time.perf_counter() - begun, meanwhile)


def _many(config: Config, count: int, folder: Path) -> tuple[int, list[str]]:
    """Write the workspace's history again and again under other ids, until it has so many leads."""
    table = config.leads
    frame = _text(table.file, table.format)
    if table.lead_id is None:
        raise ValueError("leads without an id cannot be copied under other ids")
    own = frame[table.lead_id].n_unique()
    copies = -(-count // own)
    options = ["--leads", _copied(frame, table.lead_id, copies, table.format, folder / "leads.csv")]
    if config.events is not None:
        events = _text(config.events.file, config.events.format)
        copied = _copied(events, config.events.lead_id, copies, config.events.format, folder / "events.csv")
        options += ["--events", copied]
    return own * copies, options


def _text(file: Path, form: FileFormat) -> pl.DataFrame:
    return pl.read_csv(file, separator=form.delimiter, infer_schema=False)


def _copied(frame: pl.DataFrame, lead_id: str, copies: int, form: FileFormat, file: Path) -> str:
    parts = [frame.with_columns(pl.col(lead_id) + f"-{number}") for number in range(copies)]
    pl.concat(parts).write_csv(file, separator=form.delimiter)
    return str(file)
