"""The ingest by workers on other machines: tables go to them through a staging folder, shards come back through it."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from truemorph.components.buckets.files import is_bucket
from truemorph.components.engines.jobs import count, run_job
from truemorph.components.engines.runners import make_runner
from truemorph.components.engines.staging import Staging, seen_by_all, staging_of
from truemorph.components.errors import InputError, JobError, one_line
from truemorph.components.example_gen.beam import build
from truemorph.components.example_gen.ingest import Ingest
from truemorph.components.example_gen.ingest_sources import Sources
from truemorph.components.example_gen.parts import Part, pack, parts
from truemorph.components.example_gen.shard import WORK, count_shard, finished, make_shard, noted, result_path
from truemorph.components.example_gen.splits import Plan
from truemorph.components.files import hash_file
from truemorph.components.progress import followed, hushed_logs
from truemorph.components.tables.upstream_table import IDS, UpstreamTable

_NOTE = "staging.txt"
# A bucket asks money for each look at it.
_LOOK = 10.0


@dataclass(frozen=True)
class RemoteIngest(Ingest):
    """What every worker on another machine knows; the paths of its tables are names in the staging folder.

    Args:
        staging: where tables are and shards go.
        version: of the truemorph that sent the job; a worker of another one would make other examples.
    """

    staging: Staging
    version: str

    def partition(self, source: UpstreamTable) -> Iterator[tuple[int, Part]]:
        """See Ingest; the parts themselves go through the shuffle."""
        if version("truemorph") != self.version:
            raise RuntimeError(
                f"this worker has truemorph {version('truemorph')}, but the job was started with {self.version}"
            )
        with TemporaryDirectory() as folder:
            copy = Path(folder, source.path.name)
            self.staging.get(source.path.name, copy)
            for batch in replace(source, path=copy).batches():
                count(f"rows of {source.kind}", len(batch))
                for bucket, part in parts(batch, self.plan):
                    yield bucket, (source.kind, pack(part))

    def write(self, galaxies: tuple[int, pd.DataFrame]) -> Iterator[int]:
        """See Ingest; a shard that is in the staging folder is not made again."""
        images = self._images()
        for shard, found in self._shards(galaxies):
            path, note = self.names(shard)
            if self.staging.holds(note):
                count("shards kept")
                continue
            with TemporaryDirectory() as folder:
                here = Path(folder)
                (here / WORK).mkdir()
                count_shard(make_shard(here, self.plan, shard, found, images))
                self.staging.put(self.plan.path(here, shard), path)
                self.staging.put(result_path(here, shard), note)
            yield shard

    def names(self, shard: int) -> tuple[str, str]:
        """Names in the staging folder of a shard and of the note that it is finished."""
        return self.plan.path(Path(), shard).as_posix(), result_path(Path(), shard).name


def check_images(sources: Sources, runner: str) -> None:
    """Refuse images that the workers of a runner cannot see.

    Raises:
        InputError: if they are on this machine and the workers are not.
    """
    if runner == "DataflowRunner" and not (sources.images and is_bucket(sources.images)):
        raise InputError(
            f"--images {sources.images}: DataflowRunner's workers do not see it; copy the images to a bucket and give "
            "its URL, such as gs://bucket/images"
        )


def run_remotely(
    sources: Sources, plan: Plan, examples: Path, runner: str, options: Sequence[str], balance: bool
) -> dict[str, int]:
    """Send the tables, run the pipeline on the runner's workers, and fetch the shards with their results.

    Args:
        sources: the upstream input; its tables are read here, so that a damaged one is found before a job begins.
        plan: the shards.
        examples: the dataset's folder, on this machine; what an earlier attempt staged is not made again.
        runner: one of RUNNERS, with remote workers.
        options: Beam's, as '--name=value'.
        balance: whether to keep about as many of each class.

    Returns:
        rows of each table.

    Raises:
        InputError: if a source is damaged, or --temp_location cannot be written to.
        JobError: if the job fails; what it finished is kept in the staging folder.
    """
    from apache_beam.io.filesystems import FileSystems
    from apache_beam.options.pipeline_options import GoogleCloudOptions

    chosen, parsed = make_runner(runner, 1, options)
    FileSystems.set_options(parsed)
    staging = staging_of(examples / WORK / _NOTE, parsed.view_as(GoogleCloudOptions).temp_location)
    sent = [_send(table, staging) for table in sources.tables]
    tables = tuple(table for table, _ in sent)
    images = sources.images and seen_by_all(sources.images)
    ingest = RemoteIngest(replace(sources, tables=tables, images=images), plan, staging, version("truemorph"))
    total = len(plan.shards())

    seen = 0

    def done() -> int:
        nonlocal seen
        # A look that fails says nothing of the job; the next one may succeed.
        with suppress(Exception):
            seen = staging.count("shard-")
        return seen

    with hushed_logs(), followed(done, every=_LOOK, total=total, desc="ingest", unit=" shards"):
        run_job(build(ingest, chosen, parsed, balance), runner, "ingest")
    _fetch(ingest, examples, total)
    staging.remove()
    return {table.kind: rows for table, rows in sent}


def _send(source: UpstreamTable, staging: Staging) -> tuple[UpstreamTable, int]:
    """Put a table into the staging folder, in our names and types; gives it as workers see it, and its rows."""
    name = f"{source.kind}.parquet"
    columns = [*source.columns, *source.computed]
    schema = pa.schema([(key, pa.string() if key in (*IDS, "sample") else pa.float64()) for key in columns])
    rows = 0
    with TemporaryDirectory() as folder:
        with pyarrow.parquet.ParquetWriter(Path(folder, name), schema) as writer:
            for batch in source.batches():
                rows += len(batch)
                writer.write_table(pa.Table.from_pandas(batch[columns], schema=schema, preserve_index=False))
        try:
            staging.put(Path(folder, name), name)
        except Exception as error:
            raise InputError(
                f"beam.options: --temp_location: {staging.root} cannot be written to ({one_line(error, 0)}); give a "
                "folder in a bucket of yours, and log in"
            ) from error
    named = {column: column for column in columns}
    return UpstreamTable(source.kind, Path(name), named, classes=source.classes), rows


def _fetch(ingest: RemoteIngest, examples: Path, total: int) -> None:
    for shard in range(total):
        if finished(examples, ingest.plan, shard) is not None:
            continue
        path, note = ingest.names(shard)
        ingest.staging.get(path, ingest.plan.path(examples, shard))
        ingest.staging.get(note, result_path(examples, shard))
        result = noted(examples, shard)
        if result is None or hash_file(ingest.plan.path(examples, shard)) != result.sha256:
            raise JobError(
                f"{ingest.staging.root}/{path}: differs from what its worker wrote; run the same command again"
            )
