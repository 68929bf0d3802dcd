import argparse

from truemorph.cli.options import add_config, add_out, add_run, config_of, finished_run
from truemorph.cli.result import show_run

HELP = "predict with the networks of a run, and report their bias"
EXAMPLE = "--run run --out evaluation"


def add_arguments(command: argparse.ArgumentParser) -> None:
    add_run(command)
    add_out(command)
    add_config(command, "evaluator.intrinsic", "evaluator.bins", "evaluator.depth", "trainer.batch_size")


def run(parsed: argparse.Namespace) -> None:
    from truemorph.components.methods import NETWORKS
    from truemorph.dag import bulk_inferrer, evaluator
    from truemorph.local import LocalDagRunner

    config, source, out = config_of(parsed), finished_run(parsed.run), parsed.out.absolute()
    models = {one.folder: source / "models" / one.folder for one in NETWORKS}
    models = {name: path for name, path in models.items() if path.is_dir()}
    examples, law = source / "examples", source / "bias_law.json"
    predictions, report = out / "predictions.parquet", out / "report"
    infer = bulk_inferrer(config, examples, law, models, predictions)
    measure = evaluator(config, examples, predictions, law, source / "rejects.csv", models, report)
    LocalDagRunner(out).run([infer, measure])
    show_run(parsed, out)
