"""The comparisons as Markdown, and their place in a page between two markers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.quality.comparison import Comparison
from benchmarks.quality.methods import AUTOGLUON, METHODS, OURS

BEGIN = "<!-- quality: from here to the end marker written by python -m benchmarks.quality -->"
END = "<!-- quality: end -->"
REUSED = "°"

NOTE = f"""Means over the folds. The last two columns are the peer minus ours with the paired 95 % bootstrap interval
(1,000 draws of the judged rows within their fold): a log-loss above 0 and an AUC below 0 speak for ours. ECE: 15 groups
of equal mass. {REUSED} prediction and times kept from an earlier run."""


def table(comparison: Comparison) -> str:
    """Return one set and split as a heading, a table, and what was not run."""
    lines = [
        f"### {comparison.title}",
        "",
        f"{comparison.rows:,} rows judged, {comparison.positives:,} of them positive.",
        "",
        "| | log-loss | AUC | Brier | ECE | lift at 10 % | fit, s | predict, µs/row | log-loss to ours | AUC to ours |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, one in comparison.reached.items():
        f, against = one.figures, comparison.against.get(name)
        gaps = ("", "") if against is None else (str(against.log_loss), str(against.auc))
        shown = f"{_title(name)}{REUSED if one.reused else ''}"
        lines.append(
            f"| {shown} | {f['log_loss']:.4f} | {f['auc']:.4f} | {f['brier']:.4f} | {f['calibration_error']:.4f} | "
            f"{f['lift_10']:.2f} | {one.fit_seconds:.1f} | {one.predict_microseconds:.0f} | {gaps[0]} | {gaps[1]} |"
        )
    if comparison.skipped:
        lines += ["", *(f"Not run: {_title(name)} ({reason})." for name, reason in comparison.skipped.items())]
    return "\n".join(lines)


def verdict(comparisons: Sequence[Comparison]) -> str:
    """Return who is ahead of ours on each set and split, and our fit time beside AutoGluon's."""
    lines = [
        "### Verdict",
        "",
        "Peers ahead of ours in log-loss or AUC beyond the paired 95 % interval, how many are behind it, and the",
        "processor time of our fit over that of AutoGluon (medium quality; best quality, 300 s). The intervals are not",
        "widened for their number.",
        "",
        "| | ours: log-loss / AUC | ahead of ours | behind ours | our time / AutoGluon's |",
        "| --- | ---: | --- | ---: | ---: |",
    ]
    for one in comparisons:
        if OURS not in one.reached:
            continue
        figures = one.reached[OURS].figures
        behind = sum(peer.is_behind and not peer.is_ahead for peer in one.against.values())
        shares = [share for peer in AUTOGLUON if (share := one.share_of_fit_time(peer)) is not None]
        lines.append(
            f"| {one.title} | {figures['log_loss']:.4f} / {figures['auc']:.4f} | {_ahead(one)} | "
            f"{behind} of {len(one.against)} | {'; '.join(f'{share:.2f}' for share in shares) or 'not run'} |"
        )
    return "\n".join(lines)


def _ahead(comparison: Comparison) -> str:
    """Return the peers that are ahead, each with the figure in which it is."""
    told = []
    for name in comparison.ahead:
        one = comparison.against[name]
        by = ["log-loss"] * (one.log_loss.high < 0) + ["AUC"] * (one.auc.low > 0)
        told.append(f"{_title(name)} ({' and '.join(by)})")
    return ", ".join(told) or "none"


def _title(name: str) -> str:
    return METHODS[name].title if name in METHODS else name


def section(comparisons: Sequence[Comparison], environment: str) -> str:
    """Return the whole section: note, tables, verdict."""
    return "\n\n".join([environment, NOTE, *(table(one) for one in comparisons), verdict(comparisons)])


def written_into(page: Path, text: str) -> None:
    """Write the section between the markers of a page, or as a new page.

    Raises
    ------
    ValueError
        If the page is there and has not both markers, once and in order.
    """
    before, after = "", ""
    if page.exists():
        content = page.read_text(encoding="utf-8")
        if content.count(BEGIN) != 1 or content.count(END) != 1 or content.index(BEGIN) > content.index(END):
            raise ValueError(
                f"{page} has no place for the tables. Expected one line '{BEGIN}' and after it one line '{END}'. "
                "Add both, or name a file that is not there yet."
            )
        before, after = content.split(BEGIN)[0], content.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after or chr(10)}", encoding="utf-8")
