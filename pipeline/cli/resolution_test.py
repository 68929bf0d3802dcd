"""`truemorph resolution-test`."""

import argparse
from pathlib import Path
from typing import Any

from truemorph.cli.options import examples_of, local
from truemorph.components.errors import InputError
from truemorph.terminal import show

HELP = "accuracy and share of disks at lower resolution, without truth"
EXAMPLE = "--model run/models/debiased --examples run/examples"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments."""
    command.add_argument(
        "--model", type=local, required=True, metavar="DIR", help="models/<name>/ or serving/ of a run"
    )
    command.add_argument("--examples", type=local, required=True, metavar="DIR")
    command.add_argument("--out", type=local, metavar="DIR", help="folder for resolution_test.json")
    command.add_argument(
        "--side", type=float, metavar="N", help="side of a stamp in petroRad_r (default: 8.48, as Galaxy Zoo 2's)"
    )


def run(parsed: argparse.Namespace) -> None:
    """Print the table, and write resolution_test.json."""
    from truemorph.components.bulk_inferrer.classifier import load_classifier
    from truemorph.components.files import write_json
    from truemorph.components.resolution_test.examples import GALAXY_ZOO_SIDE, resolution_test

    if parsed.side is not None and not 0 < parsed.side < float("inf"):
        raise InputError(f"--side {parsed.side}: give the side of a stamp in petroRad_r, a number > 0")
    examples = examples_of(parsed.examples)
    classifier, law = load_classifier(parsed.model), _law(parsed.model, examples)
    found = resolution_test(
        classifier.p_disk,
        examples,
        law,
        crop=classifier.crop,
        image_size=classifier.image_size,
        side=parsed.side or GALAXY_ZOO_SIDE,
    )
    found = {"model": str(parsed.model), "law": law.get_config(), **found}
    if parsed.out:
        parsed.out.mkdir(parents=True, exist_ok=True)
        write_json(parsed.out / "resolution_test.json", found)
    show(parsed, found, _table(found))


def _law(model: Path, examples: Path) -> Any:
    """The law that says whose labels can be trusted: the model's own, or that of the run which the examples are of."""
    from truemorph.components.artifacts.bias_law import BiasLaw
    from truemorph.components.artifacts.model_folder import read_card

    own = read_card(model).own_law()
    beside = examples.parent / "bias_law.json"
    if own is None and not beside.is_file():
        raise InputError(
            f"--model {model}: was trained through no law, and {beside} is missing, so that it is not known whose "
            "labels can be trusted; give the examples of a run"
        )
    return own or BiasLaw.read(beside).flip_law()


def _table(found: dict[str, Any]) -> str:
    """The rungs in columns."""
    lines = [
        f"{found['n']:,} test galaxies with a label to trust, {found['disks']:,} of them disks",
        "  alpha      n   accuracy (95 %)          share of disks, off by (95 %)   calibration",
    ]
    for rung in found["rungs"]:
        name = "as seen" if rung["alpha"] is None else f"{rung['alpha']:g}"
        if rung["status"] != "ok":
            lines.append(f"{name:>7} {rung['n']:>6}   {rung['status']}: {rung['why']}")
            continue
        (low, high), (least, most) = rung["accuracy_interval"], rung["share_drift_interval"]
        lines.append(
            f"{name:>7} {rung['n']:>6}   {rung['accuracy']:.3f} ({low:.3f} to {high:.3f})   "
            f"{rung['share_drift']:+.3f} ({least:+.3f} to {most:+.3f})       {rung['calibration']:.3f}"
        )
    lines.append("Intervals hold the sampling of these galaxies; those seen badly may differ from them in kind.")
    return "\n".join(lines)
