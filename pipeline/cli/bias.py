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
        help="a table (.csv, .csv.gz, .parquet, .fits, .vot …), or a folder or 'pattern' of .parquet files",
    )
    command.add_argument("--label", required=True, metavar="COL", help="column of the labels, words or whole numbers")
    command.add_argument(
        "--alpha", required=True, action="append", metavar="COL", help="column of the resolution; can be repeated"
    )
    command.add_argument(
        "--intrinsic", nargs="+", default=[], metavar="COL", help="columns that say which galaxies are alike, for cv18"
    )
    command.add_argument(
        "--method",
        choices=("cv14", "cv18"),
        default=None,
        help="the measure (default: cv18 with --intrinsic, else cv14)",
    )
    command.add_argument(
        "--bins", type=int, default=None, metavar="N", help="bins of alpha (default: 10 for cv14, 8 for cv18)"
    )
    command.add_argument(
        "--depth", type=int, default=None, metavar="P", help="median splits of the intrinsic columns (default: 3)"
    )
    command.add_argument(
        "--reference",
        choices=("last", "first", "overall"),
        action="append",
        help="bin of alpha whose class fractions count as true (default: last); give one, or one for each --alpha",
    )
    command.add_argument(
        "--sentinel",
        type=float,
        action="append",
        metavar="X",
        help="a number that means 'no value'; can be repeated (default: -9999, 99.99 and such, if far from all others)",
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
