"""Start the BentoML service of a workspace in place of the present process."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from features.config import Config
from features.domain import InputError
from features.workspace import Workspace
from serving.settings import Settings, service_environment
from serving.store.faults import StoreError


def check_startable(workspace: Workspace, settings: Settings) -> None:
    """Refuse what would keep the service from starting, while a person still reads the screen.

    Raises
    ------
    ConfigError
        If leadscore.yaml, sla.yaml or rules.yaml is not usable.
    InputError
        If the address is not one, or is taken; or others can reach it and no key has been made.
    """
    from serving.engines import rules_scorer

    config = workspace.config()
    rules_scorer(workspace, config, workspace.sla())
    check_address(settings.host, settings.port)
    check_keys(workspace, config, settings)


def check_keys(workspace: Workspace, config: Config, settings: Settings) -> None:
    """Refuse to listen where other machines can call, while no key tells callers apart.

    Raises
    ------
    InputError
        If the address is not this machine's own and no key is valid.
    """
    from serving.api.access import is_loopback
    from serving.opened_store import open_store

    if is_loopback(settings.host):
        return
    try:
        with open_store(workspace, config.schema, settings=settings) as store, store.read() as tx:
            has_key = any(key.revoked_at is None for key in tx.keys.all())
    except StoreError:
        # While the store is away nobody is let in without a key that it knows, so the service may start.
        return
    if not has_key:
        raise InputError(
            f"{settings.host} can be reached by others, and no key has been made.",
            "a key for each program that calls, or 127.0.0.1.",
            "Make one: leadscore keys DIR create NAME --role crm.",
        )


def console_address(settings: Settings) -> str:
    """Return where people open the console."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


def sign_in_link(address: str, token: str) -> str:
    """Return the link that signs in once by a token."""
    return f"{address}/sign-in?link={token}"


def local_sign_in(workspace: Workspace, config: Config, settings: Settings) -> str | None:
    """Return a link for whoever starts the service; None where others can reach it, or the store is away.

    Parameters
    ----------
    workspace, config, settings
        What is served, and where.
    """
    from serving.api.access import is_loopback
    from serving.calls.signing_in import local_link
    from serving.opened_store import open_store

    if not is_loopback(settings.host):
        return None
    try:
        with open_store(workspace, config.schema, settings=settings) as store, store.begin() as tx:
            token = local_link(tx)
    except StoreError:
        return None
    return None if token is None else sign_in_link(console_address(settings), token)


def check_address(host: str, port: int) -> None:
    """Refuse an address that is none, or that another program listens on.

    Raises
    ------
    InputError
        If ``host`` is not an IP address of this machine, or ``port`` is taken.
    """
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    except ValueError:
        raise InputError(
            f"--host is {host!r}.", "an IP address.", "Give 127.0.0.1 for this machine only, 0.0.0.0 for every network."
        ) from None
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InputError(
                f"{host} port {port} cannot be used: {error.strerror}.",
                "a free port on an address of this machine.",
                "Give another --port or --host, or stop the program that listens there.",
            ) from None


def serve(workspace: Workspace, settings: Settings) -> NoReturn:
    """Become the service: this process is replaced by BentoML's, so that signals reach it directly."""
    home = workspace.var / "bentoml"
    home.mkdir(parents=True, exist_ok=True)
    chosen = replace(settings, workspace=str(workspace.root))
    command = [
        sys.executable, "-m", "bentoml", "serve", "serving.service:LeadScore",
        "--host", chosen.host, "--port", str(chosen.port),
        # BentoML puts this folder first on the import path: an own, empty one shadows nothing.
        "--working-dir", str(_empty_folder(home)),
    ]  # fmt: skip
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, command, service_environment(chosen, home))  # noqa: S606 - no shell, own interpreter


def _empty_folder(home: Path) -> Path:
    folder = home / "empty"
    folder.mkdir(exist_ok=True)
    return folder
