"""Shards of a prediction: side by side, killed and begun again, merged to the bytes of one call."""

import os
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import forked
import numpy as np
import pytest
import toy

from truemorph.cli import main
from truemorph.components.bulk_inferrer.predict import merge, predict
from truemorph.components.bulk_inferrer.work import held, part_path, work_folder
from truemorph.components.errors import InputError

# Kills itself when its first part is written, if it is to be killed.
DRIVER = """
import os, signal, sys
from pathlib import Path
from truemorph.components.bulk_inferrer import beam, parts, predict
parts.IMAGES_PER_PART = 2
write_part = beam.write_part
def last_part(*part):
    write_part(*part)
    os.kill(os.getpid(), signal.SIGKILL)
if "killed" in sys.argv:
    beam.write_part = last_part
predict.predict(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), shard=(int(sys.argv[4]), 4))
"""


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """19 images, one of them damaged: 10 parts of 2."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(5)
    for index in range(19):
        (folder / f"{index:03d}.jpg").write_bytes(toy.blob(rng, index % 2 == 0) if index != 7 else b"")
    return folder


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("truemorph.components.bulk_inferrer.parts.IMAGES_PER_PART", 2)


def test_one_killed_and_begun_again_gives_the_bytes_of_one_call(model: Path, images: Path, tmp_path: Path) -> None:
    """Given a shard killed after its first part while another one works, when the rest is done, all is as in one."""
    out = tmp_path / "p.csv"
    with forked.begun(DRIVER, model, images, out, 1, "killed") as killed:
        predict(model, images, out, shard=(2, 4))
        assert killed.wait() == -signal.SIGKILL
    assert part_path(work_folder(out), 0).exists()
    with pytest.raises(InputError, match=r"--merge: --shard 1/4, 3/4, 4/4 of .*p\.csv is missing; run it again"):
        merge(out)
    for shard in (1, 3, 4):
        predict(model, images, out, shard=(shard, 4))
    assert merge(out) == predict(model, images, tmp_path / "whole.csv")
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("p.csv", "p.csv-metadata.json", "whole.csv", "whole.csv-metadata.json")
    ]


@pytest.mark.slow
def test_four_at_the_same_time_one_killed_and_begun_again_give_the_bytes_of_one_call(
    model: Path, images: Path, tmp_path: Path
) -> None:
    out = tmp_path / "p.parquet"
    words = (DRIVER, model, images, out)
    with ExitStack() as all_four:
        shards = [all_four.enter_context(forked.begun(*words, n, "killed" if n == 3 else "")) for n in range(1, 5)]
        assert [shard.wait() for shard in shards] == [0, 0, -signal.SIGKILL, 0]
    with pytest.raises(InputError, match=r"--shard 3/4 of .* is missing; run it again"):
        merge(out)
    assert forked.run(*words, 3).returncode == 0
    assert merge(out) == predict(model, images, tmp_path / "whole.parquet")
    assert out.read_bytes() == (tmp_path / "whole.parquet").read_bytes()


def test_what_shards_do_not_do(model: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "p.csv"
    with pytest.raises(InputError, match=r"--merge: no shard of .*p\.csv has run; run predict with --shard 1/N"):
        merge(out)
    assert predict(model, images, out, shard=(2, 4)) == {"parts": 3}
    with pytest.raises(InputError, match=r"--shard 1/4, 3/4, 4/4 of .*p\.csv is missing; run it again"):
        merge(out)
    with pytest.raises(InputError, match="contains unfinished work in 4 shards; finish it, or remove that folder"):
        predict(model, images, out, shard=(1, 2))
    os.utime(images / "000.jpg", (1, 1))
    with pytest.raises(InputError, match="contains unfinished work of another model or other images; finish it"):
        predict(model, images, out, shard=(1, 4))
    with (
        held(out, (3, 4)),
        held(out, (1, 4)),
        pytest.raises(InputError, match=r"--out .*p\.csv: another truemorph is using it; wait until that has finished"),
        held(out, (3, 4)),
    ):
        pass
    with held(out, (3, 4)), pytest.raises(InputError, match="another truemorph is using it"):
        predict(model, images, out)
    with pytest.raises(InputError, match="--shard 5/4: give I/N with I from 1 to N"):
        predict(model, images, out, shard=(5, 4))
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match=r"folder\.csv: is a folder; give the name of a file"):
        merge(tmp_path / "folder.csv")
    for words, said in (
        (["--merge", "--model", str(model)], "--merge: only takes --out; the shards know the rest"),
        (["--images", str(images)], "--model, and --images or --examples: both are needed, except with --merge"),
    ):
        assert main(["predict", "--out", str(out), *words]) == 2
        assert said in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["predict", "--out", str(out), "--shard", "0/4"])
    assert "received 0/4; give I/N with I from 1 to N, such as 1/4" in capsys.readouterr().err


def test_a_second_call_on_one_output_takes_nothing_away(model: Path, images: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.csv"
    with held(out) as work:
        part_path(work, 0).write_bytes(b"of the first call")
        with pytest.raises(InputError, match="another truemorph is using it"):
            predict(model, images, out)
        assert part_path(work, 0).read_bytes() == b"of the first call"


def test_a_full_disk_is_one_line_and_loses_nothing(
    model: Path, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device", "part-00000.parquet")

    monkeypatch.setattr("truemorph.components.bulk_inferrer.beam.write_part", full)
    with pytest.raises(OSError, match=r"No space left on device: 'part-00000"):
        predict(model, images, tmp_path / "p.csv")
    monkeypatch.undo()
    predict(model, images, tmp_path / "p.csv")  # the disk has space again
    assert {path.name for path in tmp_path.iterdir()} == {"p.csv", "p.csv-metadata.json"}
