"""One truemorph at a time on one output: the second one says so, and takes nothing away."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from truemorph.cli import main
from truemorph.components.base import Component, Spec
from truemorph.components.errors import InputError
from truemorph.local import LocalDagRunner
from truemorph.lock import alone


def test_an_output_is_held_by_one_and_the_lock_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "not" / "yet" / "p.csv"
    with alone(out):
        with (
            pytest.raises(
                InputError, match=r"--out .*p\.csv: another truemorph is using it; wait until that has finished"
            ),
            alone(out),
        ):
            pass
        with alone(out.with_name("q.csv")):
            pass
    assert list(tmp_path.iterdir()) == []
    with alone(out):
        pass


@pytest.mark.parametrize(
    "words",
    [
        ["simulate", "--galaxies", "3", "--out"],
        ["fetch", "gz2", "--out"],
    ],
)
def test_a_second_command_is_one_line(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.csv"
    with alone(out):
        assert main([*words, str(out)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "another truemorph is using it" in error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("out", ["/", "round"])
def test_places_that_no_folder_can_be_made_at(out: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "round").symlink_to(tmp_path / "round")
    assert main(["simulate", "--galaxies", "3", "--out", str(tmp_path / out)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and error.startswith("truemorph simulate: error: ")


def test_a_second_training_from_the_start_takes_nothing_from_the_first(tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    source.write_text("1")
    spec = Spec("Work", inputs=("source",), outputs=("file",))

    def step(work: Any) -> list[Component]:
        return [Component(spec, work, {"source": source}, {"file": out / "file"}, {})]

    def work(inputs: Mapping[str, Path], outputs: Mapping[str, Path], parameters: Mapping[str, Any]) -> None:
        checkpoint = outputs["file"].with_name("checkpoint")
        checkpoint.write_text("an hour of work")
        with pytest.raises(InputError, match="another truemorph is using it"):
            LocalDagRunner(out).run(step(work), fresh=True)
        assert checkpoint.read_text() == "an hour of work"
        outputs["file"].write_text("done")

    LocalDagRunner(out).run(step(work))
    assert (out / "file").read_text() == "done"


def test_fresh_forgets_what_an_interrupted_step_has_done(tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    source.write_text("1")
    spec = Spec("Work", inputs=("source",), outputs=("file",))
    found = []

    def work(inputs: Mapping[str, Path], outputs: Mapping[str, Path], parameters: Mapping[str, Any]) -> None:
        found.append(outputs["file"].exists())
        outputs["file"].write_text("half")
        if len(found) < 3:
            raise KeyboardInterrupt

    steps = [Component(spec, work, {"source": source}, {"file": out / "file"}, {})]
    for fresh in (False, False, True):
        try:
            LocalDagRunner(out).run(steps, fresh=fresh)
        except KeyboardInterrupt:
            continue
    assert found == [False, True, False]
