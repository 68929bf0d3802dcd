"""Ingest and predict on a real engine, killed on the way: `python tests/bench/bench_engine.py [--stamps N]`.

The engine is Prism, Beam's own portable runner, built from the Go module of the Beam that is installed. Its workers are
processes of their own, started by a worker pool on the loopback (EXTERNAL). The dataset is made four times: in this
process, on the engine, on the engine with a worker killed half-way, and with the engine itself killed; and so are the
predictions of a network that nobody trained. Every byte must be the same each time.
"""

import argparse
import filecmp
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from bench_ingest import SIDE, STAMPS, make_sky

from truemorph.components.engines.jobs import LATE

MODULE = "github.com/apache/beam/sdks/v2/go/cmd/prism"
SOURCES = ("votes", "photometry", "structure", "mapping")
FIRST = {"ingest": "shard-*.json", "predict": "part-*.sha256"}
"""What workers leave when a file is whole."""


def build_prism(folder: Path) -> Path:
    """Prism of the installed Beam's version, in a folder; built where it is not there yet."""
    beam = version("apache-beam")
    built = folder / f"prism-{beam}" / "prism"
    if not built.exists():
        if not shutil.which("go"):
            sys.exit("make engine: needs Go, to build Prism from its module; install Go 1.25 or newer")
        environment = os.environ | {"GOBIN": str(built.parent.resolve()), "GOFLAGS": "-mod=mod"}
        done = subprocess.run(["go", "install", f"{MODULE}@v{beam}"], env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"make engine: Go could not build {MODULE}@v{beam}: {done.stderr.strip().splitlines()[-1]}")
    return built


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.create_server(("localhost", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def started(log: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process and all that it starts, killed at the end; what it says is added to the log."""
    with log.open("ab") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True)
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its group."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def engine(prism: Path, logs: Path) -> Iterator[tuple[subprocess.Popen[bytes], subprocess.Popen[bytes], list[str]]]:
    """Prism and a pool of worker processes, whose logs are kept; gives both, and the options of a run on them."""
    jobs, pool = free_port(), free_port()
    pooling = (sys.executable, "-m", "apache_beam.runners.worker.worker_pool_main")
    with (
        started(logs / "prism.log", str(prism), f"-job_port={jobs}", "-serve_http=false") as runner,
        started(logs / "workers.log", *pooling, f"--service_port={pool}", "--container_executable=") as workers,
    ):
        for port in (jobs, pool):
            wait_for(lambda port=port: listens(port))  # type: ignore[misc]
        environment = ["--environment_type=EXTERNAL", f"--environment_config=localhost:{pool}"]
        yield runner, workers, [f"--job_endpoint=localhost:{jobs}", *environment]


def listens(port: int) -> bool:
    """Whether somebody listens on a port of the loopback."""
    with socket.socket() as client:
        return client.connect_ex(("localhost", port)) == 0


def wait_for(happened: Callable[[], object], seconds: float = 120) -> None:
    """Wait until something is true."""
    last = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > last:
            sys.exit(f"make engine: nothing happened within {seconds:.0f} s; see whether the machine is overloaded")
        time.sleep(0.05)


def begun(kind: str, sky: Path, out: Path, options: list[str]) -> subprocess.Popen[str]:
    """`truemorph ingest` or `predict`, begun; in its own process where there are no options."""
    command = [sys.executable, "-m", "truemorph", kind, "--images", str(sky / "images")]
    if kind == "ingest":
        command += ["--out", str(out)]
        command += [word for name in SOURCES for word in (f"--{name}", str(sky / f"{name}.csv"))]
    else:
        out.mkdir(exist_ok=True)
        command += ["--out", str(out / "predictions.parquet"), "--model", str(sky / "model")]
    if options:
        given = ", ".join(f'"{option}"' for option in [*options, f"--temp_location={out.parent / 'staging'}"])
        command += ["--set", "beam.runner=PortableRunner", "--set", f"beam.options=[{given}]"]
    return subprocess.Popen([*command, "--quiet"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def make_model(folder: Path) -> None:
    """A small network as the Trainer writes one, of random weights; to be called in a process of its own."""
    from truemorph.components.trainer.backbones import build_classifier

    folder.mkdir()
    build_classifier("small", 64, 0).save(folder / "model.keras")
    card = '{"image_size": 64, "crop": 0.5, "name": "debiased", "law": null, "theta": null}'
    (folder / "model.json").write_text(card)


def finish(job: subprocess.Popen[str], logs: Path, seconds: float = 3600) -> tuple[int, str]:
    """Exit status of a job, and the line that says why it failed, which gRPC may bury; all lines are kept."""
    said = job.communicate(timeout=seconds)[1].strip()
    with (logs / "job.log").open("a", encoding="utf-8") as log:
        log.write(f"{said}\n")
    lines = said.splitlines() or [""]
    return job.returncode, next((line for line in lines if line.startswith("truemorph")), lines[-1])


def children(process: subprocess.Popen[bytes]) -> list[int]:
    """Processes that a process has started."""
    tasks = Path(f"/proc/{process.pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def differing(one: Path, other: Path) -> list[str]:
    """Files of two datasets that are not the same, byte for byte."""
    names = {path.relative_to(folder).as_posix() for folder in (one, other) for path in folder.rglob("*")}
    files = sorted(name for name in names if not name.startswith(".") and not (one / name).is_dir())
    _, other_bytes, missing = filecmp.cmpfiles(one, other, files, shallow=False)
    return other_bytes + missing


def finished(kind: str, prism: Path, sky: Path, out: Path, kill: str = "") -> tuple[int, str]:
    """A job on the engine, whose worker or engine may be killed after its first file; as of finish.

    Where the machine was too busy for a worker to come up in time, the job is run again, twice at most.
    """
    for _ in range(3):
        with engine(prism, out.parent) as (runner, pool, options):
            job = begun(kind, sky, out, options)
            if kill:
                wait_for(lambda job=job: has_begun(kind, out) or job.poll() is not None, 1800)  # type: ignore[misc]
            if kill == "worker":
                for process in children(pool):
                    os.kill(process, signal.SIGKILL)
            elif kill:
                end(runner)
            status, line = finish(job, out.parent)
        if LATE not in line:
            break
        print(f"make engine: {kind}: {LATE}; again", file=sys.stderr, flush=True)
    return status, line


def has_begun(kind: str, out: Path) -> bool:
    """Whether workers have finished a file."""
    return any((out.parent / "staging").rglob(FIRST[kind]))


def killed(what: str, kind: str, prism: Path, sky: Path, out: Path) -> str:
    """Kill the worker or the engine of a job after its first file, run it again; says how the first run ended."""
    status, line = finished(kind, prism, sky, out, what)
    if status == 0:
        sys.exit(f"make engine: the job had ended before its {what} was killed; give more --stamps")
    if not has_begun(kind, out):
        sys.exit(f"make engine: the job ended before its {what} was killed: {line}")
    again, error = finished(kind, prism, sky, out)
    if again:
        sys.exit(f"make engine: the job did not go on after its {what} was killed: {error}")
    return line


def made(name: str, kind: str, prism: Path, sky: Path, out: Path) -> str:
    """Make the dataset or the predictions in one of the four ways; says how a killed run ended."""
    if name.endswith("killed"):
        return f"; the first run ended with: {killed(name.split()[0], kind, prism, sky, out)}"
    if name == "in this process":
        status, line = finish(begun(kind, sky, out, []), out.parent)
    else:
        status, line = finished(kind, prism, sky, out)
    if status:
        sys.exit(f"make engine: {name}: {kind} failed: {line}")
    return ""


def four_ways(kind: str, prism: Path, folder: Path) -> None:
    """Make the dataset or the predictions in all ways, compare, and print."""
    results: list[Path] = []
    for name in ("in this process", "on the engine", "worker killed", "engine killed"):
        results.append(folder / kind / name.replace(" ", "-") / "out")
        results[-1].parent.mkdir(parents=True)
        start = time.monotonic()
        how = made(name, kind, prism, folder / "sky", results[-1])
        if wrong := differing(results[0], results[-1]):
            sys.exit(f"make engine: {kind}, {name}: not the bytes of this process: {', '.join(wrong[:3])}")
        same = "the same bytes, " * (len(results) > 1)
        print(f"{kind}, {name}: {same}{time.monotonic() - start:.0f} s{how}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--stamps", type=int, default=20_000)
    parser.add_argument("--build", type=Path, default=Path(".venv"), help="where Prism is built")
    parser.add_argument("--only", nargs="+", choices=("ingest", "predict"), default=("ingest", "predict"))
    chosen = parser.parse_args()
    prism = build_prism(chosen.build)
    print(f"Prism of Beam {version('apache-beam')}, {chosen.stamps:,} stamps")
    with tempfile.TemporaryDirectory(dir=chosen.build) as work:
        folder = Path(work).resolve()
        make = ["simulate", "--out", str(folder / "stamps"), "--galaxies", str(STAMPS), "--size", str(SIDE), "--quiet"]
        subprocess.run([sys.executable, "-m", "truemorph", *make], check=True, stdout=subprocess.DEVNULL)
        make_sky(folder / "sky", chosen.stamps, sorted((folder / "stamps" / "images").iterdir()))
        make_network = f"from bench_engine import Path, make_model; make_model(Path({str(folder / 'sky' / 'model')!r}))"
        subprocess.run([sys.executable, "-c", make_network], check=True, cwd=Path(__file__).parent, capture_output=True)
        try:
            for kind in chosen.only:
                four_ways(kind, prism, folder)
        except BaseException:
            kept = chosen.build / "engine-logs"
            for log in folder.glob("*/*/*.log"):
                place = kept / log.relative_to(folder)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(log, place)
            print(f"make engine: what the jobs, Prism and the workers said is kept in {kept}", file=sys.stderr)
            raise


if __name__ == "__main__":
    main()
