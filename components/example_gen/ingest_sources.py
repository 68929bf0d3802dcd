"""All upstream input of one ingest: the tables of Galaxy Zoo or one survey's own, and where the images lie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from truemorph.components.classes import CLASS_NAMES
from truemorph.components.errors import InputError
from truemorph.components.example_gen.survey import ANSWERS, open_survey
from truemorph.components.images.stores import open_store
from truemorph.components.tables.columns import resolve
from truemorph.components.tables.expressions import parse
from truemorph.components.tables.table import column_names, read_columns
from truemorph.components.tables.upstream_table import UpstreamTable


@dataclass(frozen=True)
class Sources:
    """All upstream input of one ingest.

    Args:
        tables: the tables, votes first.
        images: folder, .zip or URL of the images, see `stores`; None where only the catalogue is wanted.
        votes_column: which votes make label_raw: 'fraction', 'weighted_fraction' or 'count'.
        classes: names of the classes, in the order of their numbers.
    """

    tables: tuple[UpstreamTable, ...]
    images: str | None
    votes_column: str
    classes: tuple[str, ...] = CLASS_NAMES

    @property
    def votes(self) -> UpstreamTable:
        """The table whose rows are the galaxies."""
        return self.tables[0]

    def nothing_left(self, rows: int, reasons: Mapping[str, int]) -> InputError:
        """The line that says why not one galaxy is left of a number of rows."""
        files = ", ".join(dict.fromkeys(str(table.path) for table in self.tables))
        leading = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))[:4]
        remedy = self._remedy(leading[0][0] if leading else "")
        told = ", ".join(f"{reason} {n}" for reason, n in leading)
        return InputError(f"none of the {rows} galaxies in {files} is left: {told}; {remedy}")

    def _remedy(self, reason: str) -> str:
        """What to do about the commonest reason."""
        if reason.startswith("image_"):
            return "check that --images contains the images, and that you are allowed to read them"
        if reason in ("no_image", "unsafe_image_name"):
            return "check that --images contains them, named as in the table's column file, or else after their ids"
        name = {"bad_label": "label_raw"}.get(reason, reason.removeprefix("bad_"))
        table = next((table for table in self.tables if name in table.columns), None)
        if table is None or not reason.startswith("bad_"):
            return "check that the files describe the same galaxies, with ids of the same data release"
        column = table.columns[name]
        found = ", ".join(str(value) for value in read_columns(table.path, [column])[column].dropna().unique()[:3])
        wanted = f"{', '.join(self.classes)}, or their numbers 0 to {len(self.classes) - 1}"
        must = wanted if name == "label_raw" else "numbers above 0"
        return f"column '{column}' of {table.path} must have {must}; it has {found}"


def open_sources(
    *,
    votes: Path | None = None,
    photometry: Path | None = None,
    images: Path | None = None,
    mapping: Path | None = None,
    structure: Path | None = None,
    table: Path | None = None,
    columns: Mapping[str, str] | None = None,
    bucket: str | None = None,
    votes_column: str = "fraction",
    classes: Sequence[str] | None = None,
) -> Sources:
    """Find every column in every table, reading headers only.

    Args:
        votes, photometry, mapping, structure: the upstream tables; the first two are needed, unless there is `table`.
        images: folder or .zip.
        table: your own survey in one table, instead of all the others.
        columns: for `table`: a column or an expression by our name, see `survey`; else for arcsec_per_pixel alone, over
            the photometry.
        bucket: URL of the images, such as gs://bucket/folder, instead of `images`.
        votes_column: 'fraction', 'weighted_fraction' or 'count'.
        classes: names of classes of your own; None: smooth and disk.

    Raises:
        InputError: if a file, a folder or a needed column is missing, or the votes do not tell these classes.
    """
    location = bucket or (None if images is None else str(images))
    if location is not None:
        open_store(location)
    if table is not None:
        tables, votes_column = open_survey(table, columns or {}, votes_column)
        return _of_classes(Sources(tables, location, votes_column), classes)
    given = {"votes": votes, "photometry": photometry, "structure": structure, "mapping": mapping}
    tables = _galaxy_zoo({kind: path for kind, path in given.items() if path is not None}, votes_column)
    if scale := (columns or {}).get("arcsec_per_pixel"):
        tables = tuple(_scaled(each, scale) if each.kind == "photometry" else each for each in tables)
    return _of_classes(Sources(tables, location, votes_column), classes)


def _of_classes(sources: Sources, classes: Sequence[str] | None) -> Sources:
    """Sources with classes of your own; votes tell smooth, disk and artifact alone."""
    if classes is None:
        return sources
    given = {*sources.votes.columns, *sources.votes.computed}
    if "label_raw" not in given and not (tuple(classes) == ANSWERS and f"artifact_{sources.votes_column}" in given):
        raise InputError(
            f"sample.classes: received {list(classes)}; {sources.votes.path} has no labels, and its votes only tell "
            f"{', '.join(ANSWERS)} apart; give these, or a table with labels"
        )
    tables = tuple(replace(table, classes=tuple(classes)) for table in sources.tables)
    return replace(sources, tables=tables, classes=tuple(classes))


def _scaled(photometry: UpstreamTable, scale: str) -> UpstreamTable:
    """The photometry with the scale of the stamps that was given, whatever its own column says."""
    made = parse(scale, column_names(photometry.path), "--column arcsec_per_pixel", number=True)
    own = {name: column for name, column in photometry.columns.items() if name != "arcsec_per_pixel"}
    return replace(photometry, columns=own, computed={"arcsec_per_pixel": made})


def _galaxy_zoo(paths: Mapping[str, Path], votes_column: str) -> tuple[UpstreamTable, ...]:
    kinds = dict.fromkeys((votes_column, "count", "debiased"))
    named = {kind: [f"{answer}_{kind}" for answer in ANSWERS] for kind in kinds}
    needed = ["objid", *named.pop(votes_column)]
    others = [name for names in named.values() for name in names]
    columns: dict[str, tuple[list[str], list[str]]] = {
        "votes": (needed, [*others, "sample", "redshift"]),
        "photometry": (["objid", "petroRad_r", "psfWidth_r"], ["petroMag_r", "redshift", "arcsec_per_pixel"]),
        "structure": (["objid", "ng", "e", "Rhlr"], []),
        "mapping": (["objid", "asset_id"], ["sample"]),
    }
    return tuple(UpstreamTable(kind, path, resolve(path, kind, *columns[kind])) for kind, path in paths.items())
