"""A sky on disk: upstream formats, the same bytes always, nothing half-written."""

import hashlib
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from truemorph.components.errors import InputError
from truemorph.components.simulator import render
from truemorph.components.simulator.catalogue import draw
from truemorph.components.simulator.executor import SPEC, execute
from truemorph.components.simulator.sky import simulate

GALAXIES = 60


def content(folder: Path) -> dict[str, str]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


GOLDEN = {
    "votes": "cf63424dde65",
    "photometry": "e380e9f26e8a",
    "structure": "c0e11ea9f183",
    "truth": "228f184793a8",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("skies") / "sky"
    simulate(out, galaxies=GALAXIES, seed=4, size=48, progress=False)
    return out


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / name, dtype={"objid": str, "objID": str, "dr7objid": str})


def test_the_tables_have_upstream_s_columns(folder: Path) -> None:
    votes = table(folder, "votes.csv")
    assert list(votes)[:5] == ["dr7objid", "sample", "gz2_class", "total_classifications", "total_votes"]
    for answer in ("a01_smooth", "a02_features_or_disk", "a03_star_or_artifact"):
        for kind in ("count", "weight", "fraction", "weighted_fraction", "debiased"):
            assert f"t01_smooth_or_features_{answer}_{kind}" in votes
    assert list(table(folder, "photometry.csv")) == [
        *("objid", "petroRad_r", "petroR50_r", "petroR90_r", "psfWidth_r", "petroMag_r", "redshift")
    ]
    assert list(table(folder, "structure.csv")) == ["objID", "z", "Rhlr", "e", "ng"]
    assert list(table(folder, "truth.csv")) == ["objid", "label", "label_seen", "p_flip", "alpha"]


def test_every_object_is_in_every_table_and_has_its_image(folder: Path) -> None:
    ids = list(table(folder, "votes.csv")["dr7objid"])
    assert len(set(ids)) == GALAXIES and all(len(i) == 18 and i.isdigit() for i in ids)
    for name, column in (("photometry.csv", "objid"), ("structure.csv", "objID"), ("truth.csv", "objid")):
        assert list(table(folder, name)[column]) == ids
    assert sorted(p.name for p in (folder / "images").iterdir()) == sorted(f"{i}.jpg" for i in ids)


def test_the_tables_hold_the_catalogue_and_ids_survive_as_text(folder: Path) -> None:
    sky = draw(GALAXIES, 4, 9.18)
    assert list(table(folder, "photometry.csv")["objid"]) == [str(i) for i in sky["objid"]]
    assert table(folder, "photometry.csv")["petroRad_r"].to_numpy() == pytest.approx(
        sky["petroRad_r"].to_numpy(), abs=1e-9
    )
    assert table(folder, "structure.csv")["ng"].to_numpy() == pytest.approx(sky["ng"].to_numpy(), abs=1e-9)
    names = np.array(["smooth", "disk", "star_or_artifact"])
    assert list(table(folder, "truth.csv")["label_seen"]) == list(names[sky["label_seen"]])


def test_the_truth_stays_apart(folder: Path) -> None:
    for name in ("votes.csv", "photometry.csv", "structure.csv"):
        assert not {"label", "label_seen", "p_flip", "alpha"} & set(table(folder, name))


def test_images_are_rgb_jpegs_that_look_like_a_galaxy_on_a_dark_sky(folder: Path) -> None:
    for path in (folder / "images").iterdir():
        with Image.open(path) as image:
            assert (image.format, image.size, image.mode) == ("JPEG", (48, 48), "RGB")
            pixels = np.asarray(image).astype(float)
        assert np.median(pixels) < 25
        assert pixels[21:27, 21:27].mean() > 40


def test_stamps_look_like_those_of_the_survey(folder: Path, shared: Path) -> None:
    """Median of the sky's level, its noise and the centre's brightness, each within a factor of that of real stamps."""

    def look(paths: list[Path]) -> np.ndarray:
        found = []
        for path in paths:
            with Image.open(path) as image:
                pixels = np.asarray(image.convert("RGB").resize((48, 48), Image.Resampling.BOX)).astype(float)
            corner = pixels[:8, :8]
            found.append([np.median(pixels), corner.std(axis=(0, 1)).mean(), pixels[21:27, 21:27].mean()])
        return np.median(found, axis=0)

    ours = look(sorted((folder / "images").iterdir()))
    real = look(sorted((shared / "gz2-sample" / "images").glob("*.jpg"))[:200])
    assert (ours / real > [0.4, 0.4, 0.7]).all() and (ours / real < [2.5, 2.5, 1.4]).all()


def test_one_seed_is_one_sky_whatever_the_number_of_processes(folder: Path, tmp_path: Path) -> None:
    simulate(tmp_path / "again", galaxies=GALAXIES, seed=4, size=48, processes=2, progress=False)
    assert content(tmp_path / "again") == content(folder)
    simulate(tmp_path / "other", galaxies=3, seed=5, size=48, progress=False)
    assert not set(content(tmp_path / "other")) & {n for n in content(folder) if n.startswith("images/")}


@pytest.mark.slow  # that its remains are no obstacle is seen below
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads the children of a process from /proc")
def test_a_killed_simulation_leaves_no_worker_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "truemorph", "simulate", "--out", str(tmp_path / "sky"), "--galaxies", "5000"]
    parent = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    children: list[str] = []
    while len(children) < 2 and parent.poll() is None and time.monotonic() < until:
        time.sleep(0.2)
        tasks = Path(f"/proc/{parent.pid}/task").glob("*/children")
        children = [child for task in tasks for child in task.read_text().split()]
    while not list(tmp_path.glob(".sky.partial/images/*")) and time.monotonic() < until:
        time.sleep(0.2)
    parent.kill()
    parent.wait()
    assert len(children) >= 2
    while any(Path(f"/proc/{child}/cmdline").exists() for child in children) and time.monotonic() < until:
        time.sleep(0.2)
    left = [child for child in children if Path(f"/proc/{child}/cmdline").exists()]
    for child in left:
        os.kill(int(child), signal.SIGKILL)
    assert not left


