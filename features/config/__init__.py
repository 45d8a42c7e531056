"""leadscore.yaml: what it says and how it is read."""

from features.config.contents import (
    Acceptance,
    Config,
    ConsentsTable,
    Duplicates,
    EventsTable,
    FileFormat,
    HistorySource,
    InboundMapping,
    LawfulBasis,
    LeadsTable,
    OutcomesTable,
    Profiling,
    Target,
    TimeOrder,
    WithoutBasis,
)
from features.config.reading import config_from_mapping, read_config, read_yaml

__all__ = [
    "Acceptance", "Config", "ConsentsTable", "Duplicates", "EventsTable", "FileFormat", "HistorySource",
    "InboundMapping", "LawfulBasis", "LeadsTable", "OutcomesTable", "Profiling", "Target", "TimeOrder",
    "WithoutBasis", "config_from_mapping", "read_config", "read_yaml",
]  # fmt: skip
