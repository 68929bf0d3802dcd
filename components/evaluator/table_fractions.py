"""The share of disks in bins of any columns of a table: the work behind `truemorph fractions`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.artifacts.bias_law import BiasLaw
from truemorph.components.errors import InputError
from truemorph.components.evaluator.complete_rows import class_name, numbers
from truemorph.components.laws import CLASS_NAMES, FlipLaw
from truemorph.components.measures.cells import bin_edges
from truemorph.components.measures.fractions import Share, label_share, network_share
from truemorph.components.methods import CV14, NETWORKS
from truemorph.components.tables.nulls import is_null, sentinels

# A column of more different numbers than this is cut into bins.
MOST_VALUES = 12
NETWORK_COLUMNS = (*(network.column for network in NETWORKS), CV14.column, "p_disk_posterior")
Mask = npt.NDArray[np.bool_]
Place = Mapping[str, Any]


def table_fractions(
    path: Path,
    by: Sequence[str],
    label: str = "label_raw",
    alpha: str = "alpha",
    law: Path | None = None,
    bins: int = 4,
) -> dict[str, Any]:
    """Shares of disks in bins of some columns, as labelled, corrected by the law, and by every network's column.

    Args:
        path: the table.
        by: columns to bin by; numbers are cut into bins that hold equally many galaxies, words are bins themselves.
        label: column of labels: smooth and disk, or 0 and 1.
        alpha: column of the resolution, which the law needs.
        law: a bias_law.json; None: the one beside the table, if any.
        bins: bins of each column of numbers, >= 1.

    Returns:
        {"table", "by", "rows", "dropped", "law", "why", "bins"}; each of "bins" holds "place" (for each column its
        value, or "low" and "high"), "n" and "shares": by name, "labels", "law" and the networks' columns, the fields of
        Share and "number", the number of disks. "why" says why nothing is corrected by a law, where nothing is.

    Raises:
        InputError: if a file, a column or an option cannot be used.
    """
    from truemorph.components.tables.table import column_names, read_columns

    if bins < 1:
        raise InputError(f"--bins: received {bins}; give at least 1")
    found = column_names(path)
    beside = path.parent / "bias_law.json"
    known = BiasLaw.read(law or beside) if law or beside.is_file() else None
    flip = known.flip_law() if known and known.theta is not None else None
    observed = [alpha, *flip.observables] if flip else []
    networks = [
        name for column in NETWORK_COLUMNS for name in (column, f"{column}_lo", f"{column}_hi") if name in found
    ]
    table = read_columns(path, list(dict.fromkeys([label, *by, *observed, *networks])))
    values = {name: numbers(path, name, table[name]) for name in (*observed, *networks)}
    values |= {name: _binnable(path, name, table[name]) for name in by}
    keep, dropped = _complete(_disk(path, label, table[label]), {name: values[name] for name in (*by, *observed)})
    disk = _disk(path, label, table[label])[keep]
    values = {name: column[keep] for name, column in values.items()}
    if not len(disk):
        raise InputError(f"{path}: no row has a value in each of {', '.join([label, *by, *observed])}")
    flips = _flips(known, flip, alpha, values) if known and flip else []
    rows = []
    for cells in product(*(_bins(name, values[name], bins) for name in by)):
        inside = np.logical_and.reduce([mask for _, mask in cells])
        if inside.any():
            place = {name: where for name, (where, _) in zip(by, cells, strict=True)}
            shares = _shares(disk, flips, {name: values[name] for name in networks}, inside)
            rows.append({"place": place, "n": int(inside.sum()), "shares": shares})
    why = None if flip else f"no law: give --law bias_law.json{'' if known is None else ', with a theta'}"
    head = {"table": str(path), "by": list(by), "rows": len(table), "dropped": dropped}
    return head | {"law": known.as_json() if flip and known else None, "why": why, "bins": rows}


def _shares(
    disk: npt.NDArray[Any], flips: list[npt.NDArray[Any]], networks: Mapping[str, npt.NDArray[Any]], inside: Mask
) -> dict[str, Any]:
    """Every share of the galaxies of a bin."""
    shares: dict[str, Share] = {"labels": label_share(disk[inside])}
    if flips:
        first, *others = (flip[inside] for flip in flips)
        shares["law"] = label_share(disk[inside], first, others)
    for name in NETWORK_COLUMNS:
        predicted = name in networks and networks[name][inside]
        if predicted is not False and np.isfinite(predicted).all():
            ends = [networks[end][inside] for end in (f"{name}_lo", f"{name}_hi") if end in networks]
            shares[name] = network_share(predicted, [end for end in ends if np.isfinite(end).all()])
    return {name: asdict(share) | {"number": share.value * share.n} for name, share in shares.items()}


def _flips(known: BiasLaw, law: FlipLaw, alpha: str, values: Mapping[str, Any]) -> list[npt.NDArray[Any]]:
    """p_flip of each galaxy under the law, and under those whose scale is at the ends of theta's interval."""
    observed = law.columns({"alpha": values[alpha], **{name: values[name] for name in law.observables}})
    found = [law.flip_probability(observed)]
    for end in known.interval or []:
        scaled = values[alpha] * (known.theta or end) / end
        other = law.columns({"alpha": scaled, **{name: values[name] for name in law.observables}})
        found.append(law.flip_probability(other))
    return found


