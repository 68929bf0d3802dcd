"""The share of each class in bins of any columns of a table: the work behind `truemorph fractions`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import logit

from truemorph.components.artifacts.bias_law import BiasLaw
from truemorph.components.classes import columns_of
from truemorph.components.errors import InputError
from truemorph.components.evaluator.complete_rows import class_name, numbers
from truemorph.components.laws import CLASS_NAMES, ConfusionLaw, FlipLaw, stored_confusion
from truemorph.components.measures.cells import bin_edges
from truemorph.components.measures.fractions import Share, Z, class_shares, label_share, network_share
from truemorph.components.methods import CV14, NETWORKS
from truemorph.components.tables.nulls import is_null, sentinels
from truemorph.components.tables.table import column_names, read_columns

# A column of more different numbers than this is cut into bins.
MOST_VALUES = 12
NETWORK_COLUMNS = (*(network.column for network in NETWORKS), CV14.column, "p_disk_posterior")
Mask = npt.NDArray[np.bool_]


def table_fractions(
    path: Path,
    by: Sequence[str],
    label: str = "label_raw",
    alpha: str = "alpha",
    law: Path | None = None,
    bins: int = 4,
) -> dict[str, Any]:
    """Shares of disks in bins of some columns, as labelled, corrected by the law, and by every network's column.

    With a law of classes of your own it is the share of each class.

    Args:
        path: the table.
        by: columns to bin by; numbers are cut into bins that hold equally many galaxies, words are bins themselves.
        label: column of labels: the classes by name or number, without a confusion smooth and disk, or 0 and 1.
        alpha: column of the resolution, which the law needs.
        law: a bias_law.json; None: the one beside the table, if any.
        bins: bins of each column of numbers, >= 1.

    Returns:
        {"table", "by", "rows", "dropped", "law", "why", "bins"}; each of "bins" holds "place" (for each column its
        value, or "low" and "high"), "n" and "shares": by name, "labels", "law" and the networks' columns, the fields of
        Share and "number", the number of disks; of classes of your own "labels_ring", "law_ring" and so on, and their
        "class" too. "why" says why nothing is corrected by a law, where nothing is.

    Raises:
        InputError: if a file, a column or an option cannot be used.
    """
    if bins < 1:
        raise InputError(f"--bins: received {bins}; give at least 1")
    found = column_names(path)
    beside = path.parent / "bias_law.json"
    known = BiasLaw.read(law or beside) if law or beside.is_file() else None
    confusion = stored_confusion(known.as_json()) if known else None
    flip = known.flip_law() if known and known.theta is not None else None
    classes = confusion.classes if confusion else CLASS_NAMES
    observed = [alpha, *flip.observables] if flip else _observed(confusion, alpha) if confusion else []
    ours = [each for column in NETWORK_COLUMNS for each in columns_of(column, classes)]
    networks = [name for column in ours for name in (column, f"{column}_lo", f"{column}_hi") if name in found]
    table = read_columns(path, list(dict.fromkeys([label, *by, *observed, *networks])))
    values = {name: numbers(path, name, table[name]) for name in (*observed, *networks)}
    values |= {name: _binnable(path, name, table[name]) for name in by}
    seen = _places(path, label, table[label], classes)
    keep, dropped = _complete(seen, {name: values[name] for name in (*by, *observed)})
    seen, values = seen[keep].astype(np.int64), {name: column[keep] for name, column in values.items()}
    if not len(seen):
        raise InputError(f"{path}: no row has a value in each of {', '.join([label, *by, *observed])}")
    flips = _flips(known, flip, alpha, values) if known and flip else []
    law_columns = np.column_stack([values[name] for name in observed]) if confusion else None
    rows = []
    for cells in product(*(_bins(name, values[name], bins) for name in by)):
        inside = np.logical_and.reduce([mask for _, mask in cells])
        if inside.any():
            place = {name: where for name, (where, _) in zip(by, cells, strict=True)}
            if known is not None and confusion is not None and law_columns is not None:
                shares = _own_shares(path, seen[inside], law_columns[inside], confusion, known.errors or ())
            else:
                shares = _shares(seen[inside], [each[inside] for each in flips])
            shares |= _network_shares({name: values[name][inside] for name in networks}, classes)
            rows.append({"place": place, "n": int(inside.sum()), "shares": shares})
    why = None if flip or confusion else f"no law: give --law bias_law.json{'' if known is None else ', with a theta'}"
    head = {"table": str(path), "by": list(by), "rows": len(table), "dropped": dropped}
    return head | {"law": known.as_json() if known and (flip or confusion) else None, "why": why, "bins": rows}


def _shares(disk: npt.NDArray[Any], flips: list[npt.NDArray[Any]]) -> dict[str, Any]:
    """Shares of disks among the galaxies of a bin, by their labels."""
    shares = {"labels": _told(label_share(disk))}
    if flips:
        first, *others = flips
        shares["law"] = _told(label_share(disk, first, others))
    return shares


def _own_shares(
    path: Path, seen: npt.NDArray[Any], columns: npt.NDArray[Any], law: ConfusionLaw, errors: Sequence[Any]
) -> dict[str, Any]:
    """The same of each class of your own, and how far the law's errors move it."""
    labels = {f"labels_{name}": _told(label_share(seen == place), name) for place, name in enumerate(law.classes)}
    others = ((law.shifted(each, 1.0).matrix(columns), law.shifted(each, -1.0).matrix(columns)) for each in errors)
    try:
        found = class_shares(seen, law.matrix(columns), others)
    except ValueError:
        raise InputError(
            f"{path}: by the law, labels say nothing about galaxies as badly resolved as some of these; leave them out"
        ) from None
    return labels | {f"law_{name}": _told(share, name) for name, share in zip(law.classes, found, strict=True)}


