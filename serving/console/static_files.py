"""Style sheet, scripts and pictures: addresses carry the content's hash, so browsers keep them for good."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"
PREFIX = "/console/static"
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_DIGITS = 16
_FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file with the address of its content."""

    content: bytes
    media_type: str
    address: str


def address(name: str) -> str:
    """Return where a file of the folder is found, e.g. of ``console.css``."""
    return _files()[name].address


async def send(request: Request) -> Response:
    """Send a file; under an older hash there is none."""
    found = _files().get(request.path_params["name"])
    if found is None or found.address != request.scope["path"]:
        return Response(status_code=404)
    return Response(found.content, media_type=found.media_type, headers={"cache-control": _FOR_GOOD})


@functools.cache
def _files() -> dict[str, StaticFile]:
    names = (path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.suffix in _KINDS)
    return {name: _read(name) for name in names}


def _read(name: str) -> StaticFile:
    content = (FOLDER / name).read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
    return StaticFile(content, _KINDS[Path(name).suffix], f"{PREFIX}/{digest}/{name}")
