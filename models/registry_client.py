"""MLflow's client with failures that say what to do, in time and without chatter."""

from __future__ import annotations

import contextlib
import logging
import re
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from features.domain import BundleError, RegistryError, Text
from features.workspace import Workspace

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

_CHATTY = ("alembic", "mlflow")


class AliasNotMovedError(RegistryError):
    """A version serves again on this machine, but the registry could not be told.

    Parameters
    ----------
    version : str
        Which serves.
    error : RegistryError
        Why.
    """

    def __init__(self, version: str, error: RegistryError) -> None:
        why = error.in_words[0]
        super().__init__(
            Text(
                f"Version {version} serves again, but the alias could not be moved: {why.en}",
                f"Version {version} ist wieder im Einsatz, aber ihr Alias ließ sich nicht setzen: {why.de}",
            ),
            Text("a registry that answers.", "ein Register, das antwortet."),
            Text(
                f"Run leadscore promote with version {version} when it does.",
                f"Geben Sie Version {version} frei, sobald es antwortet.",
            ),
        )
        self.version = version


class RegistryClient:
    """Gives MLflow's client for one piece of work.

    Parameters
    ----------
    workspace : Workspace
        Whose database it is where no server is named.
    tracking_uri : str
        Of the server or the database.
    timeout_seconds : int
        Of one request to a server; one retry follows.
    """

    def __init__(self, workspace: Workspace, tracking_uri: str, timeout_seconds: int) -> None:
        self._workspace = workspace
        self._tracking_uri = tracking_uri
        self._timeout_seconds = timeout_seconds

    @contextlib.contextmanager
    def to(self, what: str) -> Iterator[MlflowClient]:
        """Give the client to do something; whatever MLflow raises becomes a RegistryError.

        Parameters
        ----------
        what : str
            What is done, as it stands behind "MLflow could not".
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            # Its import sets its own level, so that ours has to come after.
            import mlflow.tracking  # noqa: F401 - imported for that effect
        loggers = [logging.getLogger(name) for name in _CHATTY]
        levels = [logger.level for logger in loggers]
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            with warnings.catch_warnings():
                # MLflow 3.17 uses what SQLAlchemy 2.1 means to drop; our user can do nothing about it.
                warnings.simplefilter("ignore", DeprecationWarning)
                yield self._client()
        # MLflow raises what its database, HTTP client and file system raise, with no class in common.
        except (BundleError, RegistryError):
            raise
        except Exception as error:
            first = " ".join(str(error).split())[:200]
            address = _without_secret(self._tracking_uri)
            raise RegistryError(
                Text(f"MLflow could not {what}: {first}.", f"MLflow meldet einen Fehler: {first}."),
                Text(
                    f"a registry at {address} that answers and holds it.",
                    f"ein Register unter {address}, das antwortet und die Version enthält.",
                ),
                Text(
                    "Check the address and the version; what serves stays as it is.",
                    "Prüfen Sie die Adresse und die Version.",
                ),
            ) from error
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)

    def _client(self) -> MlflowClient:
        from mlflow import environment_variables as knobs
        from mlflow.tracking import MlflowClient

        # MLflow waits 120 s and tries 8 times; these are its only knobs for that.
        for knob, value in (
            (knobs.MLFLOW_HTTP_REQUEST_TIMEOUT, self._timeout_seconds),
            (knobs.MLFLOW_HTTP_REQUEST_MAX_RETRIES, 1),
            (knobs.MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR, False),
        ):
            knob.set(value)  # type: ignore[no-untyped-call]  # MLflow does not annotate it
        self._workspace.var.mkdir(parents=True, exist_ok=True)
        return MlflowClient(tracking_uri=self._tracking_uri, registry_uri=self._tracking_uri)


def _without_secret(uri: str) -> str:
    return re.sub(r"//[^/@]*@", "//", uri)
