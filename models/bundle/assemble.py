"""From a bundle's checked texts to the objects that score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from features.builder import FeatureBuilder
from features.catalog import Catalog, FeatureKind
from features.domain import ConfigError, ModelReference
from features.encoding import Encoder
from models.additive import AdditiveModel, member_entries
from models.agreement import Agreement
from models.background import Background
from models.bundle.contents import (
    BACKGROUND,
    CALIBRATION,
    CARD,
    CATALOG,
    CUTOFFS,
    ENCODER,
    EVIDENCE,
    GRADES,
    REFERENCE,
    damaged,
    parse_json,
)
from models.bundle.tree_text import check_tree_text
from models.calibration import Calibration
from models.card import ModelCard
from models.cutoffs import Cutoffs
from models.drift.reference import Reference
from models.evidence import ModelEvidence
from models.grades import Grades
from models.scorer import ModelScorer

_OF_ANOTHER_FORM = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)
"""What reading a mapping raises that is not as it was written; the readers themselves name what they foresee."""


@dataclass(frozen=True)
class Bundle:
    """A trained scorer's parts.

    Parameters
    ----------
    catalog, encoder, model, calibration, grades
        From a lead to a score.
    cutoffs : Cutoffs
        What this model's data propose.
    card : ModelCard
        What it is.
    background : Background
        What its training rows were like; empty in a bundle of before there was one.
    reference : Reference or None
        What the leads were like that it was judged on; None in a bundle of before there was one.
    manifest_sha256 : str or None
        Of the manifest it was loaded with; None where the parts came without one.
    """

    catalog: Catalog
    encoder: Encoder
    model: AdditiveModel
    calibration: Calibration
    grades: Grades
    cutoffs: Cutoffs
    card: ModelCard
    background: Background = field(default_factory=Background)
    reference: Reference | None = None
    manifest_sha256: str | None = None

    def scorer(self, agreement: Agreement, version: str) -> ModelScorer:
        """Return the scorer under an agreement; without cutoffs in force, under those the model proposes.

        Parameters
        ----------
        agreement : Agreement
            In force; marked ``uncertified`` where another model's data set its cutoffs.
        version : str
            The model's version in the registry.
        """
        if agreement.has_cutoffs:
            holds = agreement.for_model(version, self.manifest_sha256)
        else:
            holds = Agreement.proposed(agreement.sla, self.cutoffs, version=version)
        return ModelScorer(
            self.catalog,
            FeatureBuilder(self.catalog),
            self.encoder,
            self.model,
            self.calibration,
            self.grades,
            holds,
            ModelReference(self.card.name, version, self.card.trained_at),
            background=self.background,
        )


def check_structure(texts: Mapping[str, str]) -> Encoder:
    """Return the encoder after checking, without compiled code, that all files fit each other.

    Raises
    ------
    BundleError
        If a file is of another form, or trees refer to what is not there.
    """
    try:
        return _checked_encoder(texts)
    except _OF_ANOTHER_FORM as error:
        raise damaged(f"A bundle whose files are of another form: {error}.", "what leadscore writes.") from None


def _checked_encoder(texts: Mapping[str, str]) -> Encoder:
    catalog, encoder = _catalog_and_encoder(texts)
    names = {feature.name: feature.kind for feature in catalog.features}
    foreign = [column.name for column in encoder.columns if names.get(column.name) is not column.kind]
    if foreign:
        raise damaged(f"The encoder reads {foreign[0]!r}, which is no such feature.", "features of the catalog.")
    levels = {
        place: len(column.levels) + 1
        for place, column in enumerate(encoder.columns)
        if column.kind is FeatureKind.CATEGORY
    }
    _background(texts, catalog, encoder)
    _reference(texts, encoder)
    if EVIDENCE in texts:
        ModelEvidence.from_mapping(_mapping(texts, EVIDENCE))
    entries = member_entries(texts)
    for entry in entries:
        if entry["kind"] != "trees":
            continue
        rated = {} if entry["rates"] is None else entry["rates"].numbers
        if any(len(numbers) != levels.get(place, -1) + 1 for place, numbers in rated.items()):
            raise damaged(
                f"{entry['file']} with rates that are not the encoder's levels.", "one number for each level."
            )
        codes = {place: count for place, count in levels.items() if place not in rated}
        count = check_tree_text(entry["file"], texts[entry["file"]], len(encoder.columns), codes)
        if count != entry.get("trees"):
            raise damaged(f"{entry['file']} holds {count} trees.", f"{entry.get('trees')}, as additive.json says.")
    used = {entry["file"] for entry in entries}
    unused = [name for name in texts if (name.startswith("trees-") or name == "scorecard.json") and name not in used]
    if unused:
        raise damaged(f"{unused[0]} belongs to no member.", "members' files only.")
    return encoder


def assemble(texts: Mapping[str, str]) -> Bundle:
    """Return the parts of a bundle whose texts were checked; tables of the trees are filled here.

    Raises
    ------
    BundleError
        If a file is of another form.
    """
    try:
        return _assembled(texts)
    except _OF_ANOTHER_FORM as error:
        raise damaged(f"A bundle whose files are of another form: {error}.", "what leadscore writes.") from None


def _assembled(texts: Mapping[str, str]) -> Bundle:
    catalog, encoder = _catalog_and_encoder(texts)
    model = AdditiveModel.from_files(texts)
    if model.column_count != len(encoder.columns):
        raise damaged(f"The model reads {model.column_count} columns.", f"the encoder's {len(encoder.columns)}.")
    return Bundle(
        catalog=catalog,
        encoder=encoder,
        model=model,
        calibration=Calibration.from_mapping(_mapping(texts, CALIBRATION)),
        grades=Grades.from_mapping(_mapping(texts, GRADES)),
        cutoffs=Cutoffs.from_mapping(_mapping(texts, CUTOFFS)),
        card=ModelCard.from_mapping(_mapping(texts, CARD)),
        background=_background(texts, catalog, encoder),
        reference=_reference(texts, encoder),
    )


def _background(texts: Mapping[str, str], catalog: Catalog, encoder: Encoder) -> Background:
    if BACKGROUND not in texts:
        return Background()
    background = Background.from_mapping(_mapping(texts, BACKGROUND), len(encoder.columns))
    for merged in background.groups.merged:
        # Fit and engagement are told apart by their reasons; one that is both would be in neither.
        if len({catalog.concepts[concept].group for concept in merged}) > 1:
            raise damaged(f"A reason of {', '.join(merged)}.", "concepts of fit, or of engagement.")
    return background


def _reference(texts: Mapping[str, str], encoder: Encoder) -> Reference | None:
    if REFERENCE not in texts:
        return None
    reference = Reference.from_mapping(_mapping(texts, REFERENCE))
    foreign = {bins.name for bins in reference.features} - {column.name for column in encoder.columns}
    if foreign:
        raise damaged(f"A reference of {sorted(foreign)[0]!r}.", "features that the model reads.")
    return reference


def _mapping(texts: Mapping[str, str], name: str) -> Mapping[str, object]:
    content = parse_json(texts, name)
    if not isinstance(content, Mapping):
        raise damaged(f"{name} holds {type(content).__name__}.", "a mapping.")
    return content


def _catalog_and_encoder(texts: Mapping[str, str]) -> tuple[Catalog, Encoder]:
    try:
        return Catalog.from_mapping(_mapping(texts, CATALOG)), Encoder.from_mapping(_mapping(texts, ENCODER))
    except ConfigError as error:
        raise damaged(error.given, error.expected) from None
