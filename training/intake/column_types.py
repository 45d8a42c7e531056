"""What a column of the leads file is: its type, and whether it speaks of fit or of engagement."""

from __future__ import annotations

from features.schema import Column, ColumnType, Role
from training.intake.names import (
    names_code,
    names_company,
    names_engagement,
    names_identifier,
    names_person,
    words,
)
from training.intake.profile import Profile

_NEARLY_ALL = 0.98
_NEAR_UNIQUE = 0.5
_FEW = 30
_MANY = 1000

_COUNTRY = frozenset({"country", "land", "nation"})
_JOB = frozenset({"job", "title", "position", "jobtitle", "beruf", "funktion", "stelle"})
_WEB = frozenset({"website", "url", "domain", "homepage", "webseite"})


def infer_column(profile: Profile) -> Column:
    """Return the column with its type, its role and why."""
    kind, why = _type(profile)
    if kind in (ColumnType.IDENTIFIER, ColumnType.CONSTANT):
        return Column(profile.name, kind, Role.LEFT_OUT, why)
    engaged = kind not in (ColumnType.EMAIL, ColumnType.WEBSITE, ColumnType.COUNTRY) and names_engagement(profile.name)
    return Column(profile.name, kind, Role.ENGAGEMENT if engaged else Role.FIT, why)


def _type(profile: Profile) -> tuple[ColumnType, str]:
    seen = f"{profile.unique:,} values in {profile.filled:,} filled cells ({profile.missing_share:.0%} missing)"
    if profile.filled == 0:
        return ColumnType.CONSTANT, "no cell is filled"
    if profile.unique == 1 and profile.filled == profile.rows:
        return ColumnType.CONSTANT, f"every cell is {profile.top[0][0]!r}"
    if profile.emails >= 0.9:
        return ColumnType.EMAIL, f"{profile.emails:.0%} of cells are e-mail addresses"
    if profile.websites >= 0.9 or (profile.websites >= 0.6 and _WEB.intersection(words(profile.name))):
        return ColumnType.WEBSITE, f"{profile.websites:.0%} of cells are web addresses"
    if profile.numbers >= _NEARLY_ALL:
        return _numeric(profile, seen)
    if profile.is_date:
        return ColumnType.DATE, f"{profile.dates:.0%} of cells are dates"
    return _text(profile, seen)


def _text(profile: Profile, seen: str) -> tuple[ColumnType, str]:
    said = set(words(profile.name))
    if said & _COUNTRY:
        return ColumnType.COUNTRY, f"its name; {seen}"
    if names_person(profile.name):
        return ColumnType.IDENTIFIER, f"names of people; {seen}"
    if names_company(profile.name) and profile.unique > _FEW and profile.unique_share > 0.1:
        return ColumnType.IDENTIFIER, f"names of companies; {seen}"
    if said & _JOB and profile.unique > _FEW:
        return ColumnType.JOB_TITLE, f"its name; {seen}"
    near_unique = profile.filled >= _FEW and profile.unique_share > _NEAR_UNIQUE
    if profile.words >= 4 and (near_unique or profile.unique > _MANY):
        return ColumnType.FREE_TEXT, f"{profile.words:.0f} words a cell; {seen}"
    if near_unique:
        return ColumnType.IDENTIFIER, f"nearly every cell is different: {seen}"
    return ColumnType.CATEGORY, seen


def _grouped(profile: Profile) -> bool:
    """Return whether some frequent value sets thousands apart, as amounts do and codes do not."""
    return any(mark in value for value, _ in profile.top for mark in ".,")


def _numeric(profile: Profile, seen: str) -> tuple[ColumnType, str]:
    unique = profile.unique_share > 0.99 and profile.filled >= _FEW
    if unique and profile.whole >= _NEARLY_ALL and names_identifier(profile.name):
        return ColumnType.IDENTIFIER, f"whole numbers, each once, and its name; {seen}"
    if names_code(profile.name) and profile.whole >= _NEARLY_ALL and not _grouped(profile):
        return ColumnType.CATEGORY, f"its name says that the digits are a code; {seen}"
    return ColumnType.NUMBER, f"{profile.numbers:.0%} of cells are numbers; {seen}"
