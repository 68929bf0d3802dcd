"""The runner is the one named, and what it lacks is said before anything starts."""

import re

import pytest

from truemorph.components.engines.runners import RUNNERS, check_runner, make_runner
from truemorph.components.errors import InputError

EMBEDDED = ("--job_endpoint=embed", "--temp_location=/data/staging")
CLOUD = ("--project=p-1", "--region=europe-west4", "--temp_location=gs://b/tmp", "--sdk_container_image=r/w:1")


def test_the_runner_is_the_one_named() -> None:
    assert type(make_runner("FnApiRunner")[0]).__name__ == "FnApiRunner"
    runner, options = make_runner("PortableRunner", 1, (*EMBEDDED, "--environment_type=LOOPBACK"))
    assert type(runner).__name__ == "PortableRunner"
    assert options.get_all_options(drop_default=True) == {
        "job_endpoint": "embed",
        "temp_location": "/data/staging",
        "environment_type": "LOOPBACK",
        "save_main_session": False,
    }


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("DirectRunner", " (it first tries to download a binary)"),
        ("DaskRunner", " (it loses data: of a pipeline with two branches it ran only the last, and reported success)"),
        ("RayRunner", " (its only release is a trial of 2022)"),
        ("FlinkRunner", " (start Beam's job server for Flink and use PortableRunner with its --job_endpoint)"),
        ("PrismRunner", " (start Prism yourself and use PortableRunner with its --job_endpoint)"),
        ("", ""),
    ],
)
def test_a_runner_that_is_not_offered_is_refused_with_its_reason(name: str, why: str) -> None:
    wanted = f"beam.runner: {name!r} is not supported{why}; choose FnApiRunner or PortableRunner"
    with pytest.raises(InputError, match=re.escape(wanted)):
        check_runner(name)


def test_multi_threading_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"'multi_threading' is not supported \(it loses records\)"):
        check_runner("multi_threading")
    for runner in RUNNERS:
        with pytest.raises(InputError, match=r"beam\.options: multi_threading loses records; leave it out"):
            check_runner(runner, 1, ("--direct_running_mode=multi_threading",))


@pytest.mark.parametrize(
    ("runner", "workers", "options", "message"),
    [
        ("FnApiRunner", 1, CLOUD, "FnApiRunner has no options, received --project=p-1; set beam.runner too"),
        ("DataflowRunner", 4, CLOUD, "beam.workers: received 4, which is for FnApiRunner"),
        ("PortableRunner", 1, EMBEDDED[1:], "PortableRunner needs --job_endpoint; add it to the list"),
        ("PortableRunner", 1, EMBEDDED[:1], "PortableRunner needs --temp_location"),
        *(
            ("DataflowRunner", 1, [option for option in CLOUD if needed not in option], f"needs --{needed}")
            for needed in ("project", "region", "temp_location", "sdk_container_image")
        ),
        ("DataflowRunner", 1, [*CLOUD[:2], "--temp_location=/tmp/x", CLOUD[3]], "Dataflow's workers do not see it"),
        ("DataflowRunner", 1, ["project=p-1"], "received 'project=p-1'; give Beam's options as --name=value"),
        (
            "DataflowRunner",
            1,
            [*CLOUD, "--max_num_worker=3"],
            "Beam has no option --max_num_worker; the nearest one is --",
        ),
        ("DataflowRunner", 1, [*CLOUD, "--num_workers=few"], "Beam says 'argument --num_workers: invalid int value"),
        ("DataflowRunner", 1, [*CLOUD, "--runner=DirectRunner"], "--runner does not work with truemorph; leave it out"),
        ("DataflowRunner", 1, [*CLOUD, "--streaming"], "--streaming does not work with truemorph"),
        ("DataflowRunner", 1, [*CLOUD, "--dry_run"], "--dry_run does not work with truemorph"),
    ],
)
def test_what_a_runner_cannot_work_with_is_one_line(
    runner: str, workers: int, options: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError) as error:
        check_runner(runner, workers, options)
    assert message in str(error.value) and "\n" not in str(error.value)
    assert capfd.readouterr().err == ""
