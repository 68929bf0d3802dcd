"""Columns of a user's own table, and arithmetic over them, such as 'petroRad_r / psf * 2.3548'."""

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.errors import InputError
from truemorph.components.tables.table import listing

_MAX_LENGTH = 500
_OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": np.abs,
    "exp": np.exp,
    "log": np.log,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "minimum": np.minimum,
    "maximum": np.maximum,
}
_QUOTED = re.compile(r"`([^`]*)`")


@dataclass(frozen=True)
class Expression:
    """A column, or arithmetic over columns; made by `parse`.

    Args:
        text: as the user wrote it.
        columns: the table's columns that it needs.
    """

    text: str
    columns: tuple[str, ...]

    @property
    def is_column(self) -> bool:
        """Whether it is a column as it stands."""
        return self.columns == (self.text,)

    def evaluate(self, values: Mapping[str, npt.NDArray[np.float64]], rows: int = 1) -> npt.NDArray[np.float64]:
        """Its value for each row.

        Args:
            values: (N,) float64 for each of `columns`, NaN where empty.
            rows: N, where there is no column.

        Returns:
            (N,) float64, NaN where a column that it needs is empty; a comparison is 0 or 1.
        """
        if self.is_column:
            return values[self.text]
        tree, names = _tree(self.text)
        size = len(next(iter(values.values()))) if values else rows
        with np.errstate(all="ignore"):
            result = np.broadcast_to(_value(tree, {name: values[column] for name, column in names.items()}), (size,))
        unknown = np.isnan([values[column] for column in self.columns]).any(axis=0)
        return np.where(unknown, np.nan, result.astype(np.float64))


def parse(text: str, found: Sequence[str], where: str, number: bool = False) -> Expression:
    """The expression that a text stands for; nothing is ever executed but the arithmetic named here.

    Args:
        text: the name of a column, whatever letters it has; or numbers, names of columns (in backticks where they are
            not plain words), + - * / **, < <= > >=, brackets, and the functions abs, exp, log, log10, sqrt, minimum and
            maximum.
        found: the table's columns.
        where: what the user gave it for, for the error's line.
        number: whether it may be a number, the same for all rows.

    Raises:
        InputError: if it is something else, or names a column that the table has not got.

    Example:
        >>> expression = parse("r50 / `psf (arcsec)` * 2.3548", ["id", "r50", "psf (arcsec)"], "--column alpha")
        >>> expression.columns
        ('r50', 'psf (arcsec)')
        >>> expression.evaluate({"r50": np.array([3.0]), "psf (arcsec)": np.array([1.5])})
        array([4.7096])
    """
    text = text.strip()
    if text in found:
        return Expression(text, (text,))
    try:
        tree, names = _tree(text)
        _check(tree)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError) as error:
        why = getattr(error, "msg", None) or str(error) or type(error).__name__
        raise InputError(
            f"{where}={text[:60]}: neither a column nor an expression of columns ({why}); "
            f"the table has {listing(list(found))}"
        ) from None
    missing = [column for column in names.values() if column not in found]
    if missing:
        raise InputError(f"{where}={text[:60]}: no column '{missing[0]}'; the table has {listing(list(found))}")
    if not names and not number:
        raise InputError(f"{where}={text[:60]}: names no column; the table has {listing(list(found))}")
    return Expression(text, tuple(names.values()))


def _tree(text: str) -> tuple[ast.expr, dict[str, str]]:
    """The parsed text, and the column that each name in it stands for."""
    if len(text) > _MAX_LENGTH:
        raise ValueError(f"longer than {_MAX_LENGTH} letters")
    quoted: dict[str, str] = {}

    def stand_in(match: re.Match[str]) -> str:
        name = f"quoted_{len(quoted)}_"
        quoted[name] = match.group(1)
        return f" {name} "

    tree = ast.parse(_QUOTED.sub(stand_in, text).strip(), mode="eval").body
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called]
    return tree, {name: quoted.get(name, name) for name in dict.fromkeys(names)}


def _check(node: ast.AST) -> None:
    """Refuse every node that is not arithmetic."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            float(number)
        case ast.Name():
            pass
        case ast.BinOp() if type(node.op) in _OPERATORS:
            _check(node.left)
            _check(node.right)
        case ast.UnaryOp() if type(node.op) in _OPERATORS:
            _check(node.operand)
        case ast.Compare(ops=[sign], comparators=[right]) if type(sign) in _OPERATORS:
            _check(node.left)
            _check(right)
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in _FUNCTIONS:
            if len(node.args) != (2 if name in ("minimum", "maximum") else 1):
                raise ValueError(f"{name} takes a different number of values")
            for argument in node.args:
                _check(argument)
        case _:
            raise ValueError(f"{type(node).__name__} is not arithmetic")


def _value(node: ast.AST, values: Mapping[str, npt.NDArray[np.float64]]) -> Any:
    match node:
        case ast.Constant(value=int() | float() as number):
            return np.float64(number)
        case ast.Name(id=name):
            return values[name]
        case ast.BinOp():
            return _OPERATORS[type(node.op)](_value(node.left, values), _value(node.right, values))
        case ast.UnaryOp():
            return _OPERATORS[type(node.op)](_value(node.operand, values))
        case ast.Compare():
            return _OPERATORS[type(node.ops[0])](_value(node.left, values), _value(node.comparators[0], values))
        case ast.Call(func=ast.Name(id=name)):
            return _FUNCTIONS[name](*(_value(argument, values) for argument in node.args))
    raise ValueError(f"not arithmetic. Received: {ast.dump(node)}")
