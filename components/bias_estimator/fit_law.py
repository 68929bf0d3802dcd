"""The work behind `truemorph fit-law`: a table of galaxies whose truth is known becomes a law."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truemorph.components.bias_estimator.flips import flips_by
from truemorph.components.bias_estimator.known import (
    Candidate,
    bootstrap,
    candidates,
    fit_known,
    held_out_loss,
    log_loss,
)
from truemorph.components.errors import InputError
from truemorph.components.laws import CLASS_NAMES, FLIP_LAWS, GalaxyLaw
from truemorph.components.tables.expressions import parse
from truemorph.components.tables.nulls import sentinels
from truemorph.components.tables.table import column_names, read_columns

LEAST = 20
"""Disks of either label that a fit needs."""


def fit_law(
    path: Path,
    label: str,
    truth: str,
    alpha: str,
    observables: Sequence[str] = (),
    group: str | None = None,
    kind: str = "all",
) -> tuple[dict[str, Any], pd.DataFrame]:
    """The law that explains best how disks of known truth were labelled.

    Args:
        path: .csv, .csv.gz, .parquet, .fits or .vot.
        label: column, or arithmetic over columns, of the label seen: 1 or 'disk', 0 or 'smooth'.
        truth: the same of the true class.
        alpha: the same of the resolution.
        observables: the same of what else may matter.
        group: column that is equal for pictures of one galaxy; None: every row is another galaxy.
        kind: a kind of law, or 'all'.

    Returns:
        The content of law.json, and the disks that it was fitted to: columns alpha, the observables, seen_disk.

    Raises:
        InputError: if a column or a kind is not known, or there are too few disks of either label.
    """
    if kind != "all" and kind not in FLIP_LAWS:
        raise InputError(f"--kind: received {kind!r}; choose all, {', '.join(FLIP_LAWS)}")
    disks, counts = _disks(path, label, truth, alpha, list(dict.fromkeys(observables)), group)
    names = [str(name) for name in disks if name not in ("alpha", "seen_disk", "group")]
    seen, groups = disks["seen_disk"].to_numpy(bool), pd.factorize(disks["group"])[0].astype(np.int64)
    if min(seen.sum(), (~seen).sum()) < LEAST:
        raise InputError(
            f"{path}: {len(disks)} disks, {int(seen.sum())} of them labelled disk; a law needs {LEAST} of each label"
        )
    values = disks[["alpha", *names]].to_numpy(np.float64)
    tried = candidates(list(FLIP_LAWS) if kind == "all" else [kind], bool(names))
    if kind != "all":  # what was asked for, and nothing else
        tried = [each for each in tried if each.observables == bool(names) and (names or not each.spread)]
    compared = [_judged(each, values, seen, names, groups) for each in tried]
    best = min(compared, key=lambda row: row["held_out_log_loss"])
    chosen = tried[compared.index(best)]
    likelihood, at = fit_known(chosen, values, seen, names)
    law, (interval, errors) = likelihood.law_at(at), bootstrap(likelihood, at, groups)
    config = law.get_config()
    form = law.form if isinstance(law, GalaxyLaw) else law
    spread = {}
    for name, value in form.parameters.items():
        place = likelihood.index(name)
        spread[name] = errors[place.start - likelihood.d : place.stop - likelihood.d].reshape(value.shape).tolist()
    found = {
        "law": config.pop("law"),
        "law_parameters": config,
        "theta": law.scale,
        "interval": list(interval),
        "spread": spread,
        "observables": list(law.observables),
        "status": "ok",
        "method": "known truth",
        "source": f"maximum likelihood on the disks of {path.name}, chosen by the log-loss on galaxies held out",
        "why": None,
        "n": len(disks),
        "groups": int(groups.max() + 1),
        "flips": int((~seen).sum()),
        "counts": counts,
        "flips_by": {
            name: flips_by(disks[name].to_numpy(np.float64), ~seen, law.flip_probability(law.columns(disks)))
            for name in ("alpha", *names)
        },
        "compared": compared,
        "cv14": None,
    }
    return found, disks


def _judged(
    candidate: Candidate, values: npt.NDArray[np.float64], seen: Any, names: list[str], groups: Any
) -> dict[str, Any]:
    """One row of the comparison."""
    likelihood, at = fit_known(candidate, values, seen, names)
    law = likelihood.law_at(at)
    return {
        "law": candidate.name,
        "theta": law.scale,
        "parameters": {name: value.tolist() for name, value in law.parameters.items()},
        "log_loss": float(log_loss(law, values, seen).mean()),
        "held_out_log_loss": float(held_out_loss(candidate, values, seen, names, groups).mean()),
    }


def _disks(
    path: Path, label: str, truth: str, alpha: str, observables: list[str], group: str | None
) -> tuple[pd.DataFrame, dict[str, int]]:
    """The disks of a table, and how many rows were left out for which reason."""
    wanted = {"--label": label, "--truth": truth, "--alpha": alpha} | {f"--observable {o}": o for o in observables}
    columns, table = read_options(path, wanted, group)
    seen, true = (classes_of(path, option, columns[option]) for option in ("--label", "--truth"))
    numbers = {option: numbers_of(path, option, columns[option]) for option in list(wanted)[2:]}
    with np.errstate(invalid="ignore"):
        reasons = {
            "truth_unknown": np.isnan(true),
            "not_a_disk": true == 0,
            "label_unknown": np.isnan(seen),
            "alpha_unknown": ~(np.isfinite(numbers["--alpha"]) & (numbers["--alpha"] > 0)),
            **{f"{o}_unknown": ~np.isfinite(numbers[f"--observable {o}"]) for o in observables},
        }
    kept, counts = left_out(reasons)
    counts["smooth_seen_as_disk"] = int(((true == 0) & (seen == 1)).sum())
    disks = pd.DataFrame({"alpha": numbers["--alpha"]} | {o: numbers[f"--observable {o}"] for o in observables})
    disks["seen_disk"] = seen == 1
    disks["group"] = table[group].to_numpy() if group else np.arange(len(disks))
    return disks[kept].reset_index(drop=True), counts


def left_out(reasons: Mapping[str, npt.NDArray[np.bool_]]) -> tuple[npt.NDArray[np.bool_], dict[str, int]]:
    """The rows that no reason leaves out, and how many there are and how many each leaves out of those still there.

    Example:
        >>> kept, counts = left_out({"a": np.array([True, False, False]), "b": np.array([True, True, False])})
        >>> kept.tolist(), counts
        ([False, False, True], {'rows': 3, 'a': 1, 'b': 1})
    """
    rows = len(next(iter(reasons.values())))
    kept, counts = np.ones(rows, dtype=bool), {"rows": rows}
    for reason, bad in reasons.items():
        counts[reason] = int((kept & bad).sum())
        kept &= ~bad
    return kept, counts


def read_options(path: Path, wanted: Mapping[str, str], group: str | None) -> tuple[dict[str, Any], pd.DataFrame]:
    """Each option's values: those of a column, or of arithmetic over columns; and the table."""
    found = column_names(path)
    parsed = {option: parse(text, found, option) for option, text in wanted.items()}
    if group is not None:
        parse(group, found, "--group")
    ids = [group] if group else []
    columns = [name for each in parsed.values() for name in each.columns] + ids
    table = read_columns(path, list(dict.fromkeys(columns)), ids=ids)
    values: dict[str, Any] = {}
    for option, each in parsed.items():
        if each.is_column:
            values[option] = table[each.text]
        else:
            needed = {name: numbers_of(path, option, table[name]) for name in each.columns}
            values[option] = each.evaluate(needed)
    return values, table


