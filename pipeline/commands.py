"""The commands of the command line, one function each."""

import argparse
import contextlib
from pathlib import Path
from typing import Any

from truemorph.artifacts import STATE
from truemorph.components.errors import InputError
from truemorph.components.files import read_json, remove
from truemorph.components.methods import DDB, NETWORKS, learner
from truemorph.config import Config, load_config
from truemorph.dag import (
    bias_estimator,
    bulk_inferrer,
    create_pipeline,
    evaluator,
    example_gen,
    example_validator,
    pusher,
    trainer,
)
from truemorph.local import LocalDagRunner
from truemorph.sources import sources_of
from truemorph.terminal import paint, paint_table, show


def demo(parsed: argparse.Namespace) -> None:
    """`truemorph demo`."""
    from truemorph.demo import run_demo

    out = parsed.out.absolute()
    report = run_demo(out, galaxies=parsed.galaxies, seed=parsed.seed)
    _finish(parsed, report, out)


def simulate(parsed: argparse.Namespace) -> None:
    """`truemorph simulate`."""
    from truemorph.components.simulator.kind import Kind
    from truemorph.components.simulator.sky import simulate

    simulate(
        parsed.out,
        galaxies=parsed.galaxies,
        seed=parsed.seed,
        theta=parsed.theta,
        size=parsed.size,
        null=parsed.null,
        kind=Kind.parse(parsed.kind),
    )
    show(parsed, {"out": str(parsed.out), "galaxies": parsed.galaxies}, str(parsed.out))


def fetch(parsed: argparse.Namespace) -> None:
    """`truemorph fetch`."""
    from truemorph.components.fetcher.release import fetch_gz2

    words = fetch_gz2(parsed.out)
    show(parsed, {"out": str(parsed.out), "run": words}, "truemorph run " + " ".join(words))


def check(parsed: argparse.Namespace) -> None:
    """`truemorph check`."""
    from truemorph.components.example_gen.check import check
    from truemorph.components.example_gen.sources import open_sources

    sources = sources_of(parsed)
    summary = check(open_sources(**sources.given()))
    lines = [f"{summary['examples']} of {summary['rows_in']} galaxies would be kept"]
    if summary["images_drawn"]:
        read = f"{summary['images_read']} images were read, drawn by the hash of the id"
        lines.append(f"{read}; image reasons are of those only")
    for reason, count in sorted(summary["rejects"].items(), key=lambda item: (-item[1], item[0])):
        lines.append(f"{count:>9}  {reason}")
    show(parsed, summary, "\n".join(lines))


def run(parsed: argparse.Namespace) -> None:
    """`truemorph run`."""
    out = parsed.out.absolute()
    LocalDagRunner(out).run(create_pipeline(_config(parsed), sources_of(parsed), out))
    _finish(parsed, read_json(out / "report" / "report.json"), out)


def ingest(parsed: argparse.Namespace) -> None:
    """`truemorph ingest`."""
    out = parsed.out.absolute()
    config, examples = _config(parsed), out / "examples"
    steps = [example_gen(config, sources_of(parsed), out)]
    if config.example_validator.previous_statistics is not None:
        steps.append(example_validator(config, examples, out))
    LocalDagRunner(out).run(steps)
    counts = read_json(out / "examples" / "manifest.json")["counts"]
    show(parsed, {"examples": str(out / "examples"), "counts": counts}, str(out / "examples"))


def estimate_theta(parsed: argparse.Namespace) -> None:
    """`truemorph estimate-theta`."""
    from truemorph.components.bias_estimator.executor import estimate
    from truemorph.components.example_gen.check import catalogue
    from truemorph.components.example_gen.sources import open_sources

    sources = sources_of(parsed)
    table = catalogue(open_sources(**sources.given()))
    parsed.json = True
    show(parsed, estimate(table, parsed.method), "")


def train(parsed: argparse.Namespace) -> None:
    """`truemorph train`."""
    network = learner(parsed.loss, parsed.labels)
    if network is None:
        raise InputError("--loss debiased --labels debiased: corrects the bias twice; use --labels raw or --loss naive")
    flags = {"backbone": parsed.backbone, "epochs": parsed.epochs, "image_size": parsed.image_size}
    settings = [f"trainer.{key}={value}" for key, value in flags.items() if value is not None]
    config = _config(parsed, settings + ([f"bias_law.theta={parsed.theta}"] if parsed.theta is not None else []))
    examples, out = _examples(parsed.examples), parsed.out.absolute()
    law, model = out / "bias_law.json", out / "models" / network.folder
    steps = [trainer(config, network.folder, examples, law, model)]
    if network.through_law:
        steps.insert(0, bias_estimator(config, examples, law))
    if not parsed.resume:
        remove(out / STATE / "staging")
    LocalDagRunner(out).run(steps)
    facts = read_json(model / "model.json")
    if facts.get("status") == "not_run":
        for path in (out / STATE, model):
            remove(path)
        for folder in (model.parent, out):
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise InputError(f"--examples {parsed.examples}: {facts['why']}; give others, or --labels raw")
    show(parsed, {"model": str(model), **facts}, str(model))


