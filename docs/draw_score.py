"""Draw a score as the sum of its reasons: ``curl ... /v1/score ... | python docs/draw_score.py docs/score.png``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

RAISES, LOWERS, LEVEL, MUTED = "#2a7f62", "#b3541e", "#33415c", "#6b7280"
ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1}
SHOWN = 9


def draw(score: dict[str, Any], path: Path) -> None:
    """Write the picture of one answer of ``POST /v1/score``.

    Parameters
    ----------
    score : dict
        The answer.
    path : Path
        Where to write, as PNG.
    """
    steps = _steps(score)
    figure, axes = plt.subplots(figsize=(10, 0.42 * (len(steps) + 2) + 0.9), dpi=150)
    at = score["base_points"]
    axes.barh(0, at, color=LEVEL, height=0.6)
    axes.text(at + 0.8, 0, f"{at:.1f}", va="center", fontsize=9, color=LEVEL, bbox=ON_WHITE)
    for row, (_, points) in enumerate(steps, start=1):
        axes.barh(row, points, left=at, color=RAISES if points > 0 else LOWERS, height=0.6)
        axes.plot([at, at], [row - 1, row], color=MUTED, linewidth=0.6)
        at += points
        axes.text(
            max(at, at - points) + 0.8, row, f"{points:+.1f}", va="center", fontsize=9, color=MUTED, bbox=ON_WHITE
        )
    last = len(steps) + 1
    axes.barh(last, at, color=LEVEL, height=0.6)
    axes.text(at + 0.8, last, f"{at:.1f}", va="center", fontsize=9, color=LEVEL, fontweight="bold")
    for cutoff, name in ((50, "MQL"), (75, "SQL")):
        axes.axvline(cutoff, color=MUTED, linestyle=(0, (4, 3)), linewidth=1)
        axes.text(cutoff, -0.8, f"{name} {cutoff}", ha="center", fontsize=9, color=MUTED, bbox=ON_WHITE)
    labels = ["Before any reason", *(text for text, _ in steps), f"Score {score['score']}"]
    axes.set_yticks(range(last + 1), labels, fontsize=9)
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("points")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False)
    title = (
        f"{score['lead_id']}: {score['stage'].upper()}, grade {score['grade']}, probability {score['probability']:.1%}"
    )
    figure.suptitle(title, fontsize=12, fontweight="bold", x=0.02, ha="left")
    figure.tight_layout()
    figure.savefig(path, metadata={"Software": None})


def _steps(score: dict[str, Any]) -> list[tuple[str, float]]:
    named = [(reason["text"]["en"], reason["points"]) for reason in score["reasons"] if reason["feature"] != "other"]
    rest = sum(points for _, points in named[SHOWN:])
    rest += sum(reason["points"] for reason in score["reasons"] if reason["feature"] == "other")
    return [*named[:SHOWN], ("All other reasons", rest)]


if __name__ == "__main__":
    draw(json.load(sys.stdin), Path(sys.argv[1]))
