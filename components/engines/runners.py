"""Beam runners: which are offered, what each needs before anything starts, and how it is made."""

import contextlib
import difflib
import io
from collections.abc import Sequence
from typing import Any, NamedTuple

from truemorph.components.errors import InputError

RUNNERS = ("FnApiRunner", "PortableRunner", "DataflowRunner")
# Options without which a job fails later than it need, or on workers that cannot import truemorph.
_NEEDED = {
    "FnApiRunner": (),
    "PortableRunner": ("job_endpoint", "temp_location"),
    "DataflowRunner": ("project", "region", "temp_location", "sdk_container_image"),
}
_REFUSED = {
    "DirectRunner": "it first tries to download a binary",
    "DaskRunner": "it loses data: of a pipeline with two branches it ran only the last, and reported success",
    "RayRunner": "its only release is a trial of 2022",
    "multi_threading": "it loses records",
    "PrismRunner": "start Prism yourself and use PortableRunner with its --job_endpoint",
    "FlinkRunner": "start Beam's job server for Flink and use PortableRunner with its --job_endpoint",
    "SparkRunner": "start Beam's job server for Spark and use PortableRunner with its --job_endpoint",
}
# What other keys decide, or what would leave nothing to fetch: truemorph waits for its job.
_UNFIT = (
    "runner",
    "streaming",
    "direct_running_mode",
    "direct_num_workers",
    "save_main_session",
    "template_location",
    "dry_run",
)
# These would be printed, and sent to every worker.
_SECRET = ("--s3_access", "--s3_secret", "--s3_session")


class Engine(NamedTuple):
    """Where Beam runs: a runner, processes of this machine, and the runner's own options; see check_runner."""

    runner: str = "FnApiRunner"
    workers: int = 1
    options: Sequence[str] = ()


HERE = Engine()


def check_runner(name: str, workers: int = 1, options: Sequence[str] = ()) -> None:
    """Refuse a Beam runner that is not offered, or what it cannot work with.

    Runners that lose records, or that download a binary first, are refused by name.

    Args:
        name: of the runner.
        workers: processes of this machine that work, >= 1; more than one with FnApiRunner only.
        options: Beam's own, each as '--name=value'; none with FnApiRunner.

    Raises:
        InputError: if the name is not one of RUNNERS, an option is unknown, set elsewhere or missing, or the runner
            is not installed.
    """
    if name not in RUNNERS:
        why = next((f" ({reason})" for refused, reason in _REFUSED.items() if refused in name), "")
        raise InputError(f"beam.runner: {name!r} is not supported{why}; choose {' or '.join(RUNNERS)}")
    if any(option.startswith(_SECRET) for option in options):
        raise InputError("beam.options: S3 keys do not belong here; workers find them in their environment")
    if "multi_threading" in " ".join(options):
        raise InputError("beam.options: multi_threading loses records; leave it out and set beam.workers=2 or more")
    if name == "FnApiRunner":
        if options:
            raise InputError(f"beam.options: FnApiRunner has no options, received {options[0]}; set beam.runner too")
        return
    if workers > 1:
        raise InputError(
            f"beam.workers: received {workers}, which is for FnApiRunner; leave it out and set in beam.options "
            f"how many workers {name} may use"
        )
    given = _parse(options)
    for needed in _NEEDED[name]:
        if not given.get(needed):
            raise InputError(f"beam.options: {name} needs --{needed}; add it to the list")
    if name == "DataflowRunner":
        _check_dataflow(given["temp_location"])


def is_remote(name: str) -> bool:
    """Whether this runner's workers may be on other machines."""
    return name != "FnApiRunner"


def make_runner(name: str, workers: int = 1, options: Sequence[str] = ()) -> tuple[Any, Any]:
    """The Beam runner of this name, one of RUNNERS, and its options; arguments and errors are those of `check_runner`.

    Returns:
        (PipelineRunner, PipelineOptions).
    """
    check_runner(name, workers, options)
    from apache_beam.options.pipeline_options import PipelineOptions, SetupOptions

    # Without flags Beam would read the command line of whatever process this is.
    if name == "FnApiRunner":
        from apache_beam.runners.portability.fn_api_runner import FnApiRunner

        mode = {"direct_running_mode": "multi_processing", "direct_num_workers": workers} if workers > 1 else {}
        return FnApiRunner(), PipelineOptions(flags=[], **mode)
    given = PipelineOptions(flags=list(options))
    # Workers have truemorph installed; what else this process holds is none of their business, and may not pickle.
    given.view_as(SetupOptions).save_main_session = False
    if name == "DataflowRunner":
        from apache_beam.runners.dataflow.dataflow_runner import DataflowRunner

        return DataflowRunner(), given
    from apache_beam.runners.portability.portable_runner import PortableRunner

    return PortableRunner(), given


def _parse(options: Sequence[str]) -> dict[str, Any]:
    """Values by name, of those options that differ from Beam's defaults."""
    from apache_beam.options.pipeline_options import PipelineOptions

    for option in options:
        if not option.startswith("--"):
            raise InputError(f"beam.options: received {option!r}; give Beam's options as --name=value")
        name = option[2:].partition("=")[0]
        if name in _UNFIT:
            raise InputError(f"beam.options: --{name} does not work with truemorph; leave it out")
    parsed, complaint = PipelineOptions(flags=list(options)), io.StringIO()
    try:
        with contextlib.redirect_stderr(complaint):
            known = set(parsed.get_all_options())
            given = parsed.get_all_options(drop_default=True, retain_unknown_options=True)
    except SystemExit:
        last = complaint.getvalue().strip().rpartition("error: ")[2]
        raise InputError(f"beam.options: Beam says '{last}'; fix it") from None
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
            raise InputError(f"beam.options: Beam has no option --{name}; the nearest one is --{near[0]}")
    return given


def _check_dataflow(temp_location: str) -> None:
    if not temp_location.startswith("gs://"):
        raise InputError(
            f"beam.options: --temp_location={temp_location}: Dataflow's workers do not see it; "
            "give a folder in a bucket, gs://bucket/folder"
        )
    try:
        from apache_beam.runners.dataflow.internal import apiclient  # noqa: F401
    except ImportError as error:
        raise InputError(
            f"beam.runner: DataflowRunner is not installed ({error}); pip install 'apache-beam[gcp]'"
        ) from None
