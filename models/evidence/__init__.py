"""What was measured of a model on leads held out: in its bundle, for the report and the console."""

from models.evidence.evidence import ModelEvidence

__all__ = ["ModelEvidence"]
