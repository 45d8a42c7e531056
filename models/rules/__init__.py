"""The rule-based scorer: points that marketing writes, on the SLA's scale (docs/rules.md)."""

from models.rules.calibrated import RulesCalibration, read_calibration
from models.rules.rule_set import RuleSet
from models.rules.scorer import RulesScorer

__all__ = ["RuleSet", "RulesCalibration", "RulesScorer", "read_calibration"]
