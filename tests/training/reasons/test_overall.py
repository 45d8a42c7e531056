"""What moves scores overall, as pages tell it."""

import numpy as np
import polars as pl

from features.catalog import FeatureKind
from features.domain import Text
from features.encoding import EncodedColumn
from features.vocabulary.job_titles import FUNCTIONS
from training.evidence.reasons import overall_reasons
from training.reasons.table import ReasonTable


def test_levels_of_our_own_words_are_said_in_both_languages_and_a_companys_own_as_they_are() -> None:
    codes = np.tile([1.0, 2.0], 50)
    label = Text("Job title", "Berufsbezeichnung")
    table = ReasonTable(
        reasons=("job_title", "industry"), labels=(label, label), base_points=np.zeros(100), total=np.zeros(100),
        points=np.column_stack([np.where(codes == 1, 5.0, -5.0), np.where(codes == 1, 1.0, -1.0)]),
        columns=(EncodedColumn("f", FeatureKind.CATEGORY, ("sales", "people")),
                 EncodedColumn("i", FeatureKind.CATEGORY, ("sales", "retail"))),
        column_labels=(label, label), values=np.column_stack([codes, codes]), level_names=(FUNCTIONS, {}),
    )  # fmt: skip
    features = pl.DataFrame({"f": ["sales", "people"] * 50, "i": ["sales", "retail"] * 50})
    function, industry = overall_reasons(table, features)
    assert [level.de for level in function.levels or ()] == ["Vertrieb", "Personal", "andere"]
    assert function.works.de == "am meisten bei „Vertrieb“ (5,0), am wenigsten bei „Personal“ (−5,0)"
    assert [level.de for level in industry.levels or ()] == ["sales", "retail", "andere"]