def _bins(name: str, values: npt.NDArray[Any], bins: int) -> list[tuple[Any, Mask]]:
    """Bins of a column: what each holds, and which galaxies."""
    distinct = np.unique(values)
    if values.dtype == object or distinct.size <= MOST_VALUES:
        return [(value, values == value) for value in distinct.tolist()]
    edges = np.unique(np.sort(values)[bin_edges(len(values), bins)[:-1]])
    cell = np.searchsorted(edges, values, "right") - 1
    inside = [cell == k for k in range(len(edges))]
    return [({"low": float(values[mask].min()), "high": float(values[mask].max())}, mask) for mask in inside]


def _binnable(path: Path, name: str, column: "pd.Series[Any]") -> npt.NDArray[Any]:
    """A column as numbers, or as words where it does not hold numbers; None or NaN where there is no value."""
    try:
        return numbers(path, name, column)
    except InputError:
        held = column.astype(object).to_numpy()
        words = np.array([str(value).strip() for value in held], dtype=object)
        words[is_null(held)] = None
        if len(set(words)) > 100:
            raise InputError(
                f"{path}: column '{name}' holds more than 100 different words; give numbers or classes"
            ) from None
        return words


def _disk(path: Path, name: str, column: "pd.Series[Any]") -> npt.NDArray[Any]:
    """1.0 for a disk, 0.0 for smooth, NaN where there is no label."""
    codes, found = pd.factorize(column)
    meaning: dict[Any, float] = {None: np.nan, 0: 0.0, 1: 1.0, **{word: float(k) for k, word in enumerate(CLASS_NAMES)}}
    table = []
    for value in np.asarray(found, dtype=object).tolist():
        word = class_name(path, name, value)
        if word not in meaning:
            raise InputError(f"{path}: column '{name}' holds {value!r}; its labels must be smooth and disk, or 0 and 1")
        table.append(meaning[word])
    return np.array([*table, np.nan])[codes]


def _complete(disk: npt.NDArray[Any], columns: Mapping[str, npt.NDArray[Any]]) -> tuple[Mask, dict[str, int]]:
    """Rows that have a label and every value; the others counted by the first that they lack."""
    lacking = {"no label": np.isnan(disk)}
    for name, values in columns.items():
        words = values.dtype == object
        lacking[f"no {name}"] = values == None if words else ~np.isfinite(values)  # noqa: E711
        if not words:
            lacking[f"{name} stands for no value"] = sentinels(values)
    keep, dropped = np.ones(len(disk), dtype=bool), {}
    for reason, missing in lacking.items():
        if lost := int(np.count_nonzero(keep & missing)):
            dropped[reason] = lost
        keep &= ~missing
    return keep, dropped
