"""What is compared: ours and the peers, what each needs, and on which splits it runs."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from importlib import metadata

OURS = "leadscore"
AUTOGLUON = ("autogluon_medium", "autogluon_best300")
PEERS_GROUP = "`make peers` installs it"
OWN_ENVIRONMENT = (
    "it is too large for the lock and pins an older pandas, so give it an environment of its own (docs/benchmarks.md)"
)


@dataclass(frozen=True, slots=True)
class Method:
    """One way to learn a score.

    Parameters
    ----------
    name : str
        As the module of sets and peers calls it.
    title : str
        For the table.
    needs : dict of str to str
        Module to import -> distribution that brings it; their versions decide what a prediction is.
    takes : dict of str to str
        Likewise, what it uses where it is there and does without otherwise.
    install : str
        What to do where one is missing.
    splits : tuple of str
        On which it runs.
    sets : tuple of str, optional
        On which it runs; all by default. For methods that take minutes each.
    """

    name: str
    title: str
    needs: dict[str, str]
    takes: dict[str, str] = field(default_factory=dict)
    install: str = "`make setup` installs it"
    splits: tuple[str, ...] = ("time", "cv5")
    sets: tuple[str, ...] | None = None

    def applies(self, name: str, split: str) -> bool:
        """Return whether the method runs on this set and split."""
        return split in self.splits and (self.sets is None or name in self.sets)

    def missing(self) -> str | None:
        """Return why the method cannot run here, or None."""
        for module, distribution in self.needs.items():
            if not importable(module):
                return f"{distribution} is not installed: {self.install}"
        return None

    def versions(self) -> dict[str, str]:
        """Return the versions of what it needs and takes; empty where something that it needs is missing."""
        if self.missing():
            return {}
        there = [one for module, one in self.takes.items() if importable(module)]
        return {one: metadata.version(one) for one in (*self.needs.values(), *there)}


def importable(module: str) -> bool:
    """Return whether a module, also one inside a package, can be found, without importing it."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


_SKLEARN = {"sklearn": "scikit-learn"}
_LIGHTGBM = {"lightgbm": "lightgbm"}
_CATBOOST = {"catboost": "catboost"}
# What the two grow their models with decides what they reach.
_FLAML = {"flaml": "flaml", "xgboost": "xgboost"} | _LIGHTGBM | _CATBOOST
_AUTOGLUON = {"autogluon.tabular": "autogluon.tabular", "xgboost": "xgboost-cpu"} | _LIGHTGBM | _CATBOOST
_NETWORKS = {"torch": "torch", "fastai": "fastai"}

METHODS = {
    one.name: one
    for one in (
        Method(OURS, "leadscore", {"polars": "polars", "numba": "numba", "scipy": "scipy"} | _LIGHTGBM | _SKLEARN),
        Method("logreg", "logistic regression", _SKLEARN),
        Method("odoo_nb", "Odoo's formula", {"pandas": "pandas"}),
        Method("odoo_nb_binned", "Odoo's formula, numbers cut at deciles", {"pandas": "pandas"}),
        Method("lightgbm", "LightGBM", _LIGHTGBM),
        Method("lightgbm_sigmoid", "LightGBM, five folds and sigmoid", _LIGHTGBM | _SKLEARN),
        Method("histgb", "HistGradientBoosting", _SKLEARN | {"pandas": "pandas"}),
        Method("catboost", "CatBoost", _CATBOOST, install=PEERS_GROUP),
        Method("flaml60", "FLAML, 60 s", _FLAML, install=PEERS_GROUP, splits=("time",)),
        Method("autogluon_medium", "AutoGluon, medium quality", _AUTOGLUON, _NETWORKS, OWN_ENVIRONMENT),
        Method(
            "autogluon_best300", "AutoGluon, best quality, 300 s", _AUTOGLUON, _NETWORKS, OWN_ENVIRONMENT,
            splits=("time",), sets=("x_education", "olist", "bpic2012_day1"),
        ),
    )
}  # fmt: skip