def test_an_image_is_the_same_in_a_sky_of_any_number(folder: Path, tmp_path: Path) -> None:
    simulate(tmp_path / "few", galaxies=5, seed=4, size=48, progress=False)
    few = {n: h for n, h in content(tmp_path / "few").items() if n.startswith("images/")}
    assert len(few) == 5 and few.items() <= content(folder).items()


def test_catalogue_bytes_are_those_of_every_machine(tmp_path: Path) -> None:
    """Numbers that this project once wrote; should they change, a seed no longer means the same sky."""
    simulate(tmp_path / "sky", galaxies=40, seed=1, size=32, progress=False)
    digests = content(tmp_path / "sky")
    assert {n: digests[f"{n}.csv"][:12] for n in ("votes", "photometry", "structure", "truth")} == GOLDEN


def test_sky_json_says_how_it_was_made(folder: Path, tmp_path: Path) -> None:
    about = json.loads((folder / "sky.json").read_text())
    assert (about["seed"], about["theta"], about["size"], about["galaxies"]) == (4, 9.18, 48, GALAXIES)
    assert about["law"] == "exponential" and about["null"] is False and about["version"]
    simulate(tmp_path / "null", galaxies=30, seed=4, size=32, null=True, progress=False)
    null = json.loads((tmp_path / "null" / "sky.json").read_text())
    assert null["null"] is True and null["law"] == "none" and null["theta"] is None
    truth = table(tmp_path / "null", "truth.csv")
    assert (truth["label"] == truth["label_seen"]).all()


def test_the_component_writes_a_sky(tmp_path: Path) -> None:
    parameters = {"galaxies": 2, "seed": 1, "theta": 9.18, "size": 32, "null": False}
    assert set(parameters) == set(SPEC.parameters)
    execute({}, {"sky": tmp_path / "sky"}, parameters)
    assert len(list((tmp_path / "sky" / "images").iterdir())) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"galaxies": 0}, r"galaxies must be 1 to \d+\. Received: 0; try --"),
        ({"galaxies": -5}, r"galaxies must be 1 to \d+\. Received: -5; try --"),
        ({"theta": 0.0}, r"theta must be finite and greater than 0\. Received: 0\.0; try --"),
        ({"theta": -9.18}, r"theta must be finite and greater than 0\. Received: -9\.18"),
        ({"theta": math.inf}, r"theta must be finite and greater than 0\. Received: inf"),
        ({"theta": math.nan}, r"theta must be finite and greater than 0\. Received: nan"),
        ({"size": 31}, r"size must be 32 to 424 pixels\. Received: 31; try --"),
        ({"size": 425}, r"size must be 32 to 424 pixels\. Received: 425; try --"),
        ({"seed": -1}, r"seed must be 0 to 2\^63 - 1\. Received: -1; try --"),
        ({"seed": 2**63}, r"seed must be 0 to 2\^63 - 1\. Received: 9223372036854775808; try --"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_anything_is_written(tmp_path: Path, arguments, message: str) -> None:
    with pytest.raises(InputError, match=message) as refused:
        simulate(tmp_path / "deep" / "sky", **({"galaxies": 3, "seed": 1} | arguments))
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_a_folder_in_use_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "sky").mkdir()
    (tmp_path / "sky" / "mine.txt").write_text("kept")
    with pytest.raises(InputError, match="sky exists and is not an empty folder; give another --out"):
        simulate(tmp_path / "sky", galaxies=1, seed=1)
    assert (tmp_path / "sky" / "mine.txt").read_text() == "kept"
    with pytest.raises(InputError, match=r"mine\.txt is a file, so .* cannot be made in it; give another --out"):
        simulate(tmp_path / "sky" / "mine.txt" / "sky", galaxies=1, seed=1)


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "sky").mkdir()
    simulate(tmp_path / "sky", galaxies=1, seed=1, size=32, progress=False)
    assert (tmp_path / "sky" / "votes.csv").is_file()


def test_a_failure_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("truemorph.components.simulator.sky.draw_batch", fail)
    with pytest.raises(OSError, match="disk full"):
        simulate(tmp_path / "sky", galaxies=3, seed=1, size=32, progress=False)
    assert not list(tmp_path.iterdir())


def test_what_a_killed_run_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".sky.partial" / "images").mkdir(parents=True)
    (tmp_path / ".sky.partial" / "images" / "stale.jpg").write_bytes(b"")
    simulate(tmp_path / "sky", galaxies=2, seed=1, size=32, progress=False)
    assert [p.name for p in tmp_path.iterdir()] == ["sky"]
    assert len(list((tmp_path / "sky" / "images").iterdir())) == 2


def test_progress_goes_to_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulate(tmp_path / "sky", galaxies=2, seed=1, size=32)
    captured = capsys.readouterr()
    assert captured.out == "" and "2/2" in captured.err


@pytest.mark.slow
def test_a_hundred_galaxies_a_second_on_one_core() -> None:
    rows = list(draw(300, 9, 9.18).itertuples())
    rates = []
    for _ in range(3):
        started = time.process_time()
        for row in rows:
            render.colour(render.render(row, 9, 96))
        rates.append(300 / (time.process_time() - started))
    assert max(rates) > 100
