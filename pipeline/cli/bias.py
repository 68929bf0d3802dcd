import argparse

from truemorph.cli.options import local
from truemorph.terminal import show

HELP = "measure the label bias of any table"
EXAMPLE = "table.parquet --label label_raw --alpha alpha"


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "table",
        type=local,
        metavar="TABLE",
        help=".csv, .csv.gz, .parquet, .fits, .vot …, or a folder or 'pattern' of .parquet files",
    )
    command.add_argument("--label", required=True, metavar="COL")
    command.add_argument("--alpha", required=True, action="append", metavar="COL", help="may be given several times")
    command.add_argument("--intrinsic", nargs="+", default=[], metavar="COL")
    command.add_argument("--method", choices=("cv14", "cv18"), default=None)
    command.add_argument("--bins", type=int, default=None, metavar="N")
    command.add_argument("--depth", type=int, default=None, metavar="P")
    command.add_argument(
        "--reference",
        choices=("last", "first", "overall"),
        action="append",
        help="bin of alpha that shows the true fractions (default: last); once, or once for each --alpha",
    )
    command.add_argument(
        "--sentinel",
        type=float,
        action="append",
        metavar="X",
        help="a number that means 'no value'; may be repeated (default: -9999, 99.99 …, where far from all others)",
    )


def run(parsed: argparse.Namespace) -> None:
    from truemorph.components.evaluator.table_bias import describe, table_bias

    result = table_bias(
        parsed.table,
        label=parsed.label,
        alpha=parsed.alpha,
        intrinsic=parsed.intrinsic,
        method=parsed.method or ("cv18" if parsed.intrinsic else "cv14"),
        bins=parsed.bins,
        depth=parsed.depth,
        reference=parsed.reference or "last",
        sentinel=parsed.sentinel,
    )
    show(parsed, result, describe(result))
