"""The report: report.json, and report.html and the printed table, which show nothing else than report.json."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from truemorph.components.artifacts.report import REPORT, Report
from truemorph.components.evaluator.scores import SCORES
from truemorph.components.files import write_text
from truemorph.components.pages import render


def write_report(report: Mapping[str, Any], folder: Path) -> None:
    """Write report.html and report.json, the latter last, each under a temporary name and renamed.

    A benchmark that knows the truth may add "accuracy_vs_truth" to rows of a report that it read and write it again.

    Args:
        report: as schemas/report.schema.json says; NumPy scalars are allowed, NaN and infinities are written as null.
        folder: made if missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plain = Report.from_json(clean(report))
    write_text(folder / "report.html", render_html(plain.as_json()))
    plain.write(folder / REPORT)


def clean(value: Any) -> Any:
    """The value as plain JSON: NumPy scalars and arrays unpacked, tuples as lists, NaN and infinities as None.

    Example:
        >>> clean({"loss": (0.5, float("nan"))})
        {'loss': [0.5, None]}
    """
    if isinstance(value, Mapping):
        return {str(key): clean(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        return clean(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [clean(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def render_html(report: Mapping[str, Any]) -> str:
    """The report as one self-contained page: no script, no font, no picture from elsewhere.

    Args:
        report: the contents of report.json.

    Returns:
        HTML, the same bytes for the same report.
    """
    from truemorph.components.evaluator import charts
    from truemorph.components.evaluator.styles import names

    return render(
        Path(__file__).with_name("report.html.j2"),
        {"bias": bias_words, "number": number},
        report=report,
        score_names=SCORES,
        with_truth=has_truth(report),
        row_names=names(report),
        charts={chart.name: charts.svg(chart, report) for chart in charts.CHARTS},
        provenance=list(flat(report["provenance"])),
    )


def table_text(report: Mapping[str, Any]) -> str:
    """The six rows as plain text of at most 100 columns: a number where it is known, else the word that says why not.

    Args:
        report: the contents of report.json.

    Returns:
        lines without a trailing newline.
    """
    truth = has_truth(report)
    head = f"{'':2}{'':29} {'CV14 bias':21} {'CV18 bias':21} {'accuracy':>8} {'f1':>8}"
    lines = [(head + (f" {'truth':>6}" if truth else "")).rstrip()]
    for row in report["rows"]:
        cells = [
            f"{row['letter']:2}{_cut(row['name'], 29):29}",
            *(f"{bias_words(row[m]):21}" for m in ("cv14", "cv18")),
        ]
        cells += [f"{_score_text(row, name):>8}" for name in ("accuracy", "f1")]
        if truth:
            cells.append(f"{number(row.get('accuracy_vs_truth')):>6}")
        lines.append(" ".join(cells).rstrip())
    theta = report["theta"]
    interval = "" if not theta["interval"] else " [{:.3g}, {:.3g}]".format(*theta["interval"])
    value = "" if theta["value"] is None else f"{theta['value']:.4g}{interval} "
    name = "law of mistakes" if report.get("classes") else "theta"
    lines.append(f"{name} {value}({theta['status']}, {theta['method']}); test split, 95 % intervals")
    return "\n".join(lines)


def bias_words(measure: Mapping[str, Any]) -> str:
    """A measure's value with its interval, or its status.

    Example:
        >>> bias_words({"status": "ok", "value": 0.4831, "interval": [0.47, 0.4962]})
        '0.483 [0.470, 0.496]'
        >>> bias_words({"status": "not_run", "value": None})
        'not_run'
    """
    if measure["status"] != "ok":
        return str(measure["status"])
    interval = measure["interval"]
    return number(measure["value"]) + ("" if interval is None else " [{:.3f}, {:.3f}]".format(*interval))


def number(value: float | None) -> str:
    """Three decimals, or a dash for what does not apply.

    Example:
        >>> number(0.92149), number(None)
        ('0.921', '–')
    """
    return "–" if value is None else f"{value:.3f}"


def has_truth(report: Mapping[str, Any]) -> bool:
    """Whether a benchmark has scored any row against truth."""
    return any(row.get("accuracy_vs_truth") is not None for row in report["rows"])


def flat(tree: Mapping[str, Any], prefix: str = "") -> Any:
    """(dotted name, text) for each leaf of nested dicts, in order.

    Example:
        >>> list(flat({"seed": 1, "data": {"hash": "ab"}}))
        [('seed', '1'), ('data.hash', 'ab')]
    """
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _score_text(row: Mapping[str, Any], name: str) -> str:
    status = row["scores"]["status"][name]
    return number(row[name]) if status in ("ok", "not_applicable") else _SHORT.get(status, status)


# The text table's score columns are narrow; the bias columns beside them spell the same status out.
_SHORT = {"insufficient_data": "too few", "not_identifiable": "no theta", "undefined": "0/0"}


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
