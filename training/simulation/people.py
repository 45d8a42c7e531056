"""Who the simulated leads are: people at companies, with the true values and what the CRM got to know of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.simulation import names, world

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_SMALL_BUDGET_EUR = 15_000.0
_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ı": "i", "ş": "s", "é": "e", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
)


@dataclass(frozen=True, slots=True)
class People:
    """The simulated leads before anything happens; arrays have one entry per lead.

    Parameters
    ----------
    created : array of int64
        Creation in seconds since 1970 (UTC).
    source : array of int64
        Index into ``world.SOURCE_SHARES``.
    fit : array of float64
        Effect of the true attributes on the log hazard of conversion.
    attributes : polars.DataFrame
        True values by column.
    known : Mapping[str, array of bool]
        Which of them the CRM knows at creation.
    enriched : Mapping[str, array of bool]
        Which of the unknown ones it learns some days later.
    """

    created: IntArray
    source: IntArray
    fit: FloatArray
    attributes: pl.DataFrame
    known: Mapping[str, NDArray[np.bool_]]
    enriched: Mapping[str, NDArray[np.bool_]]


def invent_people(rng: np.random.Generator, created: IntArray) -> People:
    """Return leads with these creation times; about every fifth shares its company with another lead.

    Parameters
    ----------
    rng : numpy.random.Generator
        The one source of chance.
    created : array of int64
        Seconds since 1970 (UTC), sorted.
    """
    count = len(created)
    company = rng.integers(0, max(1, int(count * 0.8)), count)
    companies = _companies(rng, int(company.max()) + 1)
    function = _draw(rng, world.FUNCTION_SHARES, count)
    seniority = _draw(rng, world.SENIORITY_SHARES, count)
    source = _draw(rng, tuple(world.SOURCE_SHARES.values()), count)
    free_mail = rng.random(count) < world.FREE_MAIL_SHARE
    employees = companies["employees"].to_numpy()[company]
    budget = np.round(np.exp(rng.normal(np.log(9_000) + 0.35 * np.log(employees / 60), 0.9)), -2).clip(500)
    industry = companies["industry_index"].to_numpy()[company]
    country = companies["country_index"].to_numpy()[company]
    attributes = pl.concat(
        [
            _persons(rng, companies, company, function, seniority, free_mail),
            companies.select("company", "website", "industry", "employees", "country")[company],
            pl.DataFrame(
                {
                    "source": np.array(list(world.SOURCE_SHARES))[source],
                    "budget": budget,
                    "consent": np.where(rng.random(count) < 0.9, "true", "false"),
                }
            ),
        ],
        how="horizontal",
    )
    known, enriched = _knowledge(rng, employees, budget, seniority)
    return People(
        created=created,
        source=source,
        fit=_fit(industry, country, seniority, function, free_mail, employees, budget, source),
        attributes=attributes,
        known=known,
        enriched=enriched,
    )


def _draw(rng: np.random.Generator, shares: tuple[float, ...], count: int) -> IntArray:
    weights = np.asarray(shares, dtype=np.float64)
    return rng.choice(len(weights), count, p=weights / weights.sum()).astype(np.int64)


def _companies(rng: np.random.Generator, count: int) -> pl.DataFrame:
    beginning = np.array(names.COMPANY_BEGINNINGS)[rng.integers(0, len(names.COMPANY_BEGINNINGS), count)]
    middle = np.array(names.COMPANY_MIDDLES)[rng.integers(0, len(names.COMPANY_MIDDLES), count)]
    trade = np.array(names.COMPANY_TRADES)[rng.integers(0, len(names.COMPANY_TRADES), count)]
    form = np.array(names.LEGAL_FORMS)[_draw(rng, (58, 14, 10, 3, 8, 7), count)]
    # A log-normal body with a Pareto tail: most companies are small, a few hold ten thousands of people.
    employees = np.exp(rng.normal(np.log(55), 1.35, count))
    giants = rng.random(count) < 0.03
    employees = np.where(giants, 1_000 * (1 + rng.pareto(1.1, count)), employees).clip(1, 400_000).round()
    industry = _draw(rng, world.INDUSTRY_SHARES, count)
    country = _draw(rng, world.COUNTRY_SHARES, count)
    title = [f"{b}{m} {t}" for b, m, t in zip(beginning, middle, trade, strict=True)]
    # The running number keeps companies of the same name apart.
    domain = [
        f"{name.translate(_UMLAUTS).lower().replace(' ', '-')}-{number}.example" for number, name in enumerate(title)
    ]
    return pl.DataFrame(
        {
            "company": [f"{name} {legal}" for name, legal in zip(title, form, strict=True)],
            "domain": domain,
            "website": [f"https://www.{name}" for name in domain],
            "industry": np.array(list(world.INDUSTRY_EFFECTS))[industry],
            "industry_index": industry,
            "employees": employees,
            "country": np.array(list(world.COUNTRY_EFFECTS))[country],
            "country_index": country,
        }
    )


def _persons(
    rng: np.random.Generator,
    companies: pl.DataFrame,
    company: IntArray,
    function: IntArray,
    seniority: IntArray,
    free_mail: NDArray[np.bool_],
) -> pl.DataFrame:
    count = len(company)
    first = np.array(names.FIRST_NAMES)[rng.integers(0, len(names.FIRST_NAMES), count)]
    last = np.array(names.LAST_NAMES)[rng.integers(0, len(names.LAST_NAMES), count)]
    free = np.array(names.FREE_MAIL_DOMAINS)[rng.integers(0, len(names.FREE_MAIL_DOMAINS), count)]
    domain = companies["domain"].to_numpy()[company]
    pick = rng.random(count)
    functions, seniorities = list(world.FUNCTION_EFFECTS), list(world.SENIORITY_EFFECTS)
    titles, addresses = [], []
    for row in range(count):
        level = seniorities[seniority[row]]
        choices = names.STUDENT_TITLES if level == "student" else names.JOB_TITLES[(level, functions[function[row]])]
        titles.append(choices[int(pick[row] * len(choices))])
        local = f"{first[row]}.{last[row]}".translate(_UMLAUTS).lower()
        # Free-mail domains are real, so the local part says that nobody owns it.
        addresses.append(f"invented.{local}.{row}@{free[row]}" if free_mail[row] else f"{local}@{domain[row]}")
    return pl.DataFrame({"first_name": first, "last_name": last, "email": addresses, "job_title": titles})


def _fit(
    industry: IntArray,
    country: IntArray,
    seniority: IntArray,
    function: IntArray,
    free_mail: NDArray[np.bool_],
    employees: FloatArray,
    budget: FloatArray,
    source: IntArray,
) -> FloatArray:
    def effect(effects: Mapping[str, float], index: IntArray) -> FloatArray:
        return np.asarray(list(effects.values()), dtype=np.float64)[index]

    functions, industries, sources = (
        list(world.FUNCTION_EFFECTS), list(world.INDUSTRY_EFFECTS), list(world.SOURCE_SHARES)
    )  # fmt: skip
    decades = np.log10(employees / world.SIZE_PEAK_EMPLOYEES)
    fit = (
        effect(world.INDUSTRY_EFFECTS, industry)
        + effect(world.COUNTRY_EFFECTS, country)
        + effect(world.SENIORITY_EFFECTS, seniority)
        + effect(world.FUNCTION_EFFECTS, function)
        + world.FREE_MAIL_EFFECT * free_mail
        + world.BUDGET_EFFECT_PER_DECADE * np.log10(budget / 10_000)
        # Mid-size companies buy most; very small and very large ones seldom.
        + 1.1 * np.exp(-((decades / 0.75) ** 2))
        - 0.6
        # Two interactions, so that sums over single attributes are not the whole truth.
        + 0.4 * ((function == functions.index("marketing")) & (industry == industries.index("Software")))
        + 0.4 * ((source == sources.index("partner")) & (employees > 200))
    )
    return np.asarray(fit, dtype=np.float64)


def _knowledge(
    rng: np.random.Generator, employees: FloatArray, budget: FloatArray, seniority: IntArray
) -> tuple[dict[str, NDArray[np.bool_]], dict[str, NDArray[np.bool_]]]:
    count = len(employees)
    large = employees > 250
    staff = seniority >= list(world.SENIORITY_EFFECTS).index("staff")
    chances: dict[str, float | FloatArray] = {
        "email": 0.98,
        "job_title": 0.85,
        "website": 0.80,
        "industry": 0.86,
        "country": 0.95,
        # Large companies are in every register; small ones are not.
        "employees": np.where(large, 0.90, 0.68),
        # Not missing at random: who has little money, or no say over it, does not tell.
        "budget": np.where(budget < _SMALL_BUDGET_EUR, 0.15, 0.50) * np.where(staff, 0.6, 1.0),
    }
    known = {name: rng.random(count) < chance for name, chance in chances.items()}
    learns = rng.random(count) < 0.25
    enriched = {
        name: learns & ~known[name] & (rng.random(count) < 0.7)
        for name in ("industry", "employees", "website", "job_title")
    }
    return known, enriched
