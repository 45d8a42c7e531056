import threading

import click
import pytest

from serving.cli.stage_lines import StageLines, stage_lines


def test_stages_are_lines_and_steps_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    lines = StageLines()
    lines.sign_of_life()
    lines.stage("Growing the trees", 4)
    lines.step("log-loss 0.3")
    lines.sign_of_life()
    lines.stage("Calibrating")
    lines.sign_of_life()
    told = capsys.readouterr().err.splitlines()
    assert told == [
        "Growing the trees ...", "Growing the trees: 0 s so far, 1 of 4 steps", "Calibrating ...",
        "Calibrating: 0 s so far",
    ]  # fmt: skip


def test_a_stage_that_takes_long_gives_signs_of_life_until_the_run_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    alive = threading.Event()

    def echo(text: str, *, err: bool) -> None:
        told.append(text)
        if "so far" in text:
            alive.set()

    monkeypatch.setattr(click, "echo", echo)
    before = threading.active_count()
    with stage_lines(every_seconds=0.001) as lines:
        lines.stage("Growing the trees")
        assert alive.wait(30)
    assert threading.active_count() == before
