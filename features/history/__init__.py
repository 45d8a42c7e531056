"""The history of a company's leads: the port, and its reading from files."""

from features.history.files import FileHistory
from features.history.port import History
from features.history.quality import Oddities, QualityReport, RowNote, TableQuality

__all__ = ["FileHistory", "History", "Oddities", "QualityReport", "RowNote", "TableQuality"]
