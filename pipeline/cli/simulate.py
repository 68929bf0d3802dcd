import argparse

from truemorph.cli.options import add_out, local
from truemorph.components.errors import InputError
from truemorph.components.simulator.kind import switches
from truemorph.lock import alone
from truemorph.terminal import show

HELP = "simulate a sky with known truth, in the formats of real catalogues"
EXAMPLE = "--out sky --galaxies 4000"


def add_arguments(command: argparse.ArgumentParser) -> None:
    add_out(command)
    command.add_argument("--galaxies", type=int, metavar="N", help="how many (default: 4000, or all stamps)")
    command.add_argument("--seed", type=int, default=1, metavar="S", help="of the random numbers (default: 1)")
    command.add_argument("--from-stamps", type=local, metavar="DIR", help="start from these well resolved galaxies")
    command.add_argument("--classes", type=local, metavar="TABLE", help="name and expert's class of each stamp")
    command.add_argument(
        "--theta", type=float, default=9.18, metavar="T", help="scale of the law of mislabelling (default: 9.18)"
    )
    command.add_argument("--size", type=int, default=96, metavar="PX", help="side of a stamp in pixels (default: 96)")
    command.add_argument("--null", action="store_true", help="make no mistakes in the labels")
    command.add_argument(
        "--with",
        dest="kind",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="make the sky harder; can be repeated: " + "; ".join(switches()),
    )


def run(parsed: argparse.Namespace) -> None:
    from truemorph.components.simulator.kind import Kind
    from truemorph.components.simulator.sky import simulate
    from truemorph.components.simulator.stamps import Stamps

    if (parsed.from_stamps is None) != (parsed.classes is None):
        raise InputError("--from-stamps and --classes go together; give both or neither")
    with alone(parsed.out):
        galaxies = simulate(
            parsed.out,
            galaxies=parsed.galaxies,
            seed=parsed.seed,
            theta=parsed.theta,
            size=parsed.size,
            null=parsed.null,
            kind=Kind.parse(parsed.kind),
            stamps=None if parsed.from_stamps is None else Stamps(parsed.from_stamps, parsed.classes),
        )
    show(parsed, {"out": str(parsed.out), "galaxies": galaxies}, str(parsed.out))