def evaluate(parsed: argparse.Namespace) -> None:
    """`truemorph evaluate`."""
    config, source, out = _config(parsed), _finished_run(parsed.run), parsed.out.absolute()
    models = {one.folder: source / "models" / one.folder for one in NETWORKS}
    models = {name: path for name, path in models.items() if path.is_dir()}
    examples, law = source / "examples", source / "bias_law.json"
    predictions, report = out / "predictions.parquet", out / "report"
    infer = bulk_inferrer(config, examples, law, models, predictions)
    measure = evaluator(config, examples, predictions, law, source / "rejects.csv", models, report)
    LocalDagRunner(out).run([infer, measure])
    _finish(parsed, read_json(out / "report" / "report.json"), out)


def export(parsed: argparse.Namespace) -> None:
    """`truemorph export`."""
    source, out = _finished_run(parsed.run), parsed.out.absolute()
    model = source / "models" / DDB.folder
    if not model.is_dir():
        raise InputError(f"--run {parsed.run}: has no models/debiased; run it with the method ddb")
    step = pusher(_config(parsed), model, source / "report", source / "bias_law.json", out)
    LocalDagRunner(out).run([step])
    parsed.json = True
    show(parsed, read_json(out / "pushed.json"), "")


def predict(parsed: argparse.Namespace) -> None:
    """`truemorph predict`."""
    from truemorph.components.bulk_inferrer.predict import predict

    counts = predict(parsed.model, parsed.images, parsed.out, parsed.examples)
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count or name != "unreadable")
    show(parsed, {"out": str(parsed.out), **counts}, f"{parsed.out}: {told}")


def serve(parsed: argparse.Namespace) -> None:
    """`truemorph serve`."""
    from truemorph.components.server.serve import serve

    serve(parsed.model, parsed.host, parsed.port)


def bias(parsed: argparse.Namespace) -> None:
    """`truemorph bias`."""
    from truemorph.components.evaluator.table_bias import describe, table_bias

    method = parsed.method or ("cv18" if parsed.intrinsic else "cv14")
    result = table_bias(
        parsed.table,
        label=parsed.label,
        alpha=parsed.alpha,
        intrinsic=parsed.intrinsic,
        method=method,
        bins=parsed.bins,
        depth=parsed.depth,
        reference=parsed.reference or "last",
    )
    show(parsed, result, describe(result))


def gallery(parsed: argparse.Namespace) -> None:
    """`truemorph gallery`."""
    from truemorph.gallery import remake_gallery

    source = _finished_run(parsed.run)
    if parsed.count < 1:
        raise InputError(f"--count {parsed.count}: received {parsed.count}; give a whole number >= 1")
    page = (parsed.out or source / "report" / "gallery.html").absolute()
    facts = remake_gallery(source, page, count=parsed.count, positions=parsed.positions, hst=parsed.hst)
    told = f"{page}: {facts['moved']:,} of {facts['n']:,} test galaxies changed class, {facts['shown']:,} shown"
    show(parsed, {**facts, "file": str(page)}, told)


def completion(parsed: argparse.Namespace) -> None:
    """`truemorph completion`."""
    from truemorph.cli import completion_script

    text = completion_script(parsed.shell)
    show(parsed, {"shell": parsed.shell, "script": text}, text.rstrip("\n"))


def table1(parsed: argparse.Namespace) -> None:
    """`truemorph table1`."""
    from truemorph.components.evaluator.table1 import describe, table1_of_run

    table = table1_of_run(_finished_run(parsed.run))
    show(parsed, table, describe(table))


def doctor(parsed: argparse.Namespace) -> int:
    """`truemorph doctor`."""
    from truemorph.doctor import examine

    findings = examine()
    show(parsed, findings.as_json(), findings.as_text())
    return 1 if findings.broken else 0


def _config(parsed: argparse.Namespace, settings: list[str] | None = None) -> Config:
    runner = [f"beam.runner={parsed.runner}"] if parsed.runner else []
    return load_config(parsed.config, (settings or []) + runner + parsed.set)


def _examples(folder: Path) -> Path:
    """The folder of Examples: the one given, or the one of that name in a run's folder."""
    for candidate in (folder, folder / "examples"):
        if (candidate / "manifest.json").is_file():
            return candidate.absolute()
    raise InputError(
        f"--examples {folder}: holds no finished dataset (no manifest.json); make one with truemorph ingest"
    )


def _finished_run(folder: Path) -> Path:
    for needed in ("examples/manifest.json", "bias_law.json", "rejects.csv", "models"):
        if not (folder / needed).exists():
            raise InputError(f"--run {folder}: has no {needed}; give the --out of a finished truemorph run")
    return folder.absolute()


def _finish(parsed: argparse.Namespace, report: dict[str, Any], out: Path) -> None:
    """The table, where the report and the gallery are, and last whether the model was pushed."""
    from truemorph.components.evaluator.report import table_text

    page, judged = out / "report" / "report.html", out / "pushed.json"
    pushed = read_json(judged) if judged.exists() else None
    lines = [paint_table(table_text(report)), f"report: {page}"]
    if report["gallery"]:
        moved = f"{report['gallery']['moved']:,} of {report['gallery']['n']:,} test galaxies changed class"
        lines.append(f"gallery: {page.with_name(report['gallery']['file'])}: {moved}")
    if pushed is not None:
        colour = {"blessed": "green", "refused": "red"}.get(pushed["status"], "yellow")
        lines.append(f"model: {paint(pushed['status'], colour)}: {pushed['reason']}")
    result = {"out": str(out), "report": str(page), "pushed": pushed, "rows": report["rows"], "theta": report["theta"]}
    show(parsed, result, "\n".join(lines))
