"""The files of a table in parts: a folder, or a pattern, of Parquet files."""

from pathlib import Path

from truemorph.components.errors import InputError
from truemorph.components.tables import parquet
from truemorph.components.tables.kinds import reader
from truemorph.components.tables.table import column_names, count_any


def table_parts(path: Path) -> list[Path]:
    """The files of a table, in the order of their names; of a table in one file, that file.

    Args:
        path: a file; a folder, whose .parquet files at any depth are the parts; or a pattern such as 'sky/*.parquet'.
            Files and folders that begin with '.' or '_' are what an engine left behind, and parts without a row are
            left out.

    Raises:
        InputError: if there is no part, no row, or a part has other columns than the first one.
    """
    if path.is_dir():
        found = [p for ending in ("parquet", "pq") for p in path.rglob(f"*.{ending}") if not _left_behind(p, path)]
        found = sorted(p for p in found if p.is_file())
        missing = "give a folder that holds .parquet files, or one file"
    elif path.exists() or not set("*?[") & set(str(path)):
        return [path]
    else:
        pattern = path.absolute()
        found = sorted(Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor))))
        missing = "give a table, a folder of .parquet files or a pattern of them"
    if not found:
        raise InputError(f"{path}: no part of a table was found; {missing}")
    first = set(column_names(found[0]))
    for part in found[1:]:
        if other := first ^ set(column_names(part)):
            raise InputError(f"{part}: column '{min(other)}' is not in all parts; give parts of one table")
    return [part for part in found if reader(part) is not parquet or count_any(part)] or found[:1]


def _left_behind(part: Path, folder: Path) -> bool:
    return any(name.startswith((".", "_")) for name in part.relative_to(folder).parts)
