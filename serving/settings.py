"""Where things are: the only reader of the environment.

What we choose about models stands in the training plan and in leadscore.yaml; settings only say where the service
finds its workspace, on which address it listens and how much it accepts. ``leadscore settings`` prints the table.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from features.domain import InputError

PREFIX = "LEADSCORE_"
_PASSWORD = re.compile(r"(?<=:)[^:/@]+(?=@)|(?<=password=)[^&]+")
_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its default; the name in the environment is ``LEADSCORE_`` and the field's name.

    Numbers in ``metadata`` are the smallest and largest accepted value.
    """

    workspace: str = field(default="", metadata={"help": "Folder of the workspace that the service serves."})
    host: str = field(default="127.0.0.1", metadata={"help": "Address to listen on; the default is this machine only."})
    port: int = field(default=3000, metadata={"help": "Port to listen on.", "range": (1, 65535)})
    workers: int = field(default=1, metadata={"help": "Processes that answer requests.", "range": (1, 64)})
    score_bytes: int = field(
        default=1_000_000,
        metadata={"help": "Largest body of one score, lead or outcome, in bytes.", "range": (1_000, 100_000_000)},
    )
    batch_bytes: int = field(
        default=10_000_000,
        metadata={"help": "Largest body of a batch of scores or events, in bytes.", "range": (1_000, 1_000_000_000)},
    )
    body_seconds: int = field(
        default=10, metadata={"help": "Seconds within which a body must have arrived.", "range": (1, 600)}
    )
    in_flight: int = field(
        default=64,
        metadata={"help": "Requests one process holds at once; more are told to wait.", "range": (1, 10_000)},
    )
    calls_per_second: int = field(
        default=1_000,
        metadata={
            "help": "Calls a second that one key may make of one process; more are told to wait. 0: any number.",
            "range": (0, 1_000_000),
        },
    )
    guesses_per_minute: int = field(
        default=10,
        metadata={
            "help": "Unknown keys a minute that one address may show before it waits; 0: any number.",
            "range": (0, 1_000_000),
        },
    )
    write_seconds: int = field(
        default=15,
        metadata={"help": "Seconds that a call waits for the store before it is told so.", "range": (1, 600)},
    )
    tracking_uri: str = field(
        default="", metadata={"help": "MLflow tracking address; empty means the workspace's own var/mlflow.db."}
    )
    registry_seconds: int = field(
        default=30,
        metadata={
            "help": "Seconds between two looks at the registry's alias champion. 0: never.",
            "range": (0, 86_400),
        },
    )
    store_url: str = field(
        default="",
        metadata={
            "help": "Store: sqlite:////path/store.db or postgresql://user:password@host/name; empty: var/store.db.",
            "secret": True,
        },
    )
    scores_days: int = field(
        default=730,
        metadata={
            "help": "Days that past scores are kept; the one a lead stands at always is.",
            "range": (1, 36_500),
        },
    )
    messages_days: int = field(
        default=30,
        metadata={"help": "Days that settled messages, to and from CRMs, are kept.", "range": (2, 3_650)},
    )
    webhook_networks: str = field(
        default="",
        metadata={
            "help": "Networks of the company that webhooks may be sent to beside public ones, e.g. 10.1.0.0/16,::1/128."
        },
    )
    public_url: str = field(
        default="", metadata={"help": "Where the service is reached from outside, e.g. https://leads.example.com."}
    )
    inbound_secrets: str = field(
        default="",
        metadata={"help": "Secrets of CRMs that send webhooks: hubspot=SECRET acme=whsec_...", "hidden": True},
    )
    log_level: str = field(default="info", metadata={"help": "debug, info, warning or error.", "words": _LEVELS})
    log_format: str = field(
        default="text", metadata={"help": "text, or json: one object a line.", "words": ("text", "json")}
    )
    log_requests: str = field(
        default="all",
        metadata={"help": "Which calls stand in the log: all, failed or none.", "words": ("all", "failed", "none")},
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Return the settings of ``environment``, by default the process's own.

        A secret may stand in a file instead, which the name with ``_FILE`` behind it names, as orchestrators hand
        secrets over.

        Raises
        ------
        InputError
            If a value is not of its setting's kind or range, a ``LEADSCORE_`` name is unknown, or a file cannot be
            read.
        """
        given = _environment() if environment is None else environment
        known = {PREFIX + one.name.upper(): one for one in fields(cls)}
        given = _with_files(given, [name for name, one in known.items() if _is_secret(one.metadata)])
        unknown = sorted(name for name in given if name.startswith(PREFIX) and name not in known)
        if unknown:
            raise InputError(
                f"The environment sets {', '.join(unknown)}.",
                f"settings out of {', '.join(known)}.",
                "Correct the name or unset it; leadscore settings prints them all.",
            )
        values: dict[str, Any] = {
            one.name: _value(name, given[name], type(one.default), one.metadata)
            for name, one in known.items()
            if given.get(name)
        }
        return cls(**values)

    def table(self) -> list[dict[str, str]]:
        """Return one row per setting: its name in the environment, value, default and help."""
        return [
            {
                "name": PREFIX + one.name.upper(),
                "value": _shown(getattr(self, one.name), one.metadata),
                "default": str(one.default),
                "help": str(one.metadata["help"]),
            }
            for one in fields(self)
        ]

    def as_environment(self) -> dict[str, str]:
        """Return these settings as environment entries, for a process that shall have the same."""
        values = {PREFIX + one.name.upper(): str(getattr(self, one.name)) for one in fields(self)}
        return {name: value for name, value in values.items() if value}


def service_environment(settings: Settings, home: Path) -> dict[str, str]:
    """Return the whole environment of a service process.

    Parameters
    ----------
    settings : Settings
        What the process shall find.
    home : Path
        Where BentoML may write (its default would be a folder in the user's home).

    Returns
    -------
    dict
        The present environment, these settings, and BentoML kept silent towards its maker.
    """
    return {
        **_environment(),
        **settings.as_environment(),
        "BENTOML_HOME": str(home),
        "BENTOML_DO_NOT_TRACK": "true",
        "BENTOML_CONFIG_OPTIONS": f"services.leadscore.workers={settings.workers}",
    }


def metrics_folder() -> Path | None:
    """Return where the processes of a service keep their figures, None where it is one process without a folder."""
    named = _environment().get("PROMETHEUS_MULTIPROC_DIR")
    return Path(named) if named else None


def _is_secret(metadata: Mapping[str, Any]) -> bool:
    return bool(metadata.get("secret") or metadata.get("hidden"))


def _with_files(given: Mapping[str, str], secrets: list[str]) -> Mapping[str, str]:
    """Return the environment with the contents of files in place of their names."""
    values = dict(given)
    for name in secrets:
        file = values.pop(f"{name}_FILE", None)
        if not file:
            continue
        if values.get(name):
            raise InputError(f"{name} and {name}_FILE are both set.", "one of them.", f"Unset {name}.")
        try:
            values[name] = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "no UTF-8 text"
            raise InputError(
                f"{name}_FILE names {file}: {why}.", "a file that holds the secret.", "Correct the name or the file."
            ) from None
    return values


def _shown(value: object, metadata: Mapping[str, Any]) -> str:
    # What is printed ends up in tickets and logs.
    if metadata.get("hidden"):
        return "***" if value else ""
    return _PASSWORD.sub("***", str(value)) if metadata.get("secret") else str(value)


def _environment() -> dict[str, str]:
    return dict(os.environ)  # noqa: TID251 - this is the one door


def _value(name: str, text: str, kind: type, metadata: Mapping[str, Any]) -> int | str:
    if kind is int:
        low, high = metadata["range"]
        if not text.strip().isdecimal() or not low <= int(text) <= high:
            raise InputError(f"{name} is {text!r}.", f"a whole number from {low} to {high}.", f"Correct {name}.")
        return int(text)
    words = metadata.get("words")
    if words and text.lower() not in words:
        raise InputError(f"{name} is {text!r}.", f"one of {', '.join(words)}.", f"Correct {name}.")
    return text.lower() if words else text
