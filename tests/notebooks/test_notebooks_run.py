"""The notebooks are stories that import and never define; they run, and they are stored with what they print."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
STORED = sorted(NOTEBOOKS.glob("*.ipynb"))

SECONDS_PER_CELL = 60
DEFINES = re.compile(r"\b(?:def|class)\s|\blambda\b")
MACHINE_PATH = re.compile(
    r"(?<![\w.:/])/(?:bin|data|etc|home|lib|mnt|opt|private|proc|root|srv|tmp|usr|var|work|Users|Volumes)/"
    r"|(?<!\w)[A-Za-z]:\\+\w|file://"
)

every_notebook = pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)


def _notebook(path: Path) -> Any:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # nbformat's reader has no annotations


def _code_cells(path: Path) -> list[Any]:
    notebook = _notebook(path)
    nbformat.validate(notebook)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _readable(outputs: list[Any]) -> Iterator[str]:
    """Yield what the outputs say; pictures are left out, because base64 holds slashes that are no paths."""
    for output in outputs:
        yield str(output.get("text", ""))
        yield "\n".join(output.get("traceback", ()))
        for kind, content in output.get("data", {}).items():
            if not kind.startswith("image/") or kind == "image/svg+xml":
                yield content if isinstance(content, str) else json.dumps(content)


def _kernel(folder: Path) -> AsyncKernelManager:
    """Return a kernel of this very Python: without folders to look in, only ipykernel's own specification is left."""
    return AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        connection_file=str(folder / "kernel.json"),
    )


def test_there_are_notebooks() -> None:
    assert STORED
    assert all(re.fullmatch(r"\d\d_[a-z0-9_]+", path.stem) for path in STORED)


def test_the_list_names_every_notebook() -> None:
    listed = set(re.findall(r"\]\((\d\d_\w+\.ipynb)\)", (NOTEBOOKS / "README.md").read_text(encoding="utf-8")))
    assert listed == {path.name for path in STORED}


@every_notebook
def test_every_cell_runs_in_a_fresh_folder(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, private, temporary = tmp_path / "run", tmp_path / "private", tmp_path / "temporary"
    for made in (folder, private, temporary):
        made.mkdir()
    # Nobody's own settings of Jupyter, IPython and matplotlib take part, and nothing is left in their folders.
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(private / name.lower()))
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.delenv("MPLBACKEND", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", None)
    notebook = _notebook(path)

    client = NotebookClient(
        notebook,
        km=_kernel(private),
        timeout=SECONDS_PER_CELL,
        resources={"metadata": {"path": str(folder)}},
    )
    # A kernel manager of ours is closed only when asked.
    client.execute(cleanup_kc=True)

    ran = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in ran] == list(range(1, len(ran) + 1))
    assert not [output for cell in ran for output in cell.outputs if output.output_type == "error"]
    assert not list(folder.iterdir()), "a notebook works in a temporary folder of its own"


@every_notebook
def test_notebooks_import_and_never_define(path: Path) -> None:
    defining = [cell.source for cell in _code_cells(path) if DEFINES.search(cell.source)]
    assert not defining


@every_notebook
def test_notebooks_are_stored_with_the_output_of_one_run_from_top_to_bottom(path: Path) -> None:
    cells = _code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert "".join(_readable(outputs)).strip()
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]


@every_notebook
def test_stored_notebooks_hold_no_path_of_a_machine_and_no_timing(path: Path) -> None:
    cells = _code_cells(path)
    told = [text for cell in cells for text in (cell.source, *_readable(cell.outputs))]
    assert not [text for text in told if MACHINE_PATH.search(text)]
    assert not [cell.metadata for cell in cells if "execution" in cell.metadata]


@pytest.mark.parametrize(
    "text", ["/var/x/leads.csv", "read from /home/ada/leads.csv", "'/work/x'", r"C:\Users\ada", "file:///x"]
)
def test_a_path_of_a_machine_is_seen(text: str) -> None:
    assert MACHINE_PATH.search(text)


@pytest.mark.parametrize("text", ["/pricing", "../docs/features.md", "https://x.example/data/x", "and/or", "1 / 2"])
def test_a_page_or_a_link_is_no_path_of_a_machine(text: str) -> None:
    assert not MACHINE_PATH.search(text)
