"""Reading leadscore.yaml, with errors that name the entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

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
from features.config.part import Part
from features.domain import ConfigError, Text
from features.domain.consent import Word
from features.domain.email_identity import PlusTags
from features.domain.rejections import RejectionReasons
from features.lead_source import source_column
from features.schema import Column, ColumnType, EventKind, Property, Role, Schema, Use


def read_yaml(path: Path) -> Mapping[str, Any]:
    """Return a YAML 1.2 file's mapping (so that ``NO`` is Norway and not false).

    Raises
    ------
    ConfigError
        If the file is missing, is not YAML, repeats a key, or is not a mapping at its top.
    """
    try:
        loaded = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be opened ({error.strerror or error}).",
            f"{path.name}, which leadscore init writes into a workspace.",
            "Correct the path or the permissions, or run leadscore init.",
        ) from None
    except (YAMLError, UnicodeDecodeError) as error:
        first = " ".join(str(error).split())[:300]
        raise ConfigError(f"{path.name} is not readable: {first}.", "YAML.", "Correct the line named.") from None
    if loaded is None:
        # A file of comments alone says nothing yet: an agreement without clauses, a configuration that lacks entries.
        return {}
    if not isinstance(loaded, Mapping):
        raise ConfigError(f"{path.name} holds {type(loaded).__name__}.", "a mapping.", "Compare it with docs/.")
    return loaded


def read_config(path: Path) -> Config:
    """Return the configuration in ``path``; files named in it are relative to its folder.

    Raises
    ------
    ConfigError
        If an entry is missing, unknown or of the wrong form; the message names it.
    """
    data = read_yaml(path)
    return config_from_mapping(data, path.parent)


def config_from_mapping(data: Mapping[str, Any], folder: Path) -> Config:
    """Return the configuration written as in leadscore.yaml, with files relative to ``folder``.

    Raises
    ------
    ConfigError
        As :func:`read_config`.
    """
    top = Part(data, "leadscore.yaml")
    top.only(
        "version", "name", "time_zone", "history", "leads", "events", "outcomes", "target", "acceptance", "training",
        "inbound", "reports", "profiling",
        "duplicates", "consents",
    )  # fmt: skip
    version = data.get("version", 1)
    if version != 1 or isinstance(version, bool):
        raise ConfigError(
            f"version of leadscore.yaml is {version!r}.", "1, the only one there is.", "Write version: 1."
        )
    zone = top.text("time_zone", "UTC")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(
            f"time_zone is {zone!r}.", "an IANA zone, e.g. Europe/Berlin.", "Correct time_zone."
        ) from None
    leads = top.part("leads")
    events = top.part("events") if top.has("events") else None
    outcomes = top.part("outcomes") if top.has("outcomes") else None
    target = top.part("target")
    table = _leads_table(leads, folder)
    schema = _schema(leads, events, timed=table.created_at is not None)
    return Config(
        name=top.text("name"),
        time_zone=zone,
        leads=table,
        events=None if events is None else _events_table(events, folder),
        outcomes=None if outcomes is None else _outcomes_table(outcomes, folder),
        target=_target(target),
        schema=schema,
        training=dict(top.part("training").data) if top.has("training") else {},
        acceptance=_acceptance(top.part("acceptance")) if top.has("acceptance") else Acceptance(),
        history=top.word("history", HistorySource, HistorySource.FILES),
        inbound=_inbound(top.part("inbound")) if top.has("inbound") else {},
        source=_source(top.part("reports"), schema) if top.has("reports") else source_column(schema),
        duplicates=_duplicates(top.part("duplicates")) if top.has("duplicates") else Duplicates(),
        profiling=_profiling(top.part("profiling")) if top.has("profiling") else Profiling(),
        consents=_consents_table(top.part("consents"), folder) if top.has("consents") else None,
    )


def _format(part: Part) -> FileFormat:
    if not part.has("format"):
        return FileFormat()
    form = part.part("format")
    form.only("kind", "delimiter", "encoding", "decimal")
    plain = FileFormat()
    delimiter = form.text("delimiter", plain.delimiter)
    if len(delimiter) != 1:
        raise ConfigError(
            f"{form.where} has delimiter: {delimiter!r}.", "one character.", 'Write , or ; or "\\t" (a tab) or |.'
        )
    return FileFormat(
        kind=_one_of(form, "kind", plain.kind, ("csv", "parquet")),
        delimiter=delimiter,
        encoding=form.text("encoding", plain.encoding),
        decimal=_one_of(form, "decimal", plain.decimal, (".", ",")),
    )


def _one_of(part: Part, key: str, default: str, known: Sequence[str]) -> str:
    value = part.text(key, default)
    if value not in known:
        raise ConfigError(f"{part.where} has {key}: {value!r}.", f"one of {' '.join(known)}", f"Correct {key}.")
    return value


def _file(part: Part, folder: Path) -> Path:
    return (folder / Path(part.text("file")).expanduser()).resolve()


def _leads_table(part: Part, folder: Path) -> LeadsTable:
    part.only(
        "file", "format", "lead_id", "created_at", "known_at", "time_format", "order", "order_column",
        "order_descending", "missing_values", "columns",
    )  # fmt: skip
    created_at = part.optional("created_at")
    order = part.word("order", TimeOrder, TimeOrder.CREATED_AT if created_at else TimeOrder.NONE)
    order_column = part.optional("order_column")
    if order is TimeOrder.COLUMN and order_column is None:
        raise ConfigError("order: column without order_column.", "the running number's name.", "Add order_column.")
    return LeadsTable(
        file=_file(part, folder),
        format=_format(part),
        lead_id=part.optional("lead_id"),
        created_at=created_at,
        known_at=part.optional("known_at"),
        time_format=part.optional("time_format"),
        order=order,
        order_column=order_column,
        order_descending=part.flag("order_descending"),
    )


def _events_table(part: Part, folder: Path) -> EventsTable:
    part.only("file", "format", "lead_id", "occurred_at", "event", "time_format", "kinds", "properties")
    return EventsTable(
        file=_file(part, folder),
        format=_format(part),
        lead_id=part.text("lead_id", "lead_id"),
        occurred_at=part.text("occurred_at", "occurred_at"),
        event=part.text("event", "event"),
        time_format=part.optional("time_format"),
    )


def _outcomes_table(part: Part, folder: Path) -> OutcomesTable:
    part.only("file", "format", "lead_id", "occurred_at", "outcome", "reason", "time_format")
    return OutcomesTable(
        file=_file(part, folder),
        format=_format(part),
        lead_id=part.text("lead_id", "lead_id"),
        occurred_at=part.optional("occurred_at"),
        outcome=part.optional("outcome"),
        reason=part.optional("reason"),
        time_format=part.optional("time_format"),
    )


def _consents_table(part: Part, folder: Path) -> ConsentsTable:
    part.only("file", "format", "lead_id", "said_at", "word", "purpose", "source", "proof", "words", "time_format")
    words = _words(part.part("words")) if part.has("words") else {}
    unknown = sorted(set(words.values()) - set(Word))
    if unknown:
        expected = f"some of {', '.join(Word)}."
        raise ConfigError(f"{part.where} has words: {', '.join(unknown)}.", expected, "Correct words.")
    return ConsentsTable(
        file=_file(part, folder),
        format=_format(part),
        lead_id=part.text("lead_id", "lead_id"),
        said_at=part.text("said_at", "said_at"),
        word=part.text("word", "word"),
        purpose=part.optional("purpose"),
        source=part.optional("source"),
        proof=part.optional("proof"),
        words=words,
        time_format=part.optional("time_format"),
    )


def _source(part: Part, schema: Schema) -> str | None:
    part.only("source")
    named = part.optional("source")
    if named is not None and named not in {column.name for column in schema.columns}:
        raise ConfigError(
            f"{part.where} has source: {named}, which is no attribute of leads.",
            "the name of a column of leads.",
            "Correct source, or take it out: then the first category that is called a source or channel is taken.",
        )
    return named if named is not None else source_column(schema)


def _target(part: Part) -> Target:
    part.only("outcome", "horizon_days", "column", "positive", "negative", "from_events")
    target = Target(
        outcome=part.text("outcome", "won"),
        horizon_days=part.days("horizon_days", 90.0),
        column=part.optional("column"),
        positive=part.texts("positive"),
        negative=part.texts("negative"),
        from_events=bool(part.data.get("from_events", False)),
    )
    if (target.column or target.from_events) and not target.positive:
        raise ConfigError("target has no positive.", "the values that mean reached.", "Add positive: [...].")
    return target


def _acceptance(part: Part) -> Acceptance:
    part.only("accepted", "rejected", "handed_over", "within_days", "reasons")
    usual = Acceptance()
    names = [part.text(key, getattr(usual, key)) for key in ("accepted", "rejected", "handed_over")]
    if len(set(names)) < len(names):
        raise ConfigError(
            f"acceptance names {', '.join(names)}.",
            "three different outcomes.",
            "Correct acceptance in leadscore.yaml.",
        )
    accepted, rejected, handed_over = names
    reasons = _reasons(part.part("reasons")) if part.has("reasons") else usual.reasons
    return Acceptance(accepted, rejected, handed_over, part.days("within_days", usual.within_days), reasons)


def _reasons(part: Part) -> RejectionReasons:
    labels = {}
    for name in part.data:
        if isinstance(part.data[name], Mapping):
            label = part.part(str(name))
            label.only("en", "de")
            labels[str(name)] = Text(label.text("en"), label.text("de", label.text("en")))
        else:
            labels[str(name)] = Text.same(part.text(str(name)))
    return RejectionReasons(labels)


def _duplicates(part: Part) -> Duplicates:
    part.only("merge", "plus_tags")
    merge = part.data.get("merge", True)
    if not isinstance(merge, bool):
        raise ConfigError(f"{part.where} has merge: {merge!r}.", "true or false.", "Correct merge.")
    return Duplicates(merge, part.word("plus_tags", PlusTags, PlusTags.SAME))


def _profiling(part: Part) -> Profiling:
    part.only("basis", "without_basis")
    usual = Profiling()
    return Profiling(
        part.word("basis", LawfulBasis, usual.basis), part.word("without_basis", WithoutBasis, usual.without_basis)
    )


def _inbound(part: Part) -> dict[str, InboundMapping]:
    mappings = {}
    for name in part.data:
        one = part.part(str(name))
        one.only("attributes", "outcomes", "consents")
        mappings[str(name)] = InboundMapping(
            _words(one.part("attributes")) if one.has("attributes") else {},
            _words_by_property(one, "outcomes"),
            _words_by_property(one, "consents"),
        )
    return mappings


def _words_by_property(part: Part, key: str) -> dict[str, dict[str, str]]:
    if not part.has(key):
        return {}
    properties = part.part(key)
    return {str(name): _words(properties.part(name)) for name in properties.data}


def _words(part: Part) -> dict[str, str]:
    # As a CRM writes them: YAML's true is the text "true" there.
    spelled = {"True": "true", "False": "false"}
    return {spelled.get(str(key), str(key)): part.text(key) for key in part.data}


def _schema(leads: Part, events: Part | None, timed: bool) -> Schema:
    columns = []
    for name, entry in (leads.part("columns").data if leads.has("columns") else {}).items():
        one = Part(entry, f"{leads.where}: columns: {name}")
        one.only("type", "role", "why", "label")
        columns.append(
            Column(
                str(name), one.word("type", ColumnType, "category"), one.word("role", Role, "fit"), one.text("why", ""),
                one.label(),
            )
        )  # fmt: skip
    kinds, properties = [], []
    if events is not None:
        for name, entry in (events.part("kinds").data if events.has("kinds") else {}).items():
            one = Part(entry if isinstance(entry, Mapping) else {"use": entry}, f"{events.where}: kinds: {name}")
            one.only("use", "why")
            kinds.append(EventKind(str(name), one.word("use", Use, "engagement"), one.text("why", "")))
        for name, entry in (events.part("properties").data if events.has("properties") else {}).items():
            one = Part(entry, f"{events.where}: properties: {name}")
            one.only("type", "role", "why", "label")
            properties.append(
                Property(
                    str(name), one.word("type", ColumnType, "category"), one.word("role", Role, "engagement"),
                    one.text("why", ""), one.label(),
                )
            )  # fmt: skip
    return Schema(tuple(columns), tuple(kinds), tuple(properties), frozenset(leads.texts("missing_values")), timed)
