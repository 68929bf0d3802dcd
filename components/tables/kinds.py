"""Which reader a table's name asks for."""

from pathlib import Path
from types import ModuleType

from truemorph.components.errors import InputError
from truemorph.components.tables import cds, delimited, fits, ipac, parquet, votable
from truemorph.components.tables.opened import open_table
from truemorph.components.tables.other_kinds import other_kind

# Each reader has names(path), count(path) and read(path, places, rows).
_READERS: dict[str, ModuleType] = {
    **dict.fromkeys((".csv", ".tsv", ".ecsv", ".tab", ".txt"), delimited),
    ".tbl": ipac,
    **dict.fromkeys((".parquet", ".pq"), parquet),
    **dict.fromkeys((".fits", ".fit", ".fts"), fits),
    **dict.fromkeys((".vot", ".votable", ".xml"), votable),
    ".dat": cds,
}
_PACKED = (".gz", ".bz2", ".xz")


def reader(path: Path) -> ModuleType:
    """The reader of a table.

    Args:
        path: in capitals or small letters .csv, .tsv, .ecsv, .tbl, .parquet, .fits, .vot, .dat or a longer or shorter
            form of these; all but .parquet also packed as .gz, .bz2 or .xz.

    Raises:
        InputError: if the file is missing, empty, or of another kind.
    """
    if not path.is_file():
        raise InputError(f"{path}: {'is not a file' if path.exists() else 'no such file'}; give a table")
    name = path.name.lower()
    packed = name.endswith(_PACKED)
    ending = Path(Path(name).stem if packed else name).suffix
    known = _READERS.get(ending)
    if known is cds and not cds.readme_of(path).is_file():
        # The archives' have no names in their first line: they describe them in a ReadMe.
        known = cds if any(name[:1].isdigit() for name in delimited.names(path)) else delimited
    if known is None and (kind := other_kind(_head(path))):
        raise InputError(f"{path}: is {kind}")
    if known is None or (packed and known is parquet):
        raise InputError(
            f"{path}: cannot tell what kind of table this is; give it the ending {', '.join(_READERS)}, "
            f"followed by {', '.join(_PACKED)} if it is packed (a .parquet file never is)"
        )
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty; give a table with a header and at least one row")
    return known


def _head(path: Path) -> bytes:
    with open_table(path) as file:
        return file.read(1000)
