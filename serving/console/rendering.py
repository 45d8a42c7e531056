"""From a template and a context to HTML in one language, in the time zone in which sales works."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from features.domain import Text, say
from serving.console.charts import Chart, drawing
from serving.console.language import Language, said
from serving.console.static_files import address

_Value = TypeVar("_Value")


def render(template: str, language: Language, zone: str, **names: object) -> str:
    """Return a page.

    Parameters
    ----------
    template : str
        File in ``templates/``.
    language : str
        ``en`` or ``de``.
    zone : str
        IANA name of the time zone.
    names
        What the template speaks of; a name that it does not get is an error.
    """
    return environment(language, zone).get_template(template).render(**names)


@functools.lru_cache(maxsize=16)
def environment(language: Language, zone: str) -> Environment:
    """Return the templates of one language and zone.

    Filters say texts, figures and moments in the language; everything is escaped.
    """
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    here = ZoneInfo(zone)

    def saying(figure: Callable[..., Text]) -> Callable[..., str]:
        return lambda *given, **named: said(figure(*given, **named), language)

    def local(moment: datetime | None) -> datetime | None:
        return None if moment is None else moment.astimezone(here)

    def fill(text: Text, **parts: Text | str) -> str:
        return said(say.sentence(text.en, text.de, **parts), language)

    made.filters |= {
        "say": lambda text: said(text, language),
        "fill": fill,
        "whole": saying(say.whole),
        "number": saying(say.number),
        "short": saying(say.short),
        "signed": saying(say.signed),
        "percent": saying(say.percent),
        "given": saying(say.given),
        "day": lambda moment: said(say.day(local(moment)), language),
        "minute": lambda moment: said(say.minute(local(moment)), language),
        "pair": lambda value: (value, value),
        "iso": lambda moment: moment.isoformat(),
        "drawing": lambda chart: _drawing(chart, language),
    }
    made.globals |= {"static": address, "language": language}
    return made


def _drawing(chart: Chart, language: Language) -> str:
    return json.dumps(drawing(chart, language), ensure_ascii=False, allow_nan=False)
