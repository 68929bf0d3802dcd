"""Workers that share nothing with this process but a staging folder make the same dataset."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from upstream import Sky

from truemorph.components.engines.staging import Staging
from truemorph.components.errors import InputError, JobError
from truemorph.components.example_gen import remote, splits
from truemorph.components.example_gen.ingest_sources import open_sources


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty galaxies are six shards."""
    monkeypatch.setattr(splits, "ROWS_PER_SHARD", 8)


def portable(staging: Path, *environment: str) -> dict[str, Any]:
    """Parameters of an ingest on Beam's own job server, with workers in threads of this process if nothing is said."""
    given = environment or ("--environment_type=LOOPBACK",)
    return {"runner": "PortableRunner", "options": ["--job_endpoint=embed", f"--temp_location={staging}", *given]}


def break_once(monkeypatch: pytest.MonkeyPatch, place: str, error: Exception) -> None:
    """Let a method of Staging fail where the name of a file has `place` in it."""
    put = Staging.put

    def broken(staging: Staging, file: Path, name: str) -> None:
        if place in name:
            raise error
        put(staging, file, name)

    monkeypatch.setattr(Staging, "put", broken)


@pytest.mark.slow  # the same on the loopback below, and with a bucket in test_bucket.py
def test_workers_in_processes_of_their_own_make_the_same_dataset(sky: Sky) -> None:
    sky.image(sky.ids[0]).write_bytes(b"")
    sky.photometry.loc[3, "psfWidth_r"] = None
    here = sky.ingest("here", balance=True)
    empty, staging = sky.folder / "empty", sky.folder / "staging"
    empty.mkdir()
    worker = f"cd {empty} && touch started && {sys.executable} -m apache_beam.runners.worker.sdk_worker_main"
    processes = ("--environment_type=beam:env:harness_subprocess_python:v1", f"--environment_config={worker}")
    elsewhere = sky.ingest("elsewhere", balance=True, **portable(staging, *processes))
    assert here.files() == elsewhere.files()
    assert len(list(here.examples.glob("Split-*/*"))) == 6
    assert [file.name for file in empty.iterdir()] == ["started"]
    assert list(staging.iterdir()) == []


def test_loopback_workers_make_the_same_dataset(sky: Sky, tmp_path: Path) -> None:
    sky.mapping = pd.DataFrame({"objid": sky.ids, "sample": "original", "asset_id": sky.ids})
    sky.mapping.loc[5, "asset_id"] = None
    assert sky.ingest("elsewhere", **portable(tmp_path / "staging")).files() == sky.ingest("here").files()


def test_a_table_for_workers_is_the_one_that_was_given(sky: Sky, tmp_path: Path) -> None:
    own = sky.folder / "own.csv"
    labels = ["smooth", "disk", "neither", "", "1"] * 8
    pd.DataFrame({"id_str": sky.ids, "class": labels, "r50": 2.5, "fwhm": 1.3}).to_csv(own, index=False)
    columns = {"label_raw": "class", "alpha": "2.3548 * r50 / fwhm"}
    staging = Staging(str(tmp_path / "staging"))
    for source in open_sources(table=own, columns=columns, images=sky.folder / "images").tables:
        sent, rows = remote._send(source, staging)
        staging.get(sent.path.name, tmp_path / sent.path.name)
        received = pd.concat(replace(sent, path=tmp_path / sent.path.name).batches())
        pd.testing.assert_frame_equal(received, pd.concat(source.batches()))
        assert rows == len(received)


def test_a_failed_job_is_one_line_and_goes_on_where_it_stopped(sky: Sky, monkeypatch: pytest.MonkeyPatch) -> None:
    staging = sky.folder / "staging"
    with monkeypatch.context() as patch:
        break_once(patch, "Split-test", OSError("the quota is spent"))
        with pytest.raises(JobError, match=r"PortableRunner did not finish the job .*the quota is spent"):
            sky.ingest(**portable(staging))
    assert not (sky.folder / "out" / "examples" / "manifest.json").exists()
    finished = sorted(staging.rglob("Split-*/data*"))
    assert 1 < len(finished) < 6
    times = [file.stat().st_mtime_ns for file in finished]
    monkeypatch.setattr(Staging, "remove", lambda staging: None)
    again = sky.ingest(**portable(staging))
    assert [file.stat().st_mtime_ns for file in finished] == times
    assert again.files() == sky.ingest("here").files()


def test_what_came_back_other_than_it_was_written_is_refused(sky: Sky, monkeypatch: pytest.MonkeyPatch) -> None:
    get = Staging.get

    def cut(staging: Staging, name: str, file: Path) -> None:
        get(staging, name, file)
        if "Split-eval" in name:
            file.write_bytes(file.read_bytes()[:-1])

    monkeypatch.setattr(Staging, "get", cut)
    with pytest.raises(JobError, match="data_tfrecord-00000-of-00001: differs from what its worker wrote"):
        sky.ingest(**portable(sky.folder / "staging"))
    monkeypatch.undo()
    monkeypatch.setattr(splits, "ROWS_PER_SHARD", 8)
    assert sky.ingest(**portable(sky.folder / "staging")).manifest["counts"]["rows_in"] == 40


def test_workers_of_another_version_do_nothing(sky: Sky, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = iter(["0.0.9", "0.0.9"])
    monkeypatch.setattr(remote, "version", lambda name: next(versions, "0.1.0"))
    with pytest.raises(JobError, match=r"this worker has truemorph 0\.1\.0, but the job was started with 0\.0\.9"):
        sky.ingest(**portable(sky.folder / "staging"))


def test_bad_input_is_found_before_a_job_begins(sky: Sky, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "build", lambda *given: pytest.fail("a job began"))
    staging = sky.folder / "staging"
    with monkeypatch.context() as patch:
        break_once(patch, "votes", PermissionError("403 no access"))
        with pytest.raises(InputError, match=r"--temp_location: .*cannot be written to \(403 no access\)"):
            sky.ingest(**portable(staging))
    sky.photometry["psfWidth_r"] = np.where(np.arange(40) == 7, "wide", "1.4")
    with pytest.raises(InputError, match=r"column 'psfWidth_r' holds 'wide' in row 8, not a number"):
        sky.ingest(**portable(staging))


def test_images_that_workers_in_the_cloud_do_not_see(sky: Sky, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("apache_beam.runners.dataflow.internal.apiclient", reason="needs apache-beam[gcp]")
    monkeypatch.setattr(remote, "build", lambda *given: pytest.fail("a job began"))
    cloud = ["--project=p-1", "--region=r-1", "--temp_location=gs://b/tmp", "--sdk_container_image=r/w:1"]
    with pytest.raises(InputError, match=r"--images .*images: DataflowRunner's workers do not see it; copy the images"):
        sky.ingest(runner="DataflowRunner", options=cloud)
