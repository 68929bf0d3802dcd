import argparse
import json

from truemorph.cli.options import add_config, add_law, add_out, add_preset, config_of, law_of
from truemorph.cli.result import show_run
from truemorph.cli.upstream import UPSTREAM, add_sources, sources_of
from truemorph.components.progress import say

HELP = "run the whole pipeline, or resume it at the first step whose inputs changed"
EXAMPLE = f"{UPSTREAM} --out run"


def add_arguments(command: argparse.ArgumentParser) -> None:
    add_sources(command)
    add_out(command)
    add_config(command)
    add_law(command)
    told = "columns of your tables to copy into the catalogue, such as ra dec specobjid"
    command.add_argument("--keep", nargs="+", default=[], metavar="COLUMN", help=told)
    add_preset(command, "gpu if TensorFlow finds one, else cpu; a resumed run keeps what it had")


def run(parsed: argparse.Namespace) -> None:
    from truemorph.config.presets import fitting, preset
    from truemorph.dag import create_pipeline
    from truemorph.local import LocalDagRunner

    out, sources = parsed.out.absolute(), sources_of(parsed)
    settings = [*law_of(parsed), *([f"catalogue.keep={json.dumps(parsed.keep)}"] if parsed.keep else [])]
    config_of(parsed, settings)  # what is wrong is told before TensorFlow has loaded
    name, why = (parsed.preset, "as asked") if parsed.preset else fitting(out)
    config = config_of(parsed, settings, base=preset(name))
    seen = config.trainer
    say(f"preset {name} ({why}): {seen.backbone}, {seen.image_size} px, {seen.precision}")
    LocalDagRunner(out).run(create_pipeline(config, sources, out), notes={"preset": name})
    show_run(parsed, out)
