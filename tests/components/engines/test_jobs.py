"""A job that failed ends with one line that says why and what to do."""

from typing import Any

import pytest

from truemorph.components.engines.jobs import run_job
from truemorph.components.errors import JobError


class Failed:
    """A pipeline whose job fails, as an engine says it."""

    def __init__(self, said: str) -> None:
        self.said = said

    def run(self) -> Any:
        raise RuntimeError(f"{self.said}\n")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Pipeline job-001 failed in state FAILED: the disk is full", "FAILED: the disk is full"),
        (
            "Pipeline job-001 failed in state FAILED: prism worker[job-001[job]_env] didn't get control connection to "
            "localhost:39091 after 1m0s",
            "no worker came up within a minute: see that the worker pool runs and its machine is not overloaded",
        ),
    ],
)
def test_why_a_job_failed(said: str, told: str) -> None:
    with pytest.raises(JobError) as failure:
        run_job(Failed(said), "PortableRunner", "predict")
    assert str(failure.value).startswith("beam.runner: PortableRunner did not finish the job (")
    assert str(failure.value).endswith(f"{told}); run the same command again to continue")
