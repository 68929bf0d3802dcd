"""Catalogues as Parquet, CSV, FITS, VOTable and ECSV: columns described, and in the file what it was made by."""

import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
from pyarrow import compute

from truemorph.components.catalogue.astropy_table import astropy_table
from truemorph.components.catalogue.columns import described

Facts = Mapping[str, Any]
FACTS = "truemorph"
"""Key of the facts in Parquet's metadata, as JSON; in CSV's companion too."""
METADATA = "-metadata.json"
"""How the name of CSV's companion ends."""
_CARDS = {
    "truemorph": "TRUEMORP",
    "model_version": "MODELVER",
    "model_hash": "MODELSHA",
    "theta_interval": "THETAINT",
    "law_status": "LAWSTAT",
    "law_source": "LAWSRC",
    "examples_hash": "EXAMPSHA",
    "symmetries": "SYMMETRI",
    "reference": "REFERENC",
}


def companion(out: Path) -> Path:
    """Where a CSV's metadata stand: CSV has no place for them, and CSV on the Web names this one."""
    return out.with_name(f"{out.name}{METADATA}")


def write_parquet(tables: Iterable[Any], facts: Facts, path: Path) -> None:
    """Write Arrow tables of one schema one after the other.

    The facts are JSON under the metadata key 'truemorph'. Units, descriptions and UCDs stand in astropy's header,
    and in a VOTable without data, as TOPCAT reads it.

    References:
        IVOA Note 'Parquet in the VO (VOParquet)', 2025.
    """
    writer = None
    lengths: dict[str, int] = {}
    try:
        for table in tables:
            # Arrow's own copy of the schema would hide from readers what is added at the end.
            writer = writer or pyarrow.parquet.ParquetWriter(path, table.schema, store_schema=False)
            writer.write_table(table)
            for name, length in _text_lengths(table).items():
                lengths[name] = max(length, lengths.get(name, 1))
    finally:
        if writer is not None:
            # Astropy wants to know how long it has to make the columns of text.
            known = {f"table::len::{name}": str(length) for name, length in lengths.items()}
            writer.add_key_value_metadata(_parquet_metadata(writer.schema, facts) | known)
            writer.close()


def _parquet_metadata(schema: Any, facts: Facts) -> dict[str, str]:
    from astropy.table.meta import get_yaml_from_table

    empty = astropy_table(schema.empty_table(), facts.get("classes"))
    empty.meta = _known(facts)
    xml = io.BytesIO()
    _votable(empty, facts).to_xml(xml)
    without_data = re.sub(r"<DATA>.*</DATA>", "", xml.getvalue().decode(), flags=re.DOTALL)
    without_breaks = re.sub(r"\s+", " ", without_data)
    return {
        FACTS: json.dumps(dict(facts)),
        "table_meta_yaml": "\n".join(get_yaml_from_table(empty)),
        "IVOA.VOTable-Parquet.version": "1.0",
        "IVOA.VOTable-Parquet.content": without_breaks,
    }


def _text_lengths(table: Any) -> dict[str, int]:
    """Letters of the longest text of each column of text."""
    texts = (field.name for field in table.schema if pa.types.is_string(field.type))
    # A null reads as 'None' there.
    return {name: max(compute.max(compute.utf8_length(table[name])).as_py() or 1, 4) for name in texts}


def write_csv(tables: Iterable[Any], facts: Facts, path: Path) -> None:
    """Write Arrow tables one after the other; the facts stand in the companion, see write_facts."""
    nullable = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    for place, table in enumerate(tables):
        frame = table.to_pandas(types_mapper=nullable.get)
        frame.to_csv(path, index=False, mode="a" if place else "w", header=not place)


def write_facts(out: Path, schema: Any, facts: Facts, path: Path) -> None:
    """Write the companion of a CSV, in CSV on the Web's vocabulary.

    Args:
        out: the CSV.
        schema: the Arrow schema of its columns.
        facts: what it was made by.
        path: where to write it.

    References:
        W3C Recommendation 'Metadata Vocabulary for Tabular Data', 2015.
    """

    def kind(field: Any) -> str:
        whole, flag = pa.types.is_integer(field.type), pa.types.is_boolean(field.type)
        return "integer" if whole else "boolean" if flag else "float" if pa.types.is_floating(field.type) else "string"

    columns = [
        {
            "name": field.name,
            "datatype": kind(field),
            "dc:description": described(field.name, facts.get("classes")).description,
        }
        for field in schema
    ]
    told = {"@context": "http://www.w3.org/ns/csvw", "url": out.name, "tableSchema": {"columns": columns}}
    path.write_text(json.dumps(told | {FACTS: dict(facts)}, indent=1) + "\n", encoding="utf-8")


def write_fits(tables: Iterable[Any], facts: Facts, path: Path) -> None:
    """Write Arrow tables as one, which is held in memory; the facts are cards of the header."""
    from astropy.io import fits

    table = _joined(tables, facts)
    about = {name: described(name, facts.get("classes")) for name in table.colnames}
    for name in table.colnames:
        table[name].description = None  # astropy would write it as YAML among the comments
    hdu = fits.table_to_hdu(table)
    for place, column in enumerate(about.values(), start=1):
        hdu.header[f"TCOMM{place}"] = column.description
        if column.ucd:
            hdu.header[f"TUCD{place}"] = column.ucd
    for name, value in _known(facts).items():
        hdu.header[_CARDS.get(name, name.upper())] = str(value) if isinstance(value, list) else value
    hdu.writeto(path, overwrite=True)


def write_votable(tables: Iterable[Any], facts: Facts, path: Path) -> None:
    """Write Arrow tables as one, which is held in memory; the facts are INFO elements."""
    _votable(_joined(tables, facts), facts).to_xml(str(path))


def write_ecsv(tables: Iterable[Any], facts: Facts, path: Path) -> None:
    """Write Arrow tables as one, which is held in memory; the facts are its meta."""
    table = _joined(tables, facts)
    table.meta = _known(facts)
    for name in table.colnames:
        if ucd := described(name, facts.get("classes")).ucd:
            table[name].meta = {"ucd": ucd}
    table.write(path, format="ascii.ecsv", overwrite=True)


WRITERS: Mapping[str, Callable[[Iterable[Any], Facts, Path], None]] = {
    ".parquet": write_parquet,
    ".csv": write_csv,
    ".fits": write_fits,
    ".vot": write_votable,
    ".ecsv": write_ecsv,
}


def _known(facts: Facts) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}


def _votable(table: Any, facts: Facts) -> Any:
    from astropy.io.votable import from_table
    from astropy.io.votable.tree import Info

    document = from_table(table)
    for field in document.get_first_table().fields:
        field.ucd = described(field.name, facts.get("classes")).ucd
    infos = [Info(name=name, value=str(value)) for name, value in _known(facts).items()]
    document.resources[0].infos.extend(infos)
    return document


def _joined(tables: Iterable[Any], facts: Facts) -> Any:
    return astropy_table(pa.concat_tables(list(tables)), facts.get("classes"))
