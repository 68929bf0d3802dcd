"""`truemorph predict`."""

import argparse

from truemorph.cli.options import local
from truemorph.lock import alone
from truemorph.terminal import show

HELP = "debiased predictions for images or a dataset"
EXAMPLE = "--model run/serving --images images --out p.csv"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments."""
    command.add_argument("--model", type=local, required=True, metavar="DIR")
    pictures = command.add_mutually_exclusive_group(required=True)
    pictures.add_argument("--images", type=local, metavar="DIR", help="folder, or .zip, of .jpg, .jpeg and .png files")
    pictures.add_argument("--examples", type=local, metavar="DIR", help="dataset that `truemorph ingest` or `run` left")
    command.add_argument("--out", type=local, required=True, metavar="FILE", help=".parquet, .csv, .fits or .vot")


def run(parsed: argparse.Namespace) -> None:
    """Predict and write the table."""
    from truemorph.components.bulk_inferrer.predict import predict

    with alone(parsed.out):
        counts = predict(parsed.model, parsed.images, parsed.out, parsed.examples)
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count or name != "unreadable")
    show(parsed, {"out": str(parsed.out), **counts}, f"{parsed.out}: {told}")