def numbers_of(path: Path, option: str, values: Any) -> npt.NDArray[np.float64]:
    series = pd.Series(values)
    if series.dtype == object or pd.api.types.is_string_dtype(series):
        raise InputError(f"{path}: {option} holds words, such as {series.dropna().iloc[0]!r}; give numbers")
    values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(sentinels(values), np.nan, values)


def classes_of(path: Path, option: str, values: Any, names: Sequence[str] = CLASS_NAMES) -> npt.NDArray[np.float64]:
    """The number of each class, NaN for any other word or where nothing is known."""
    series = pd.Series(values)
    if series.dtype == object or pd.api.types.is_string_dtype(series):
        places = {name.lower(): float(place) for place, name in enumerate(names)}
        known = series.astype("string").str.strip().str.lower().map(places)
        words = np.asarray(known.to_numpy(dtype=np.float64, na_value=np.nan), np.float64)
        if not np.isfinite(words).any():
            raise InputError(
                f"{path}: {option} has no {' or '.join(names)}, but {series.dropna().unique()[:3].tolist()}"
            )
        return words
    numbers: npt.NDArray[np.float64] = series.to_numpy(dtype=np.float64, na_value=np.nan)
    odd = numbers[np.isfinite(numbers) & ~np.isin(numbers, range(len(names)))]
    if odd.size:
        told = ", ".join(f"{place} ({name})" for place, name in enumerate(names))
        raise InputError(
            f"{path}: {option} must be {told} or a word; received {odd[0]:g}. Turn a share of votes into a "
            f"class, such as {option} 'share > 0.5'"
        )
    return numbers
