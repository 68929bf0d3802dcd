"""The job for Dataflow is whole and can be sent: Beam makes and stages it, only Google's service is not asked."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from upstream import Sky

from truemorph.components.buckets.beam_files import BeamFiles
from truemorph.components.engines.runners import check_runner, make_runner
from truemorph.components.engines.staging import Staging
from truemorph.components.errors import InputError
from truemorph.components.example_gen.beam import build
from truemorph.components.example_gen.ingest_sources import open_sources
from truemorph.components.example_gen.remote import RemoteIngest, _send
from truemorph.components.example_gen.splits import make_plan

APICLIENT = "apache_beam.runners.dataflow.internal.apiclient"
pytest.importorskip(APICLIENT, reason="needs apache-beam[gcp], which is not installed here")

IMAGE = "europe-west4-docker.pkg.dev/p-1/truemorph/worker:0.1.0"
OPTIONS = (
    "--project=p-1",
    "--region=europe-west4",
    "--temp_location=gs://bucket/tmp",
    "--staging_location=gs://bucket/staging",
    f"--sdk_container_image={IMAGE}",
    "--service_account_email=worker@p-1.iam.gserviceaccount.com",
    "--machine_type=n2-standard-4",
    "--max_num_workers=20",
    "--no_auth",
)


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What Beam would have put into the bucket, by name."""
    from apache_beam.options.pipeline_options import GoogleCloudOptions
    from apache_beam.runners.dataflow.internal.apiclient import DataflowApplicationClient

    files: dict[str, bytes] = {}

    def stage(client: Any, folder: str, name: str, source: Any, **settings: Any) -> None:
        files[name] = Path(source).read_bytes() if isinstance(source, str) else source.read()

    monkeypatch.setattr(DataflowApplicationClient, "stage_file_with_retry", stage)
    monkeypatch.setattr(GoogleCloudOptions, "_warn_if_soft_delete_policy_enabled", lambda *given: None)
    return files


@pytest.mark.parametrize("balance", [False, True])
def test_the_job_has_its_steps_its_workers_and_all_they_need(
    sky: Sky, staged: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, balance: bool
) -> None:
    from apache_beam.internal import pickler
    from apache_beam.options.pipeline_options import GoogleCloudOptions
    from apache_beam.portability.api import beam_runner_api_pb2

    runner, options = make_runner("DataflowRunner", 1, OPTIONS)
    assert type(runner).__name__ == "DataflowRunner"
    # Beam then writes the job instead of sending it.
    options.view_as(GoogleCloudOptions).template_location = "gs://bucket/job.json"
    inputs = {name: path for name, path in sky.inputs().items() if name != "images"}
    monkeypatch.setattr(BeamFiles, "some", lambda files, folder: True)
    sources = open_sources(**inputs, bucket="gs://bucket/images")
    staging = Staging("gs://bucket/tmp/truemorph-1")
    monkeypatch.setattr(Staging, "put", lambda staging, file, name: None)
    sent = replace(sources, tables=tuple(_send(table, staging)[0] for table in sources.tables))
    ingest = RemoteIngest(sent, make_plan(40, 0), staging, "0.1.0")
    build(ingest, runner, options, balance).run()

    assert set(staged) == {"job.json", "pipeline.pb"}
    environment = json.loads(staged["job.json"])["environment"]
    (pool,) = environment["workerPools"]
    assert [image["containerImage"] for image in pool["sdkHarnessContainerImages"]] == [IMAGE]
    assert (pool["machineType"], pool["autoscalingSettings"]["maxNumWorkers"]) == ("n2-standard-4", 20)
    assert environment["serviceAccountEmail"] == "worker@p-1.iam.gserviceaccount.com"
    assert environment["tempStoragePrefix"].startswith("storage.googleapis.com/bucket/tmp/")

    made = beam_runner_api_pb2.Pipeline.FromString(staged["pipeline.pb"])
    steps = {transform.unique_name: transform.spec for transform in made.components.transforms.values()}
    joined, written = "JoinToExamples", "WriteExamples/Write"
    assert {"ReadSources/Sources", "ReadSources/Partition", f"{joined}/GroupByBucket", written} <= set(steps)
    assert (f"{joined}/LastTurns" in steps) == balance
    for step, name in (("ReadSources/Partition", "partition"), (f"{joined}/Join", "galaxies"), (written, "write")):
        packed = beam_runner_api_pb2.ParDoPayload.FromString(steps[step].payload).do_fn.payload
        carried = pickler.loads(packed)[0].process
        assert (carried.__name__, carried.__self__) == (name, ingest)
    assert str(sky.folder) not in repr(ingest)


def test_a_dataflow_that_is_not_installed_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, APICLIENT, None)
    monkeypatch.delattr(APICLIENT, raising=False)
    with pytest.raises(InputError, match=r"DataflowRunner is not installed .*; pip install 'apache-beam\[gcp\]'"):
        check_runner("DataflowRunner", 1, OPTIONS)
