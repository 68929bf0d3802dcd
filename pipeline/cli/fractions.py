import argparse

from truemorph.cli.options import local
from truemorph.terminal import show

HELP = "measure the share of disks in bins of any columns, with statistical and systematic intervals"
EXAMPLE = "run/predictions.parquet --by redshift --figure fractions.pdf"


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("table", type=local, metavar="TABLE", help="a table, such as the predictions of a run")
    command.add_argument("--by", required=True, nargs="+", metavar="COL", help="columns to bin by, numbers or words")
    command.add_argument(
        "--label", default="label_raw", metavar="COL", help="column of the labels (default: label_raw)"
    )
    command.add_argument("--alpha", default="alpha", metavar="COL", help="column of the resolution (default: alpha)")
    command.add_argument(
        "--law", type=local, metavar="FILE", help="law of mislabelling (default: bias_law.json beside the table)"
    )
    command.add_argument("--bins", type=int, default=4, metavar="N", help="bins for a column of numbers (default: 4)")
    command.add_argument("--out", type=local, metavar="FILE", help="write the result as a table, .csv or .parquet")
    command.add_argument("--figure", type=local, metavar="FILE", help="draw the result for a paper, .pdf, .png or .svg")


def run(parsed: argparse.Namespace) -> None:
    from truemorph.components.evaluator.fractions_output import describe, write_figure, write_table
    from truemorph.components.evaluator.table_fractions import table_fractions

    result = table_fractions(parsed.table, parsed.by, parsed.label, parsed.alpha, parsed.law, parsed.bins)
    if parsed.out:
        write_table(result, parsed.out)
    if parsed.figure:
        write_figure(result, parsed.figure)
    show(parsed, result, describe(result))
