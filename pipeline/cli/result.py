"""What a run is told to have found: the table, where the report is, and whether the model was pushed."""

import argparse
from pathlib import Path

from truemorph.components.artifacts.pushed import PUSHED, Pushed
from truemorph.components.artifacts.report import REPORT, Report
from truemorph.terminal import paint, paint_table, show


def show_run(parsed: argparse.Namespace, out: Path) -> None:
    """Print the result of a run: the table, where the report and the gallery are, and last the model."""
    from truemorph.components.evaluator.report import table_text

    report, judged = Report.read(out / "report" / REPORT), out / PUSHED
    page, pushed = out / "report" / "report.html", Pushed.read(judged) if judged.exists() else None
    lines = [paint_table(table_text(report.as_json())), f"report: {page}"]
    if report.gallery:
        moved = f"{report.gallery['moved']:,} of {report.gallery['n']:,} test galaxies changed class"
        lines.append(f"gallery: {page.with_name(report.gallery['file'])}: {moved}")
    if pushed is not None:
        colour = {"blessed": "green", "refused": "red"}.get(pushed.status, "yellow")
        lines.append(f"model: {paint(pushed.status, colour)}: {pushed.reason}")
    result = {
        "out": str(out),
        "report": str(page),
        "pushed": pushed and pushed.as_json(),
        "rows": report.rows,
        "theta": report.theta,
    }
    show(parsed, result, "\n".join(lines))
