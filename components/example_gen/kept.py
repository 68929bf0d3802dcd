"""KeptColumns: columns of the sources that go through to the catalogue as they are, in a table by objid."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
from pyarrow import compute

from truemorph.components.artifacts.predictions import COLUMNS, INTRINSIC, VOTES_DEBIASED
from truemorph.components.base import Parameters, Paths, Spec
from truemorph.components.catalogue.columns import COLUMNS as OURS
from truemorph.components.errors import InputError
from truemorph.components.example_gen.ingest_sources import Sources, open_sources
from truemorph.components.files import replacing
from truemorph.components.progress import say
from truemorph.components.tables.columns import find
from truemorph.components.tables.coordinates import degrees
from truemorph.components.tables.table import column_names, listing
from truemorph.components.tables.typed import read_typed

SPEC = Spec(
    "KeptColumns",
    inputs=("votes", "photometry", "structure", "mapping", "table"),
    outputs=("kept",),
    parameters=("keep", "columns", "votes_column"),
    optional=("votes", "photometry", "structure", "mapping", "table"),
)
COORDINATES = ("ra", "dec")
# What the catalogue has of the sources anyway.
_THERE = ("objid", "split", "alpha", "label_raw", VOTES_DEBIASED, *INTRINSIC)


def execute(inputs: Paths, outputs: Paths, parameters: Parameters) -> None:
    """Write the columns as Parquet, one row an id, types kept; a value that rows of one id contradict is null.

    Raises:
        InputError: see `places_of`.
    """
    given = {name: parameters[name] for name in ("columns", "votes_column")}
    sources = open_sources(**{**inputs, **given})
    found = None
    for path, (objid, columns) in places_of(sources, parameters["keep"]).items():
        table = _one_row_an_id(path, _renamed(read_typed(path, objid, list(columns.values())), list(columns)))
        if found is None:
            ids = compute.unique(table["objid"])
            found = table
        else:
            ids = compute.unique(pa.chunked_array([*found["objid"].chunks, *table["objid"].chunks]))
            found = _at(found, ids)
        for name in columns:
            found = found.append_column(name, _at(table, ids)[name]) if name not in found.column_names else found
    with replacing(outputs["kept"]) as staged:
        pyarrow.parquet.write_table(
            found if found is not None else pa.table({"objid": pa.array([], pa.string())}), staged
        )


def places_of(sources: Sources, keep: Sequence[str]) -> dict[Path, tuple[str, dict[str, str]]]:
    """Where each column is, from headers alone: by file its column of ids, and its own name of each column kept.

    Args:
        sources: the upstream tables; the first that has a column gives it.
        keep: names as in a table; ra and dec under any known spelling.

    Raises:
        InputError: if no table has a column, or the catalogue has another of its name.
    """
    files = {table.path: table.columns["objid"] for table in reversed(sources.tables)}
    headers = {path: column_names(path) for path in dict.fromkeys(table.path for table in sources.tables)}
    places: dict[Path, tuple[str, dict[str, str]]] = {}
    for name in keep:
        if name in _THERE:
            continue
        if name in (*COLUMNS, *OURS) and name not in COORDINATES:
            raise InputError(f"--keep {name}: the catalogue already has its own column of that name; rename yours")
        for path, header in headers.items():
            spelt = name if name in header else None
            if spelt is None and name in COORDINATES:
                spelt = find(path, "positions", [name], header).get(name)
            if spelt is not None:
                places.setdefault(path, (files[path], {}))[1][name] = spelt
                break
        else:
            known = "; ".join(f"{path} has {listing(header)}" for path, header in headers.items())
            raise InputError(f"--keep {name}: no table has such a column; {known}")
    return places


def _renamed(table: Any, names: list[str]) -> Any:
    """Our names; coordinates as degrees, whatever their writing."""
    table = table.rename_columns(["objid", *names])
    for name in COORDINATES:
        if name in names and pa.types.is_string(table.schema.field(name).type):
            place = table.column_names.index(name)
            values = pa.array(degrees(name, table[name].to_pandas()), from_pandas=True)
            table = table.set_column(place, name, values)
    return table


def _one_row_an_id(path: Path, table: Any) -> Any:
    """The first row of each id, null where another row of it says otherwise."""
    codes = table["objid"].combine_chunks().dictionary_encode()
    if len(codes.dictionary) + codes.null_count == len(table):
        return table
    first = compute.index_in(codes.dictionary, value_set=table["objid"])
    made, contradicted = {"objid": codes.dictionary}, 0
    for name in table.column_names[1:]:
        kinds = table[name].combine_chunks().dictionary_encode().indices.to_pandas()
        groups = kinds.fillna(-1).groupby(codes.indices.to_pandas())
        differ = pa.array(groups.nunique().reindex(range(len(first))).gt(1).to_numpy())
        contradicted += int(compute.sum(differ).as_py() or 0)
        made[name] = compute.if_else(differ, None, table[name].take(first))
    if contradicted:
        say(f"{path}: {contradicted} values are left out because rows with the same id contradict each other")
    return pa.table(made)


def _at(table: Any, ids: Any) -> Any:
    """The rows of some ids, null where the table has none."""
    return table.take(compute.index_in(ids, value_set=table["objid"])).set_column(0, "objid", ids)
