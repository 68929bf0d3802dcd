import argparse

from truemorph.cli.options import add_config, add_out, config_of
from truemorph.cli.upstream import UPSTREAM, add_sources, sources_of
from truemorph.terminal import show

HELP = "make a TFRecord dataset from your sources (ExampleGen only)"
EXAMPLE = f"{UPSTREAM} --out dataset"


def add_arguments(command: argparse.ArgumentParser) -> None:
    add_sources(command)
    add_out(command)
    add_config(command, "votes.", "split.", "sample.balance", "sample.classes", "example_validator.", "beam.")


def run(parsed: argparse.Namespace) -> None:
    """Write the dataset; hold it against an earlier one where the configuration names that."""
    from truemorph.components.artifacts.manifest import MANIFEST, Manifest
    from truemorph.dag import example_gen, example_validator
    from truemorph.local import LocalDagRunner

    out = parsed.out.absolute()
    config, examples = config_of(parsed), out / "examples"
    steps = [example_gen(config, sources_of(parsed), out)]
    if config.example_validator.previous_statistics is not None:
        steps.append(example_validator(config, examples, out))
    LocalDagRunner(out).run(steps)
    counts = Manifest.read(examples / MANIFEST).counts
    show(parsed, {"examples": str(examples), "counts": counts}, str(examples))
