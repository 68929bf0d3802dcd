"""The work of a `predict` on disk: parts that are done, so that a killed call goes on, and shards share the rest."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pandas as pd

from truemorph.components.errors import InputError
from truemorph.components.files import naming, read_json, replacing, write_json

Shard = tuple[int, int]
"""Number of a shard, from 1, and how many there are."""


def work_folder(out: Path) -> Path:
    """Where the parts of an output lie until it is whole."""
    return out.with_name(f".{out.name}.parts")


def part_path(work: Path, number: int) -> Path:
    """Where a part's predictions lie."""
    return work / f"part-{number:05d}.parquet"


def write_part(work: Path, number: int, table: pd.DataFrame) -> None:
    """Write a part's predictions, whole or not at all."""
    with replacing(part_path(work, number)) as staged:
        table.to_parquet(staged, index=False)


@dataclass(frozen=True)
class Plan:
    """What all calls on one output agree on.

    Args:
        state: of the model and the images, as a hash.
        parts: how many there are.
        shards: into how many calls they are divided; part N belongs to shard 1 + N modulo shards.
        hidden: hidden files that were left out.
        facts: what the predictions are made by.
    """

    state: str
    parts: int
    shards: int
    hidden: int
    facts: Mapping[str, Any]

    def missing(self, work: Path) -> list[int]:
        """Numbers of the parts that are not done."""
        return [number for number in range(self.parts) if not part_path(work, number).exists()]

    def begin(self, work: Path, out: Path) -> None:
        """Note the plan; what another model, other images or another version left is removed by a call of its own.

        Raises:
            InputError: if a shard finds the work of others.
        """
        note = work / "plan.json"
        # One shard at a time.
        with (work / "begin").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            found = Plan(**read_json(note)) if note.is_file() else None
            if found is not None and found.state == self.state and self.shards in (1, found.shards):
                return
            if found is not None and self.shards > 1:
                why = f"in {found.shards} shards" if found.state == self.state else "of another model or other images"
                raise InputError(
                    f"--out {out}: {work} contains unfinished work {why}; finish it, or remove that folder"
                )
            for stale in work.glob("part-*"):
                stale.unlink()
            write_json(note, vars(self) | {"facts": dict(self.facts)})


def planned(out: Path) -> Plan:
    """The plan of the shards of an output.

    Raises:
        InputError: if there is none.
    """
    note = work_folder(out) / "plan.json"
    if not note.is_file():
        raise InputError(f"--merge: no shard of {out} has run; run predict with --shard 1/N to N/N first")
    return Plan(**read_json(note))


@contextmanager
def held(out: Path, shard: Shard | None = None) -> Iterator[Path]:
    """The work folder of an output, for one call alone, or for one shard beside the others.

    Raises:
        InputError: if another call is at work there.
        OSError: if the folder cannot be made or locked.
    """
    work = work_folder(out)
    busy = InputError(f"--out {out}: another truemorph is using it; wait until that has finished")
    with ExitStack() as stack:
        stack.enter_context(naming(out))
        while True:
            try:
                work.mkdir(exist_ok=True)
                lock = stack.enter_context(_locked(work / "lock", fcntl.LOCK_SH if shard else fcntl.LOCK_EX, busy))
                if shard:
                    stack.enter_context(_locked(work / f"lock-{shard[0]}", fcntl.LOCK_EX, busy))
            except FileNotFoundError:
                if not out.parent.is_dir():
                    raise InputError(f"--out {out}: there is no folder {out.parent}; create it") from None
                continue
            except OSError as error:
                # People know their output, not the hidden folder beside it.
                raise OSError(error.errno, error.strerror, str(out)) from None
            # A call that was finishing meanwhile has removed the folder.
            if (work / "lock").exists() and os.path.samestat(os.fstat(lock.fileno()), os.stat(work / "lock")):
                break
        yield work


@contextmanager
def _locked(path: Path, kind: int, busy: InputError) -> Iterator[IO[str]]:
    """A file, locked while the block runs."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise busy from None
        yield file


def remove(work: Path) -> None:
    """Remove the work folder: its output is whole."""
    shutil.rmtree(work, ignore_errors=True)
