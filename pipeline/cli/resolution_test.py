import argparse
from pathlib import Path
from typing import Any

from truemorph.cli.options import examples_of, local
from truemorph.components.errors import InputError
from truemorph.terminal import show

HELP = "test a network on galaxies shown at lower resolution; needs no truth"
EXAMPLE = "--model run/models/debiased --examples run/examples"


def add_arguments(command: argparse.ArgumentParser) -> None:
    judged = command.add_mutually_exclusive_group(required=True)
    judged.add_argument(
        "--model",
        type=local,
        metavar="DIR",
        help="models/<name>/ or serving/ of a run, or any .keras whose output is p(disk), or p(smooth) and p(disk)",
    )
    judged.add_argument("--table", type=local, metavar="FILE", help="answers of any classifier: objid, alpha, p_disk")
    judged.add_argument("--stamps", type=local, metavar="DIR", help="write the degraded stamps, and a table to fill in")
    command.add_argument("--examples", type=local, required=True, metavar="DIR", help="dataset of a run")
    command.add_argument("--out", type=local, metavar="DIR", help="folder for resolution_test.json")
    command.add_argument(
        "--crop",
        type=float,
        default=1.0,
        metavar="X",
        help="share of a stamp's side that a .keras file sees (default: 1)",
    )
    command.add_argument(
        "--side", type=float, metavar="N", help="side of a stamp in petroRad_r (default: 8.48, as in Galaxy Zoo 2)"
    )


def run(parsed: argparse.Namespace) -> None:
    """Print the table, and write resolution_test.json; or write the stamps."""
    from truemorph.components.artifacts.manifest import class_names
    from truemorph.components.bulk_inferrer.classifier import load_classifier, load_keras
    from truemorph.components.evaluator import resolution_stamps
    from truemorph.components.evaluator.resolution_test import GALAXY_ZOO_SIDE, resolution_test, trusted_galaxies
    from truemorph.components.files import write_json
    from truemorph.components.laws import CLASS_NAMES

    if parsed.side is not None and not 0 < parsed.side < float("inf"):
        raise InputError(f"--side {parsed.side}: give the side of a stamp in petroRad_r, a number > 0")
    if not 0 < parsed.crop <= 1:
        raise InputError(f"--crop {parsed.crop}: give a share of the stamp's side, above 0 and at most 1")
    examples, side = examples_of(parsed.examples), parsed.side or GALAXY_ZOO_SIDE
    if (names := class_names(examples)) != CLASS_NAMES:
        raise InputError(
            f"--examples {examples}: have the classes {', '.join(names)}; the test is for smooth and disk only"
        )
    foreign = parsed.model is not None and parsed.model.suffix == ".keras"
    law = _law(None if foreign else parsed.model, examples)
    if parsed.stamps:
        count = resolution_stamps.write(examples, law, side, parsed.stamps)
        show(
            parsed,
            {"stamps": count},
            f"{parsed.stamps}: {count:,} stamps; fill in p_disk in {parsed.stamps}/stamps.csv",
        )
        return
    if parsed.table:
        found = resolution_stamps.scored(examples, law, parsed.table)
    else:
        one = load_keras(parsed.model, parsed.crop) if foreign else load_classifier(parsed.model)
        galaxies = trusted_galaxies(examples, law, crop=one.crop, image_size=one.image_size, side=side)
        found = resolution_test({"": one.p}, galaxies)
    found |= {
        "judged": str(parsed.table or parsed.model),
        "law": law.get_config(),
        "rungs": found.pop("rows")[0]["rungs"],
    }
    if parsed.out:
        parsed.out.mkdir(parents=True, exist_ok=True)
        write_json(parsed.out / "resolution_test.json", found)
    show(parsed, found, _lines(found))


def _law(model: Path | None, examples: Path) -> Any:
    """The law that says whose labels can be trusted: the model's own, or that of the run which the examples are of."""
    from truemorph.components.artifacts.bias_law import BiasLaw
    from truemorph.components.artifacts.model_folder import read_card

    own = None if model is None else read_card(model).own_law()
    beside = examples.parent / "bias_law.json"
    if own is None and not beside.is_file():
        given = "--examples" if model is None else f"--model {model}: was not trained through a law, and"
        raise InputError(
            f"{given} {beside} is missing, which says whose labels can be trusted; give the examples of a run"
        )
    return own or BiasLaw.read(beside).flip_law()


def _lines(found: dict[str, Any]) -> str:
    """The rungs in columns."""
    lines = [
        f"{found['n']:,} test galaxies with trusted labels, {found['disks']:,} of them disks",
        "  alpha      n   accuracy (95 %)          share of disks, off by (95 %)   calibration (95 %)",
    ]
    for rung in found["rungs"]:
        name = "as seen" if rung["alpha"] is None else f"{rung['alpha']:g}"
        if rung["status"] != "ok":
            lines.append(f"{name:>7} {rung['n']:>6}   {rung['status']}: {rung['why']}")
            continue
        (low, high), (least, most) = rung["accuracy_interval"], rung["share_drift_interval"]
        lines.append(
            f"{name:>7} {rung['n']:>6}   {rung['accuracy']:.3f} ({low:.3f} to {high:.3f})   "
            f"{rung['share_drift']:+.3f} ({least:+.3f} to {most:+.3f})       "
            "{:.3f} ({:.3f} to {:.3f})".format(rung["calibration"], *rung["calibration_interval"])
        )
    lines.append("The intervals cover the sampling of these galaxies only; badly resolved ones may be of other kinds.")
    return "\n".join(lines)
