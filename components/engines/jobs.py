"""A Beam job: run, and told in one line what became of it and what its workers counted."""

from collections import Counter
from typing import Any

from truemorph.components.errors import JobError, one_line
from truemorph.components.progress import say

_NAMESPACE = "truemorph"
# What Prism says of a worker that has not connected after the minute that it gives one.
_LATE = "didn't get control connection"
LATE = "no worker came up within a minute: see that the worker pool runs and its machine is not overloaded"


def count(name: str, number: int = 1) -> None:
    """Count in Beam's metrics, inside a worker; nothing is counted outside of one.

    Args:
        name: what is counted, such as 'examples' or 'rejected: no_image'.
        number: how many, >= 0.
    """
    from apache_beam.metrics import Metrics

    Metrics.counter(_NAMESPACE, name).inc(number)


def counts(result: Any) -> dict[str, int]:
    """What the workers of a finished job counted, by name.

    Args:
        result: Beam's PipelineResult; a bundle that was tried twice counts once where the engine says so.
    """
    found: Counter[str] = Counter()
    for counter in result.metrics().query()["counters"]:
        if counter.key.metric.namespace == _NAMESPACE:
            found[counter.key.metric.name] += counter.result or 0
    return dict(sorted(found.items()))


def tell(what: str, result: Any) -> None:
    """Say what the workers of a finished job counted."""
    found = ", ".join(f"{name} {number:,}" for name, number in counts(result).items())
    if found:
        say(f"{what}: {found}")


def run_job(pipeline: Any, runner: str, what: str) -> None:
    """Run a pipeline on an engine and say what was counted; broken off with Ctrl-C, the job is cancelled.

    Raises:
        JobError: if the job fails.
    """
    try:
        result = pipeline.run()
        if runner == "DataflowRunner":
            say(f"Dataflow job {result.job_id()}: https://console.cloud.google.com/dataflow/jobs")
        try:
            result.wait_until_finish()
        except KeyboardInterrupt:
            result.cancel()
            raise
    except Exception as error:
        why = one_line(error, -1)
        raise JobError(
            f"beam.runner: {runner} did not finish the job ({LATE if _LATE in why else why}); "
            "run the same command again to continue"
        ) from error
    tell(what, result)
