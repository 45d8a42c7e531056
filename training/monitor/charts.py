"""The pictures of a monitoring run: weekly volume in its control band, and the level by cohort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from matplotlib.axes import Axes

from features.domain import Text
from features.domain.say import day
from training.pages.content import Language
from training.pages.drawing import INK, MODEL, MUTED, RIVAL, number_axis, picture
from training.pages.write import saying

MOST_TICKS = 5


def volume(weeks: Sequence[Mapping[str, Any]], stages: Sequence[str], y: Text, language: Language) -> str:
    """Draw how many leads a week lie above each cutoff, within what chance explains."""

    def draw(axes: Axes) -> None:
        places = range(len(weeks))
        for stage, colour in zip(stages, (MODEL, RIVAL), strict=False):
            low, high = ([week[f"{stage}_{end}"] for week in weeks] for end in ("low", "high"))
            axes.fill_between(places, low, high, step="mid", color=colour, alpha=0.16, linewidth=0)
            axes.plot(
                places, [week[stage] for week in weeks], "-o", color=colour, label=f"{stage.upper()}s", markersize=4
            )
        shown = list(places)[:: max(1, -(-len(weeks) // MOST_TICKS))]
        names = [saying(language)(day(datetime.fromisoformat(weeks[place]["week"]))) for place in shown]
        axes.set_xticks(shown, names)
        axes.set(ylabel=saying(language)(y), ylim=(0, None))
        number_axis(axes.yaxis, language)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2)

    return picture(draw, high=3.3)


def level(names: Sequence[Text], cohorts: Sequence[Mapping[str, Any]], y: Text, language: Language) -> str:
    """Draw customers seen over expected in each cohort, with 95 % intervals."""

    def draw(axes: Axes) -> None:
        places = range(len(cohorts))
        axes.axhline(1.0, color=MUTED, linewidth=1.0, linestyle="--")
        axes.vlines(places, [one["low"] for one in cohorts], [one["high"] for one in cohorts], color=INK)
        axes.plot(places, [one["observed_to_expected"] for one in cohorts], "o", color=MODEL)
        shown = list(places)[:: max(1, -(-len(cohorts) // MOST_TICKS))]
        axes.set_xticks(shown, [saying(language)(names[place]) for place in shown])
        axes.set(ylabel=saying(language)(y), ylim=(0, None))
        axes.margins(x=0.2)
        number_axis(axes.yaxis, language)

    return picture(draw, high=3.0)
