"""The catalogue of a finished run in another format."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet

from truemorph.components.catalogue.hats import SUFFIX as HATS
from truemorph.components.catalogue.hats import write_hats
from truemorph.components.catalogue.readme import write_readme
from truemorph.components.catalogue.writers import FACTS, WRITERS, companion, write_facts
from truemorph.components.errors import InputError
from truemorph.components.files import replacing


def write_catalogue(run: Path, out: Path) -> dict[str, Any]:
    """Write it, and a README about it.

    Args:
        run: output folder of a finished run.
        out: the file; its ending says the format, one of `WRITERS`; or a folder that is not there, .hats.

    Returns:
        {"catalogue", "readme", "rows"}: the paths as text, and the number of galaxies.

    Raises:
        InputError: if the ending is another, a folder is missing, or the run has no catalogue with its provenance.
    """
    if out.suffix not in (*WRITERS, HATS):
        raise InputError(f"--out {out}: ending {out.suffix!r} is not known; use {', '.join((*WRITERS, HATS))}")
    if out.suffix == HATS and out.exists():
        raise InputError(f"--out {out}: already exists; give another name, or remove it")
    if not out.parent.is_dir():
        raise InputError(f"--out {out}: there is no folder {out.parent}; create it")
    path = run / "predictions.parquet"
    if not path.is_file():
        raise InputError(f"--run {run}: has no predictions.parquet; give the --out of a finished truemorph run")
    table = pyarrow.parquet.read_table(path)
    known = table.schema.metadata or {}
    if FACTS.encode() not in known:
        raise InputError(
            f"{path}: written by an older truemorph; run the same `truemorph run` again to make new predictions"
        )
    facts = json.loads(known[FACTS.encode()])
    table = table.replace_schema_metadata()
    if out.suffix == HATS:
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".hats-") as folder:
            write_hats([table], facts, Path(folder, out.name))
            Path(folder, out.name).rename(out)
    else:
        with replacing(out) as staged:
            WRITERS[out.suffix]([table], facts, staged)
    if out.suffix == ".csv":
        with replacing(companion(out)) as staged:
            write_facts(out, table.schema, facts, staged)
    readme = out.with_name(f"{out.stem}-README.md")
    write_readme(readme, out.name, len(table), table.schema, facts)
    return {"catalogue": str(out), "readme": str(readme), "rows": len(table)}
