"""Which of a table's columns is which: the known spellings, in schemas/columns.toml."""

import tomllib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path

from truemorph.components.errors import InputError
from truemorph.components.tables.table import column_names, listing

# Beside u, g, r and i the column z is a magnitude, and beside delta alpha is the right ascension.
_OTHERWISE = {"z": {"u", "g", "r", "i"}, "alpha": {"delta"}}


@cache
def spellings(table: str) -> Mapping[str, Sequence[str]]:
    """The spellings of each of our columns in one kind of table.

    Args:
        table: 'votes', 'photometry', 'structure', 'mapping', or 'survey': one table with all of them.
    """
    known = tomllib.loads((files("truemorph.schemas") / "columns.toml").read_text("utf-8"))
    if table == "survey":
        return {name: spelt for section in known.values() for name, spelt in section.items()}
    return {**known["id"], **known[table]}


def resolve(path: Path, table: str, needed: Sequence[str], optional: Sequence[str] = ()) -> dict[str, str]:
    """Find our columns in a table of the user's.

    Args:
        path: the table.
        table: its kind, 'votes', 'photometry', 'structure' or 'mapping'.
        needed: our names of the columns that must be there.
        optional: our names of those that may be.

    Returns:
        the table's name of each column found, by our name.

    Raises:
        InputError: if a needed column is not there under any known spelling, or two columns fit equally.
    """
    found = column_names(path)
    columns = find(path, table, [*needed, *optional], found)
    for name in needed:
        if name not in columns:
            raise InputError(
                f"{path}: no column for {name} in this {table} table; "
                f"name it {' or '.join(spellings(table)[name])}; the table has {listing(found)}"
            )
    return columns


def find(path: Path, table: str, names: Sequence[str], found: Sequence[str]) -> dict[str, str]:
    """Those of our columns that a table has, by our name; arguments and errors are those of `resolve`."""
    matched = {name: _match(path, name, spellings(table)[name], found) for name in names}
    return {name: column for name, column in matched.items() if column is not None}


def _match(path: Path, name: str, known: Sequence[str], found: Sequence[str]) -> str | None:
    spelled = [_letters(column) for column in found]
    for spelling in known:
        if (beside := _OTHERWISE.get(spelling)) and beside <= set(spelled):
            continue
        pattern = _letters(spelling)
        near = [column for column, letters in zip(found, spelled, strict=True) if fnmatchcase(letters, pattern)]
        if len(near) > 1 and spelling not in near:
            plain = name if "*" in spelling else spelling
            raise InputError(f"{path}: columns {' and '.join(near)} both fit {name}; keep one or name it {plain}")
        if near:
            return spelling if spelling in near else near[0]
    return None


def _letters(name: str) -> str:
    return name.lower().replace("-", "_")
