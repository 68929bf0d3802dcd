"""The label bias of any table: the work behind `truemorph bias`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.errors import InputError
from truemorph.components.evaluator.table_passes import Question, Reading, count_in_passes
from truemorph.components.measures.columns import encode_labels
from truemorph.components.measures.design import REFERENCES, BiasDesign
from truemorph.components.measures.passes import Counted
from truemorph.components.measures.result import BiasResult
from truemorph.components.measures.sample import Sample, sample
from truemorph.components.tables import parquet, table
from truemorph.components.tables.kinds import reader
from truemorph.components.tables.parts import table_parts

BINS = {"cv14": 10, "cv18": 8}
DEPTH = 3
# Rows held in memory; a larger table is read several times, to the same result.
AT_ONCE = 5_000_000


def table_bias(
    path: Path,
    label: str,
    alpha: str | Sequence[str],
    intrinsic: Sequence[str] = (),
    method: str | None = None,
    bins: int | None = None,
    depth: int | None = None,
    reference: str | Sequence[str] = "last",
    sentinel: Sequence[float] | None = None,
) -> dict[str, Any]:
    """CV14 or CV18 bias of the labels in a table.

    Args:
        path: .csv, .csv.gz, .parquet, .fits or .vot, or a folder or a pattern of .parquet files.
        label: column of labels: integers, or words such as 'smooth' and 'disk'.
        alpha: column, or columns, that may bias the labels, such as the resolution.
        intrinsic: columns that the true class may depend on; CV18 needs them.
        method: 'cv14' or 'cv18'; None: cv18 where intrinsic columns are given.
        bins: bins of alpha, >= 2; None: 10 for CV14, 8 for CV18.
        depth: splits of the intrinsic columns, >= 0; None: 3.
        reference: 'last', 'first' or 'overall', one word or one for each column of alpha.
        sentinel: numbers that stand for no value in alpha and intrinsic columns; None: -9999, 99.99 and their like,
            where they lie far off all other values.

    Returns:
        What BiasResult.as_dict returns, and "table", "columns", "rows" read and "dropped" rows by reason.

    Raises:
        InputError: if the file, a column or an option cannot be used.
    """
    alphas = [alpha] if isinstance(alpha, str) else list(alpha)
    method = method or ("cv18" if intrinsic else "cv14")
    references = [reference] if isinstance(reference, str) else list(reference)
    _check(method, list(intrinsic), bins, depth, references, len(alphas))
    design = BiasDesign(
        bins or BINS[method],
        (DEPTH if depth is None else depth) if method == "cv18" else 0,
        reference=references * len(alphas) if len(references) == 1 else references,
    )
    given = None if sentinel is None else tuple(sentinel)
    question = Question(str(path), label, tuple(alphas), tuple(intrinsic) if method == "cv18" else (), design, given)
    parts = table_parts(Path(path))
    return bias_at_once(question, parts) or bias_in_passes(count_in_passes(question, parts))


def bias_at_once(question: Question, parts: Sequence[Path]) -> dict[str, Any] | None:
    """What table_bias returns, of a table that fits the memory; None where it does not."""
    if all(reader(part) is parquet for part in parts) and sum(map(table.count_any, parts)) > AT_ONCE:
        return None
    kept = question.rows(Path(question.table))
    for part in parts:
        kept.path = part
        for batch in table.batches(part, question.read):
            kept.add(batch)
            if kept.rows > AT_ONCE:
                return None
    kept.path = Path(question.table)
    codes, values = kept.arrays()
    names = kept.classes
    order = sorted(np.unique(codes).tolist(), key=lambda k: (str(type(names[k])), names[k]))
    ranked, _ = encode_labels(codes, order)
    intrinsic = _matrix([values[name] for name in question.intrinsic]) if question.intrinsic else None
    alpha = _matrix([values[name] for name in question.alpha])
    objects, _ = sample(question.design, np.ones(len(codes), dtype=bool), alpha, intrinsic, 0)
    result = objects.result(tuple(names[k] for k in order), objects.cells(ranked, len(order)))
    return _told(question, result, kept.rows, kept.dropped)


def bias_in_passes(reading: Reading) -> dict[str, Any]:
    """What table_bias returns, of a table that was counted in passes."""
    question, counted, read = reading.question, reading.step, reading.read
    if not isinstance(counted, Counted) or read is None:
        raise ValueError(f"the counts are not complete. Received: {counted!r}")
    classes = tuple(reading.classes[k] for k in np.flatnonzero(read.labels))
    spans = counted.spans or [np.empty(0)] * len(question.alpha)
    columns: list[Any] | None = [np.empty(0)] * len(question.intrinsic) or None
    result = Sample(question.design, list(spans), columns, counted.n).result(classes, counted.cells)
    return _told(question, result, read.rows, {reason: read.dropped[reason] for reason in sorted(read.dropped)})


def _told(question: Question, result: BiasResult, rows: int, dropped: Mapping[str, int]) -> dict[str, Any]:
    columns = {"label": question.label, "alpha": list(question.alpha), "intrinsic": list(question.intrinsic)}
    return result.as_dict() | {"table": question.table, "columns": columns, "rows": rows, "dropped": dict(dropped)}


def describe(result: Mapping[str, Any]) -> str:
    """The result of table_bias as lines to read.

    Example:
        >>> unknown = {"measure": "CV14", "value": None, "status": "insufficient_data", "why": "8 objects for 10 cells"}
        >>> unknown |= {"n": 8, "rows": 8, "dropped": {}, "bins": 10, "reference": "last", "classes": [0, 1]}
        >>> print(describe(unknown))
        CV14 bias: not known (insufficient_data: 8 objects for 10 cells)
        8 of 8 rows, classes 0, 1; 10 bins, reference last
    """
    lines = [f"{result['measure']} bias: not known ({result['status']}: {result['why']})"]
    if result["value"] is not None:
        lines = [f"{result['measure']} bias {result['value']:.4f}{_range(result['interval'])}"]
        lines.append(
            f"noise floor {result['noise_floor']:.4f}{_range(result['noise_band'])}: what unbiased labels would show"
        )
        if result["corrected"] is not None:
            lines.append(f"without noise {result['corrected']:.4f}{_range(result['corrected_interval'])}")
        lines += [f"note: {result['why']}"] if result["why"] else []
    leaves = f" in {result['populated']} leaves of depth {result['depth']}" if result["measure"] == "CV18" else ""
    classes = ", ".join(map(str, result["classes"]))
    reference = result["reference"] if isinstance(result["reference"], str) else ", ".join(result["reference"])
    cells = f"{result['bins']} bins{leaves}, reference {reference}"
    lines.append(f"{result['n']} of {result['rows']} rows, classes {classes}; {cells}")
    return "\n".join([*lines, *(f"dropped {count}: {reason}" for reason, count in result["dropped"].items())])


def _range(ends: Sequence[float] | None) -> str:
    return "" if ends is None else f" (95 %: {ends[0]:.4f} to {ends[1]:.4f})"


def _check(
    method: str, intrinsic: list[str], bins: int | None, depth: int | None, references: list[str], n_alpha: int
) -> None:
    if method not in BINS:
        raise InputError(f"--method: received {method!r}; choose cv14 or cv18")
    if method == "cv18" and not intrinsic:
        raise InputError("--intrinsic: CV18 needs at least one column, such as --intrinsic redshift; or --method cv14")
    if method == "cv14" and depth:
        raise InputError(f"--depth: received {depth}; CV14 has no leaves: leave it out, or choose --method cv18")
    if bins is not None and bins < 2:
        raise InputError(f"--bins: received {bins}; give at least 2")
    if depth is not None and not 0 <= depth <= 30:
        raise InputError(f"--depth: received {depth}; give a number from 0 to 30")
    for reference in references:
        if reference not in REFERENCES:
            raise InputError(f"--reference: received {reference!r}; choose last, first or overall")
    if len(references) not in (1, n_alpha):
        raise InputError(
            f"--reference: received {len(references)} for {n_alpha} columns of alpha; give one, or one for each"
        )


def _matrix(columns: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """(N,) of one column, else (N, D) whose columns stay contiguous."""
    return columns[0] if len(columns) == 1 else np.stack(columns).T
