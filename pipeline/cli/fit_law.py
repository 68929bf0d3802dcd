import argparse
from pathlib import Path
from typing import Any

from truemorph.cli.options import local
from truemorph.components.errors import InputError
from truemorph.components.files import write_json
from truemorph.terminal import show

HELP = "fit a law of mislabelling to galaxies whose true class is known"
EXAMPLE = "experts.csv --label seen --truth expert --alpha alpha --observable mu --group objid --out law.json"


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("table", type=local, metavar="TABLE", help=".csv, .csv.gz, .parquet, .fits or .vot")
    what = "a column or an expression"
    command.add_argument(
        "--label",
        required=True,
        metavar="COL",
        help=f"the label that was seen, disk (1) or smooth (0): {what}, such as 'share > 0.5'",
    )
    command.add_argument(
        "--truth", required=True, metavar="COL", help=f"the true class, disk (1) or smooth (0): {what}"
    )
    command.add_argument("--alpha", required=True, metavar="COL", help=f"the resolution: {what}")
    command.add_argument(
        "--observable",
        nargs="+",
        action="extend",
        default=[],
        metavar="COL",
        help="columns that mistakes may depend on, beside alpha",
    )
    command.add_argument(
        "--group",
        metavar="COL",
        help="column that says which pictures show the same galaxy (default: one picture each)",
    )
    command.add_argument("--kind", default="all", help="exponential, stretched, logistic, tabulated, or all (default)")
    command.add_argument(
        "--classes",
        nargs="+",
        metavar="NAME",
        help="your classes, if they are not smooth and disk; the law then says how they are confused",
    )
    command.add_argument(
        "--out", type=local, required=True, metavar="law.json", help="file for the law; law.svg beside it shows it"
    )


def run(parsed: argparse.Namespace) -> None:
    from truemorph.components.bias_estimator.fit_confusion import fit_confusion_law
    from truemorph.components.bias_estimator.fit_law import fit_law
    from truemorph.components.bias_estimator.law_picture import draw_law
    from truemorph.components.classes import class_names

    asked = (parsed.table, parsed.label, parsed.truth, parsed.alpha)
    if names := class_names("--classes", parsed.classes):
        if parsed.observable or parsed.kind != "all":
            raise InputError("--classes: such a law depends on alpha only; leave out --observable and --kind")
        law = fit_confusion_law(*asked, names, parsed.group)
        write_json(parsed.out, law, indent=2)
        show(parsed, law, "\n".join(_confused(law, parsed.out)))
        return
    law, disks = fit_law(*asked, parsed.observable, parsed.group, parsed.kind)
    write_json(parsed.out, law, indent=2)
    draw_law(law, disks, parsed.out.with_suffix(".svg"))
    show(parsed, law, "\n".join(_lines(law, parsed.out)))


def _confused(law: dict[str, Any], out: Path) -> list[str]:
    """The confusion at three resolutions."""
    names = law["law_parameters"]["names"]
    width = max(map(len, (*names, "true \\ seen")))
    lines = []
    for alpha, matrix in law["at"].items():
        lines.append(f"alpha {alpha}: p(seen | true)")
        lines.append("  ".join(f"{word:>{width}}" for word in ("true \\ seen", *names)))
        lines += [
            "  ".join([f"{name:>{width}}", *(f"{p:>{width}.3f}" for p in row)])
            for name, row in zip(names, matrix, strict=True)
        ]
    return [*lines, f"{law['n']} galaxies of known class, {law['mistakes']} labels are another: {out}"]


def _lines(law: dict[str, Any], out: Path) -> list[str]:
    """The comparison, the best first, and where the law lies."""
    rows = sorted(law["compared"], key=lambda row: row["held_out_log_loss"])
    table = [f"{row['law']:<40} {row['theta']:>8.4g} {row['held_out_log_loss']:>14.4f}" for row in rows]
    low, high = law["interval"]
    return [
        f"{'law':<40} {'theta':>8} {'log-loss, held out':>14}",
        *table,
        f"theta {law['theta']:.4g} [{low:.4g}, {high:.4g}], {law['n']} disks, {law['flips']} called smooth: {out}",
    ]