def _network_shares(networks: Mapping[str, npt.NDArray[Any]], classes: Sequence[str]) -> dict[str, Any]:
    """Shares by the networks' columns that are known of all galaxies of a bin."""
    names = [None] if tuple(classes) == CLASS_NAMES else classes
    shares = {}
    for column in NETWORK_COLUMNS:
        for name, ours in zip(names, columns_of(column, classes), strict=True):
            if ours in networks and np.isfinite(networks[ours]).all():
                ends = [networks[end] for end in (f"{ours}_lo", f"{ours}_hi") if end in networks]
                known = [_at_95(networks[ours], end) for end in ends if np.isfinite(end).all()]
                share = network_share(networks[ours], known)
                shares[ours] = _told(share, name)
    return shares


def _at_95(p: npt.NDArray[Any], end: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Where an error that all galaxies share moves p, at 95 %, to first order, by the end of its 68 % interval.

    Formula: p + 1.96 p (1 - p) (logit end - logit p). The 95 % end of p itself, far from p where p is next to 0 or 1,
    is what one galaxy may be, not what all may be together.
    """
    near, far = (logit(np.clip(each, 1e-12, 1.0 - 1e-12)) for each in (p, end))
    return np.asarray(p + Z * p * (1.0 - p) * (far - near))


def _told(share: Share, name: str | None = None) -> dict[str, Any]:
    """A share with its number of galaxies; name: that of the class of your own."""
    return asdict(share) | {"number": share.value * share.n} | ({"class": name} if name else {})


def _observed(law: ConfusionLaw, alpha: str) -> list[str]:
    """Columns that a confusion takes."""
    return [alpha if each.name == "alpha" else each.name for each in law.observables]


def _flips(known: BiasLaw, law: FlipLaw, alpha: str, values: Mapping[str, Any]) -> list[npt.NDArray[Any]]:
    """p_flip of each galaxy under the law, and where theta is at an end of its interval or as others assume.

    In a sample that kept shares r of the labels it is that among the disks kept: r_s f / (r_s f + r_d (1 - f)).
    """
    smooth, disk = known.rest.get("rates") or (1.0, 1.0)
    found = []
    for theta in (law.scale, *(known.interval or ()), *(row["theta"] for row in known.sensitivity or ())):
        scaled = values[alpha] * law.scale / theta
        flip = law.flip_probability(law.columns({"alpha": scaled, **{name: values[name] for name in law.observables}}))
        found.append(smooth * flip / (smooth * flip + disk * (1.0 - flip)))
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


def _places(path: Path, name: str, column: "pd.Series[Any]", classes: Sequence[str]) -> npt.NDArray[Any]:
    """The place of each label among the classes, NaN where there is none."""
    codes, found = pd.factorize(column)
    meaning: dict[Any, float] = {None: np.nan}
    for place, word in enumerate(classes):
        meaning |= {place: float(place), word: float(place)}
    table = []
    for value in np.asarray(found, dtype=object).tolist():
        word = class_name(path, name, value)
        if word not in meaning:
            allowed = f"{', '.join(classes)}, or 0 to {len(classes) - 1}"
            if tuple(classes) == CLASS_NAMES:
                allowed = "smooth and disk, or 0 and 1; for other classes give --law, made by fit-law --classes"
            raise InputError(f"{path}: column '{name}' holds {value!r}; its labels must be {allowed}")
        table.append(meaning[word])
    return np.array([*table, np.nan])[codes]


def _complete(seen: npt.NDArray[Any], columns: Mapping[str, npt.NDArray[Any]]) -> tuple[Mask, dict[str, int]]:
    """Rows that have a label and every value; the others counted by the first that they lack."""
    lacking = {"no label": np.isnan(seen)}
    for name, values in columns.items():
        words = values.dtype == object
        lacking[f"no {name}"] = values == None if words else ~np.isfinite(values)  # noqa: E711
        if not words:
            lacking[f"{name} stands for no value"] = sentinels(values)
    keep, dropped = np.ones(len(seen), dtype=bool), {}
    for reason, missing in lacking.items():
        if lost := int(np.count_nonzero(keep & missing)):
            dropped[reason] = lost
        keep &= ~missing
    return keep, dropped
