"""The command ``leadscore``: one file per verb, and nothing but wiring."""

from __future__ import annotations

import click

from serving.cli.audit import audit
from serving.cli.backtest import backtest
from serving.cli.check import check
from serving.cli.compare import compare
from serving.cli.cutoffs import cutoffs
from serving.cli.demo import demo
from serving.cli.evaluate import evaluate
from serving.cli.front_door import FrontDoor
from serving.cli.import_files import import_files
from serving.cli.init import init
from serving.cli.keys import keys
from serving.cli.monitor import monitor
from serving.cli.person import erase_person, export_person
from serving.cli.recalibrate import recalibrate
from serving.cli.report import report
from serving.cli.score import score
from serving.cli.serve import serve
from serving.cli.settings import settings
from serving.cli.simulate import simulate
from serving.cli.train import train
from serving.cli.users import users
from serving.cli.versions import promote, rollback


@click.group(cls=FrontDoor, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the trace of an unexpected fault.")
@click.version_option(package_name="leadscore", prog_name="leadscore")
def main(debug: bool) -> None:
    """Predictive lead scoring that a company runs itself."""


for _verb in (
    demo, simulate, init, check, import_files, train, recalibrate, evaluate, compare, backtest, promote, rollback,
    monitor, report, cutoffs, score, serve, settings, keys, users, audit, export_person, erase_person,
):  # fmt: skip
    main.add_command(_verb)
