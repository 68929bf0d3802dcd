"""Predictions by workers that come to the model through a staging folder are those of this process, byte for byte."""

from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pandas as pd
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from truemorph.components.bulk_inferrer.beam import PartHandler, PredictImages
from truemorph.components.bulk_inferrer.parts import image_parts
from truemorph.components.bulk_inferrer.predict import predict
from truemorph.components.engines.jobs import counts
from truemorph.components.engines.runners import Engine
from truemorph.components.engines.staging import Staging
from truemorph.components.errors import InputError, JobError


@pytest.fixture(scope="module")
def images(toy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """25 images, one of them damaged: 3 parts."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(5)
    for index in range(25):
        (folder / f"{index:03d}.jpg").write_bytes(toy.blob(rng, index % 2 == 0) if index != 13 else b"")
    return folder


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("truemorph.components.bulk_inferrer.parts.IMAGES_PER_PART", 10)


def embedded(staging: Path) -> Engine:
    """Beam's own job server, with workers in threads of this process."""
    options = ("--job_endpoint=embed", f"--temp_location={staging}", "--environment_type=LOOPBACK")
    return Engine("PortableRunner", 1, options)


def test_a_failed_job_goes_on_where_it_stopped_to_the_same_bytes(
    model: Path, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = predict(model, images, tmp_path / "here.csv")
    out, staging = tmp_path / "p.csv", tmp_path / "staging"
    put = Staging.put

    def broken(self: Staging, file: Path, name: str) -> None:
        if name == "part-00002.parquet":
            raise OSError("the quota is spent")
        put(self, file, name)

    with monkeypatch.context() as patch:
        patch.setattr(Staging, "put", broken)
        with pytest.raises(JobError, match=r"PortableRunner did not finish the job .*the quota is spent"):
            predict(model, images, out, engine=embedded(staging))
    assert not out.exists()
    left = sorted(path.name for path in staging.rglob("part-*"))
    assert left == [f"part-0000{number}.{ending}" for number in (0, 1) for ending in ("parquet", "sha256")]
    times = {path: path.stat().st_mtime_ns for path in staging.rglob("part-*")}
    with monkeypatch.context() as patch:
        patch.setattr(Staging, "remove", lambda self: None)
        assert predict(model, images, out, engine=embedded(staging)) == counted
    assert {path: path.stat().st_mtime_ns for path in times} == times
    assert out.read_bytes() == (tmp_path / "here.csv").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_what_came_back_other_than_it_was_written_is_refused(
    model: Path, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    get = Staging.get

    def cut(self: Staging, name: str, file: Path) -> None:
        get(self, name, file)
        if name == "part-00001.parquet":
            file.write_bytes(file.read_bytes()[:-1])

    monkeypatch.setattr(Staging, "get", cut)
    with pytest.raises(
        JobError, match=r"part-00001\.parquet: differs from what its worker wrote; run the same command"
    ):
        predict(model, images, tmp_path / "p.csv", engine=embedded(tmp_path / "staging"))


def test_what_an_engine_cannot_do_is_refused(model: Path, images: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--shard: PortableRunner divides the work itself; leave it out"):
        predict(model, images, tmp_path / "p.csv", shard=(1, 2), engine=embedded(tmp_path))
    with pytest.raises(InputError, match=r"beam\.runner: 'DaskRunner' is not supported .it loses data"):
        predict(model, images, tmp_path / "p.csv", engine=Engine("DaskRunner"))
    cloud = ("--project=p-1", "--region=r-1", "--temp_location=gs://b/tmp", "--sdk_container_image=r/w:1")
    pytest.importorskip("apache_beam.io.gcp.gcsio", reason="needs apache-beam[gcp]")
    with pytest.raises(InputError, match="--images: DataflowRunner's workers do not see this machine"):
        predict(model, images, tmp_path / "p.csv", engine=Engine("DataflowRunner", 1, cloud))


def test_images_are_predicted_in_a_pipeline_of_ones_own(model: Path, images: Path, tmp_path: Path) -> None:
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions(flags=[]))
    parts = pipeline | beam.Create(list(enumerate(image_parts(str(images))[0])))
    predicted = parts | PredictImages(PartHandler(model))
    _ = predicted | beam.Map(lambda numbered: numbered[1].to_parquet(tmp_path / f"{numbered[0]}.parquet"))
    result = pipeline.run()
    result.wait_until_finish()
    table = pd.concat([pd.read_parquet(tmp_path / f"{number}.parquet") for number in range(3)])
    assert table["objid"].tolist() == [f"{index:03d}" for index in range(25)]
    assert counts(result) == {"images ok": 24, "images unreadable: image_empty": 1}
