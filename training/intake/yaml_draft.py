"""leadscore.yaml as text: a configuration with the evidence for every entry as comments."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from features.config import Acceptance, Config, FileFormat, TimeOrder
from training.intake.findings import Finding, Findings, Level

_HEADER = """What leadscore reads and what each column means. Written once by leadscore init, from the data it was
shown; from now on this file alone decides. Every comment is the evidence for the entry below it. docs/history.md
explains the entries. role: fit, engagement or left_out. To keep a suspect column, give it a role and say why."""
_MOST_PARENTS = 3


def config_text(config: Config, findings: Findings, folder: Path) -> str:
    """Return leadscore.yaml's text.

    Parameters
    ----------
    config : Config
        What was inferred.
    findings : Findings
        Its evidence.
    folder : Path
        The workspace; files below it or near it are named relative to it.
    """
    top = CommentedMap()
    top["version"] = 1
    top["name"] = config.name
    top["time_zone"] = config.time_zone
    top["leads"] = _leads(config, folder)
    if config.events is not None:
        top["events"] = _events(config, folder)
    if config.outcomes is not None:
        top["outcomes"] = _outcomes(config, folder)
    top["target"] = _target(config)
    if config.acceptance != Acceptance():
        reasons = {name: _flow_map(text) for name, text in config.acceptance.reasons.to_mapping().items()}
        top["acceptance"] = CommentedMap(reasons=CommentedMap(reasons))
    top.yaml_set_start_comment(_HEADER)
    for finding in findings.made:
        _comment(top, finding)
    text = io.StringIO()
    writer().dump(top, text)
    return text.getvalue()


def writer() -> YAML:
    """Return the writer of all three configuration files."""
    yaml = YAML()
    yaml.width = 4096
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _leads(config: Config, folder: Path) -> CommentedMap:
    leads = config.leads
    part = _table(leads.file, leads.format, folder)
    _put(part, lead_id=leads.lead_id, created_at=leads.created_at, known_at=leads.known_at)
    _put(part, time_format=leads.time_format)
    part["order"] = leads.order.value
    if leads.order is TimeOrder.COLUMN:
        part["order_column"] = leads.order_column
    if leads.order_descending:
        part["order_descending"] = True
    part["missing_values"] = _flow(sorted(config.schema.missing_values))
    columns = CommentedMap()
    for column in config.schema.columns:
        columns[column.name] = _flow_map({"type": column.type.value, "role": column.role.value, "why": column.why})
    part["columns"] = columns
    return part


def _events(config: Config, folder: Path) -> CommentedMap:
    events = config.events
    if events is None:
        return CommentedMap()
    part = _table(events.file, events.format, folder)
    _put(
        part, lead_id=events.lead_id, occurred_at=events.occurred_at, event=events.event, time_format=events.time_format
    )
    part["kinds"] = CommentedMap(
        (kind.name, _flow_map({"use": kind.use.value, "why": kind.why})) for kind in config.schema.event_kinds
    )
    part["properties"] = CommentedMap(
        (prop.name, _flow_map({"type": prop.type.value, "role": prop.role.value, "why": prop.why}))
        for prop in config.schema.properties
    )
    return part


def _outcomes(config: Config, folder: Path) -> CommentedMap:
    outcomes = config.outcomes
    if outcomes is None:
        return CommentedMap()
    part = _table(outcomes.file, outcomes.format, folder)
    _put(part, lead_id=outcomes.lead_id, occurred_at=outcomes.occurred_at, outcome=outcomes.outcome)
    _put(part, reason=outcomes.reason, time_format=outcomes.time_format)
    return part


def _target(config: Config) -> CommentedMap:
    target = config.target
    part = CommentedMap()
    part["outcome"] = target.outcome
    part["horizon_days"] = int(target.horizon_days) if target.horizon_days.is_integer() else target.horizon_days
    _put(part, column=target.column)
    if target.from_events:
        part["from_events"] = True
    if target.positive:
        part["positive"] = _flow(target.positive)
    if target.negative:
        part["negative"] = _flow(target.negative)
    return part


def _table(file: Path, form: FileFormat, folder: Path) -> CommentedMap:
    part = CommentedMap()
    part["file"] = _relative(file, folder)
    written = {"kind": form.kind}
    if form.kind == "csv":
        written |= {"delimiter": form.delimiter, "encoding": form.encoding, "decimal": form.decimal}
    part["format"] = _flow_map(written)
    return part


def _relative(file: Path, folder: Path) -> str:
    """Return the file's path from the folder, so that both can be moved together; far away it stays absolute."""
    try:
        relative = Path(os.path.relpath(file, folder))
    except ValueError:
        return str(file)
    return str(file) if relative.parts.count("..") > _MOST_PARENTS else relative.as_posix()


def _put(part: CommentedMap, **entries: str | None) -> None:
    part.update({key: value for key, value in entries.items() if value is not None})


def _flow(values: Any) -> CommentedSeq:
    sequence = CommentedSeq(values)
    sequence.fa.set_flow_style()
    return sequence


def _flow_map(values: Mapping[str, str]) -> CommentedMap:
    mapping = CommentedMap({key: value for key, value in values.items() if value})
    mapping.fa.set_flow_style()
    return mapping


def _comment(top: CommentedMap, finding: Finding) -> None:
    """Put the finding above its entry, or above the nearest entry around it; entries with a ``why`` carry their own."""
    parent, key, depth, node = top, None, 0, top
    for place, step in enumerate(finding.place):
        if not isinstance(node, CommentedMap) or step not in node:
            break
        parent, key, depth, node = node, step, place, node[step]
    if key is None or (isinstance(parent[key], CommentedMap) and "why" in parent[key]):
        return
    mark = "" if finding.level is Level.INFERRED else f"{finding.level.value.upper()}: "
    parent.yaml_set_comment_before_after_key(
        key, before=" ".join(f"{mark}{finding.sentence}".split()), indent=2 * depth
    )
