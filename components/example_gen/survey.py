"""One's own survey: a single table with ids, image files, labels or votes, and how well each galaxy is resolved."""

from collections.abc import Mapping
from pathlib import Path

from truemorph.components.errors import InputError
from truemorph.components.tables.columns import find
from truemorph.components.tables.expressions import Expression, parse
from truemorph.components.tables.table import column_names, listing
from truemorph.components.tables.upstream_table import IDS, UpstreamTable

VOTES_COLUMNS = ("fraction", "weighted_fraction", "count")
ANSWERS = ("smooth", "disk", "artifact")
_VOTES = [f"{answer}_{kind}" for kind in (*VOTES_COLUMNS, "debiased") for answer in ANSWERS]
# What each of our names belongs to; the id goes with all of them.
_KINDS = {
    "votes": ("label_raw", *_VOTES),
    "photometry": ("alpha", "petroRad_r", "psfWidth_r", "petroMag_r", "redshift", "arcsec_per_pixel"),
    "structure": ("ng", "e", "Rhlr"),
    "mapping": ("file",),
}
NAMES = ("objid", *(name for names in _KINDS.values() for name in names))


def open_survey(
    path: Path, columns: Mapping[str, str], votes_column: str = "fraction"
) -> tuple[tuple[UpstreamTable, ...], str]:
    """The tables that an ingest joins, all out of one.

    Args:
        path: the table.
        columns: a column, or an expression over columns, by our name, one of NAMES; a name that is not there is looked
            for under its known spellings. Needed are an id (such as Zoobot's id_str); label_raw (0, 1, smooth or disk)
            or votes for smooth and disk; alpha, or petroRad_r and psfWidth_r. Without a `file` (such as Zoobot's
            file_loc) the image of a galaxy is <id>.jpg. arcsec_per_pixel may be a number.
        votes_column: which votes are meant where there are several kinds.

    Returns:
        the tables, votes first, and which votes make label_raw.

    Raises:
        InputError: if something needed is missing, or a name or an expression is no good.
    """
    found = column_names(path)
    known = find(path, "survey", [name for name in NAMES if name not in columns], found)
    chosen = {name: Expression(column, (column,)) for name, column in known.items()}
    for name, text in columns.items():
        if name not in NAMES:
            raise InputError(f"--column {name}={text}: no such name; give one of {', '.join(NAMES)}")
        chosen[name] = parse(text, found, f"--column {name}", number=name == "arcsec_per_pixel")
        if name in IDS and not chosen[name].is_column:
            raise InputError(
                f"--column {name}={text}: must be a column, not an expression; the table has {listing(found)}"
            )
    if "label_raw" in columns:
        chosen = {name: made for name, made in chosen.items() if name not in _VOTES or name in columns}
    kind = _votes_kind(path, chosen, found, votes_column)
    _need(path, chosen, found, [["objid"], ["alpha", "petroRad_r"], ["alpha", "psfWidth_r"]])
    tables = [_part(path, table, names, chosen) for table, names in _KINDS.items()]
    return tuple(table for table in tables if table is not None), kind


def _votes_kind(path: Path, chosen: Mapping[str, Expression], found: list[str], wanted: str) -> str:
    """Which votes make the label; a given label needs none."""
    kinds = [kind for kind in VOTES_COLUMNS if f"smooth_{kind}" in chosen and f"disk_{kind}" in chosen]
    if "label_raw" in chosen or not kinds:
        _need(path, chosen, found, [["label_raw", "smooth_fraction and disk_fraction", "smooth_count and disk_count"]])
        return wanted
    return wanted if wanted in kinds else kinds[0]


def _need(path: Path, chosen: Mapping[str, Expression], found: list[str], groups: list[list[str]]) -> None:
    for group in groups:
        if not any(name in chosen for name in group):
            raise InputError(
                f"{path}: no column for {' or '.join(group)}; say which with --column {group[0].split()[0]}=COLUMN; "
                f"the table has {listing(found)}"
            )


def _part(path: Path, kind: str, names: tuple[str, ...], chosen: Mapping[str, Expression]) -> UpstreamTable | None:
    mine = {name: chosen[name] for name in ("objid", *names) if name in chosen}
    if len(mine) == 1 and kind not in ("votes", "photometry"):
        return None
    plain = {name: made.text for name, made in mine.items() if made.is_column}
    return UpstreamTable(kind, path, plain, {name: made for name, made in mine.items() if not made.is_column})
