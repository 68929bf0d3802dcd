"""The local runner: order, resuming, publishing, refusing."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from truemorph.artifacts import fingerprint_path
from truemorph.components.base import Component, Spec
from truemorph.components.errors import InputError
from truemorph.local import LocalDagRunner

DOUBLE = Spec("Double", inputs=("number",), outputs=("twice",), parameters=("times",))
CALLS: list[str] = []


def double(inputs: Mapping[str, Path], outputs: Mapping[str, Path], parameters: Mapping[str, Any]) -> None:
    """Write the number so many times larger."""
    CALLS.append(outputs["twice"].name)
    outputs["twice"].write_text(str(int(inputs["number"].read_text()) * parameters["times"]))


def pipeline(source: Path, out: Path, times: int = 2) -> list[Component]:
    first = Component(DOUBLE, double, {"number": source}, {"twice": out / "a"}, {"times": 2}, "First")
    second = Component(DOUBLE, double, {"number": out / "a"}, {"twice": out / "b"}, {"times": times}, "Second")
    return [first, second]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    CALLS.clear()
    path = tmp_path / "number"
    path.write_text("21")
    return path


def test_runs_in_order_and_only_what_changed(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    LocalDagRunner(out).run(pipeline(source, out))
    assert (out / "b").read_text() == "84"
    assert CALLS == ["a", "b"]
    LocalDagRunner(out).run(pipeline(source, out))
    assert CALLS == ["a", "b"]
    LocalDagRunner(out).run(pipeline(source, out, times=3))
    assert CALLS == ["a", "b", "b"]
    assert (out / "b").read_text() == "126"


def test_a_lost_output_is_made_again(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    LocalDagRunner(out).run(pipeline(source, out))
    (out / "b").unlink()
    LocalDagRunner(out).run(pipeline(source, out))
    assert CALLS == ["a", "b", "b"]


def test_a_finished_run_of_other_inputs_is_refused(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    LocalDagRunner(out).run(pipeline(source, out))
    source.write_text("22")
    with pytest.raises(InputError, match="holds a finished run with other inputs; choose another folder"):
        LocalDagRunner(out).run(pipeline(source, out))
    assert (out / "b").read_text() == "84"


def test_an_unfinished_run_of_other_inputs_starts_again(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    steps = pipeline(source, out)

    def fail(inputs: Mapping[str, Path], outputs: Mapping[str, Path], parameters: Mapping[str, Any]) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        LocalDagRunner(out).run([steps[0], Component(DOUBLE, fail, steps[1].inputs, steps[1].outputs, {"times": 2})])
    source.write_text("5")
    LocalDagRunner(out).run(steps)
    assert (out / "b").read_text() == "20"


def test_foreign_folders_and_files_are_left_alone(source: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("dear to me")
    with pytest.raises(InputError, match="contains files that truemorph did not write"):
        LocalDagRunner(tmp_path / "mine").run(pipeline(source, tmp_path / "mine"))
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.tex"]
    with pytest.raises(InputError, match="is a file; give a folder"):
        LocalDagRunner(source).run(pipeline(source, source))


def test_a_missing_source_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(InputError, match=r"nowhere: cannot be read"):
        LocalDagRunner(out).run(pipeline(tmp_path / "nowhere", out))
    assert not out.exists()


def test_bad_input_in_the_first_step_leaves_nothing(source: Path, tmp_path: Path) -> None:
    def refuse(inputs: Mapping[str, Path], outputs: Mapping[str, Path], parameters: Mapping[str, Any]) -> None:
        outputs["twice"].write_text("half")
        raise InputError("number: received 21; give another")

    out = tmp_path / "out"
    with pytest.raises(InputError, match="give another"):
        LocalDagRunner(out).run(
            [Component(DOUBLE, refuse, {"number": source}, {"twice": out / "a"}, {"times": 2}, "First")]
        )
    assert not out.exists()


def test_two_runs_in_one_folder_do_not_meet(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def meet(inputs: Mapping[str, Path], outputs: Mapping[str, Path], parameters: Mapping[str, Any]) -> None:
        with pytest.raises(InputError, match="another truemorph is using it"):
            LocalDagRunner(out).run(pipeline(source, out))
        double(inputs, outputs, parameters)

    LocalDagRunner(out).run([Component(DOUBLE, meet, {"number": source}, {"twice": out / "a"}, {"times": 2}, "First")])
    assert (out / "a").read_text() == "42"


def test_an_output_that_was_not_written_is_a_failure(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    step = Component(DOUBLE, lambda *_: None, {"number": source}, {"twice": out / "a"}, {"times": 2}, "First")
    with pytest.raises(RuntimeError, match=r"First returned without its outputs \['twice'\]"):
        LocalDagRunner(out).run([step])


SLOW_STEP = """
import sys, time
from pathlib import Path
from truemorph.components.base import Component, Spec
from truemorph.local import LocalDagRunner

def work(inputs, outputs, parameters):
    folder = outputs["folder"]
    folder.mkdir(exist_ok=True)
    for index in range(20):
        part = folder / f"part-{index}"
        if not part.exists():
            part.write_text(str(index))
            with open(parameters["log"], "a") as log:
                log.write(f"{index}\\n")
            time.sleep(0.05)

out, source, log = map(Path, sys.argv[1:])
spec = Spec("Work", inputs=("source",), outputs=("folder",), parameters=("log",))
LocalDagRunner(out).run([Component(spec, work, {"source": source}, {"folder": out / "folder"}, {"log": str(log)})])
"""


def test_a_killed_step_goes_on_where_it_was(source: Path, tmp_path: Path) -> None:
    out, log = tmp_path / "out", tmp_path / "log"
    command = [sys.executable, "-c", SLOW_STEP, str(out), str(source), str(log)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (log.exists() and len(log.read_text().split()) >= 3) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (out / "folder").exists()
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "continuing where it was interrupted" in finished.stderr
    assert len(list((out / "folder").iterdir())) == 20
    assert len(log.read_text().split()) <= 21
    assert not (out / ".truemorph" / "staging" / "Work").exists()


def test_a_kill_between_renaming_and_recording_loses_nothing(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    steps = pipeline(source, out)
    LocalDagRunner(out).run(steps)
    record = out / ".truemorph" / "step-Second.json"
    fingerprint = json.loads(record.read_text())["fingerprint"]
    staging = out / ".truemorph" / "staging" / "Second" / fingerprint[:16]
    staging.mkdir(parents=True)
    (staging / "DONE").touch()
    record.unlink()
    LocalDagRunner(out).run(steps)
    assert CALLS == ["a", "b"]
    assert (out / "b").read_text() == "84"


def test_a_component_is_held_against_its_spec() -> None:
    with pytest.raises(ValueError, match=r"missing \['number'\], unknown \['nubmer'\]"):
        Component(DOUBLE, double, {"nubmer": Path("x")}, {"twice": Path("y")}, {"times": 2})
    with pytest.raises(ValueError, match=r"parameters must be \['times'\]"):
        Component(DOUBLE, double, {"number": Path("x")}, {"twice": Path("y")})


def test_a_folder_of_images_may_hold_odd_names_and_links_that_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"1")
    plain = fingerprint_path(tmp_path)
    (tmp_path / "b.jpg").symlink_to("/nowhere")
    with open(os.fsencode(tmp_path / "c") + b"\xe9.jpg", "wb") as file:
        file.write(b"2")
    assert fingerprint_path(tmp_path) not in (plain, "")
