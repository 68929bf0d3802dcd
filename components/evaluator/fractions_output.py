"""Shares of classes as lines to read, as a flat table and as a figure for a paper."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.files import replacing

NAMES = {"labels": "labels", "law": "corrected by the law"}


def describe(result: Mapping[str, Any]) -> str:
    """The result of table_fractions as lines to read: a value, its combined 95 % interval, both of its parts."""
    lines = []
    for one in result["bins"]:
        where = "; ".join(f"{name} {place_words(place)}" for name, place in one["place"].items())
        lines.append(f"{where} ({one['n']:,} galaxies)")
        for name, share in one["shares"].items():
            low, high = share["combined"]
            parts = "" if share["systematic"] is None else " (systematic {:.3f} to {:.3f})".format(*share["systematic"])
            value = f"{share['value']:.3f} [{low:.3f}, {high:.3f}]{parts}"
            lines.append(f"  {method_words(name):30} {value}, {share['number']:.0f} {share.get('class', 'disks')}")
    lines += [result["why"]] if result["why"] else []
    own = any("class" in share for one in result["bins"] for share in one["shares"].values())
    unknown = own and not (result["law"] or {}).get("errors")
    known = "sampling only, the law's own error is not known" if unknown else "the law and sampling together"
    lines.append(f"95 % intervals: {known}; for networks, sampling and, where it is known, how sure they are")
    return "\n".join([*lines, *(f"dropped {count}: {reason}" for reason, count in result["dropped"].items())])


def method_words(name: str) -> str:
    """What gives a share, in words.

    Example:
        >>> method_words("law"), method_words("law_ring"), method_words("p_disk_naive")
        ('corrected by the law', 'corrected by the law: ring', 'p_disk_naive')
    """
    kind, _, own = name.partition("_")
    if kind not in NAMES:
        return name
    return f"{NAMES[kind]}: {own}" if own else NAMES[kind]


def place_words(place: Any) -> str:
    """A bin in words.

    Example:
        >>> place_words({"low": 0.01, "high": 0.08}), place_words("void")
        ('0.01 to 0.08', 'void')
    """
    return f"{place['low']:.4g} to {place['high']:.4g}" if isinstance(place, Mapping) else f"{place}"


def write_table(result: Mapping[str, Any], path: Path) -> None:
    """Write one row a bin and share, as .csv or .parquet.

    Raises:
        InputError: if the name ends otherwise.
    """
    if path.suffix not in (".csv", ".parquet"):
        raise InputError(f"--out {path}: name it .csv or .parquet")
    rows = []
    for one in result["bins"]:
        place: dict[str, Any] = {}
        for name, where in one["place"].items():
            ends = (
                {f"{name}_{end}": value for end, value in where.items()}
                if isinstance(where, Mapping)
                else {name: where}
            )
            place |= ends
        for name, share in one["shares"].items():
            own = {"class": share["class"]} if "class" in share else {}
            row = place | {"method": name, **own, "n": share["n"], "share": share["value"], "number": share["number"]}
            for kind in ("statistical", "systematic", "combined"):
                low, high = share[kind] or (None, None)
                row |= {f"{kind}_low": low, f"{kind}_high": high}
            rows.append(row)
    table = pd.DataFrame(rows)
    with replacing(path) as staged:
        table.to_csv(staged, index=False) if path.suffix == ".csv" else table.to_parquet(staged, index=False)


def write_figure(result: Mapping[str, Any], path: Path) -> None:
    """Draw the shares by bin, with combined intervals and inside them, bold, the statistical ones: .pdf, .png or .svg.

    Raises:
        InputError: if the name ends otherwise.
    """
    from matplotlib.figure import Figure

    if path.suffix not in (".pdf", ".png", ".svg"):
        raise InputError(f"--figure {path}: name it .pdf, .png or .svg")
    figure = Figure(figsize=(max(4.0, 1.1 * len(result["bins"])), 3.4), layout="constrained")
    axes = figure.add_subplot()
    methods = list(dict.fromkeys(name for one in result["bins"] for name in one["shares"]))
    for k, name in enumerate(methods):
        held = [(x, one["shares"][name]) for x, one in enumerate(result["bins"]) if name in one["shares"]]
        places = [x + 0.6 * (k - (len(methods) - 1) / 2) / len(methods) for x, _ in held]
        (line,) = axes.plot(places, [s["value"] for _, s in held], "o", markersize=4, label=method_words(name))
        for kind, width in (("combined", 1.0), ("statistical", 2.5)):
            low, high = zip(*(s[kind] for _, s in held), strict=True)
            axes.vlines(places, low, high, color=line.get_color(), linewidth=width)
    words = ["\n".join(place_words(place) for place in one["place"].values()) for one in result["bins"]]
    axes.set_xticks(range(len(words)), words, fontsize="small")
    axes.set(
        xlabel=", ".join(result["by"]),
        ylabel="share" if any("class" in s for s in result["bins"][0]["shares"].values()) else "share of disks",
        ylim=(0, 1),
    )
    axes.legend(frameon=False, fontsize="small")
    with replacing(path) as staged:
        figure.savefig(staged, format=path.suffix[1:], dpi=200)
