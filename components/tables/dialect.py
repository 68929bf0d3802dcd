"""How the text of a table is laid out, and what its columns are called; found in its first lines."""

import csv
import re
from dataclasses import dataclass

_DELIMITERS = "\t;|,"
_ECSV = "# %ECSV"
_QUOTED = re.compile(r'"[^"]*"')
_NUMBER = re.compile(r"[+-]?\.?\d")
_STATED = re.compile(r"sep=(.)$")
# A name in quotes that continues in the next line, which does not look like a row.
_OPEN, _CLOSED = re.compile(r'(^|[\t;|, ])"[^"]*$'), re.compile(r'[^"\d\s][^"]*"\s*($|[\t;|,])')
_A_NUMBER = re.compile(r"(^|[\t;|,])\W*\d")


@dataclass(frozen=True)
class Dialect:
    """The layout of delimited text.

    Args:
        delimiter: one of tab, ';', '|' and ',', or the blank of ECSV.
        blanks: whether each run of blanks and tabs stands for one tab, as where people align columns.
        names: of the columns.
        lines: before the first row: comments, the names, VizieR's units and rule.
    """

    delimiter: str
    names: tuple[str, ...]
    lines: int
    blanks: bool = False


def dialect(head: str) -> Dialect:
    """The dialect of a text, from its beginning.

    Example:
        >>> dialect("#Table1\\nobjid, flux (Jy)\\n1,2\\n")
        Dialect(delimiter=',', names=('objid', 'flux (Jy)'), lines=2, blanks=False)
    """
    lines = [line.rstrip("\r") for line in head.split("\n")]
    ecsv, stated = lines[0].startswith(_ECSV), _STATED.match(lines[0])
    before = 1 if stated else 0
    while before < len(lines) - 1 and _is_comment(lines[before], lines[before + 1], ecsv):
        before += 1
    names = lines[before]
    while _OPEN.search(names) and before < len(lines) - 1 and _CLOSED.match(lines[before + 1]):
        before += 1
        names += " " + lines[before]
    rows = lines[before + 1 :]
    after = 2 if len(rows) > 1 and rows[1].startswith("-") and set(rows[1]) <= {"-", *_DELIMITERS, " "} else 0
    first = next((row for row in rows[after:] if row), "")
    delimiter = _ecsv_delimiter(lines[:before]) if ecsv else stated[1] if stated else _delimiter(names, first)
    if not ecsv and _parted_by_blanks(names, first):
        return Dialect(
            "\t", tuple(name.strip('"') for name in names.lstrip("# ").split()), before + 1 + after, blanks=True
        )
    fields = next(csv.reader([names.lstrip("# ")], delimiter=delimiter, skipinitialspace=True), [])
    if first.endswith(delimiter) and len(next(csv.reader([first], delimiter=delimiter))) == len(fields) + 1:
        # Each row ends in a delimiter, the names do not.
        fields.append("")
    return Dialect(delimiter, tuple(field.strip().strip("'") for field in fields), before + 1 + after)


def _delimiter(names: str, row: str) -> str:
    """What parts the names: it stands as often in the first row, so a comma within a name does not count."""
    names, row = _QUOTED.sub("", names), _QUOTED.sub("", row)
    found = [sign for sign in _DELIMITERS if sign in names]
    alike = [sign for sign in found if row.count(sign) == names.count(sign)]
    return max(alike or found or [","], key=names.count)


def _ecsv_delimiter(comments: list[str]) -> str:
    stated = (re.match(r"# delimiter: *['\"]?(.)", line) for line in comments)
    return next((match.group(1) for match in stated if match), " ")


def _is_comment(line: str, following: str, ecsv: bool) -> bool:
    """A blank line, or one that begins with # and does not name the columns of the line that follows, a first row."""
    if not line.strip() or ecsv:
        return not line.strip() or line.startswith("#")
    alike = any(line.count(sign) == following.count(sign) > 0 for sign in _DELIMITERS)
    named = (alike and _A_NUMBER.search(following)) or _parted_by_blanks(line, following)
    return line.startswith("#") and (following.startswith("#") or not named)


def _parted_by_blanks(names: str, row: str) -> bool:
    """Whether a line names, and nothing but blanks parts, the columns of a row that holds a number."""
    fields, values = names.lstrip("# ").split(), _QUOTED.sub("word", row).split()
    if names.count("\t") == row.count("\t") == len(fields) - 1:
        return False  # by tabs: a field of a later row may be empty, or several words
    signs = set(_DELIMITERS) - {"\t"}
    return len(fields) == len(values) > 1 and not signs & set(names + row) and any(map(_NUMBER.match, values))
