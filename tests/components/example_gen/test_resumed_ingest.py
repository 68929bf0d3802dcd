"""An ingest that was broken off, or killed: finished shards are kept, the rest is made, the bytes are the same."""

import json
import signal
import time
from pathlib import Path
from typing import Any

import forked
import pytest
from upstream import Sky

from truemorph.components.example_gen import beam, executor, shard, splits


def test_finished_shards_are_kept_and_the_rest_is_made(sky: Sky, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splits, "ROWS_PER_SHARD", 8)
    whole = sky.ingest("whole")
    made: list[int] = []
    make = beam.make_shard

    def failing(examples: Path, plan: Any, number: int, *rest: Any) -> Any:
        if len(made) == 3:
            raise OSError("killed")
        made.append(number)
        return make(examples, plan, number, *rest)

    monkeypatch.setattr(beam, "make_shard", failing)
    with pytest.raises(OSError, match="killed"):
        sky.ingest("broken")
    left = sky.folder / "broken" / "examples"
    stray = left / "Split-train" / ".data_tfrecord-00000-of-00004.tmp"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"half")
    done = {path: path.stat().st_ino for path in left.glob("Split-*/data_*")}
    assert len(done) == 3
    damaged = min(done)
    damaged.write_bytes(damaged.read_bytes()[:-1])

    monkeypatch.setattr(beam, "make_shard", make)
    again = sky.ingest("broken")
    assert again.files() == whole.files()
    kept = {path for path, inode in done.items() if path.stat().st_ino == inode and path != damaged}
    assert kept == set(done) - {damaged}


def test_a_finished_attempt_is_not_made_again(sky: Sky, monkeypatch: pytest.MonkeyPatch) -> None:
    first = sky.ingest().files()
    (sky.folder / "out" / "examples" / shard.WORK).mkdir()
    monkeypatch.setattr(executor, "run", lambda *_: pytest.fail("ran again"))
    assert sky.ingest().files() == first


KILLED = """
import json, sys, time
from pathlib import Path
from truemorph.components.example_gen import splits
from truemorph.components.example_gen.executor import execute
from truemorph.components.images import stores

splits.ROWS_PER_SHARD = 12
read = stores.read_image

def slowly(*place):
    time.sleep(0.02)
    return read(*place)

stores.read_image = slowly
inputs, outputs, parameters = json.loads(sys.argv[1])
execute({k: Path(v) for k, v in inputs.items()}, {k: Path(v) for k, v in outputs.items()}, parameters)
"""


def test_killed_in_the_middle_and_started_again(
    larger_sky: Sky, monkeypatch: pytest.MonkeyPatch, parameters: dict[str, Any]
) -> None:
    sky = larger_sky
    monkeypatch.setattr(splits, "ROWS_PER_SHARD", 12)
    sky.image(sky.ids[0]).write_bytes(b"")
    whole = sky.ingest("whole")
    out = sky.folder / "killed"
    out.mkdir()
    outputs = {"examples": out / "examples", "rejects": out / "rejects.csv"}
    task = json.dumps([sky.inputs(), outputs, parameters], default=str)
    notes = out / "examples" / shard.WORK
    began = time.monotonic()
    with forked.begun(KILLED, task) as process:
        while len(list(notes.glob("shard-*.json"))) < 2:
            assert time.monotonic() - began < 600
            time.sleep(0.01)
        process.kill()
        assert process.wait() == -signal.SIGKILL
    done = {path: path.stat().st_ino for path in out.glob("examples/Split-*/data_*")}
    assert 2 <= len(done) < len(list(whole.folder.glob("examples/Split-*/data_*")))
    assert not (out / "rejects.csv").exists() and not (out / "examples" / "manifest.json").exists()

    again = sky.ingest("killed")
    assert again.manifest["content_hash"] == whole.manifest["content_hash"]
    assert again.files() == whole.files()
    assert {path: path.stat().st_ino for path in done} == done
