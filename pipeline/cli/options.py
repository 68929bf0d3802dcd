"""Options that several commands take, and what they stand for."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from truemorph.components.buckets.files import is_bucket
from truemorph.components.errors import InputError
from truemorph.components.trainer.parameters import PRESETS
from truemorph.config import Config, keys, load_config


def filled(text: str) -> str:
    """A path or a URL, as an option takes it.

    Raises:
        argparse.ArgumentTypeError: if it is empty, as what a shell makes of an unset variable.
    """
    if not text.strip():
        raise argparse.ArgumentTypeError("the name is empty; give one, or . for the folder that you are in")
    return text


def local(text: str) -> Path:
    """A path of this machine, as an option takes it.

    Raises:
        argparse.ArgumentTypeError: if it is a URL, or empty.
    """
    if is_bucket(text):
        raise argparse.ArgumentTypeError(
            f"{text} is a URL; give a path on this machine (only tables, images and what predict writes can be URLs)"
        )
    return Path(filled(text))


def anywhere(text: str) -> Path | str:
    """A path of this machine, or a URL such as s3://bucket/votes.csv."""
    return text if is_bucket(text) else Path(filled(text))


def add_out(command: argparse.ArgumentParser) -> None:
    """--out, the folder of the results."""
    command.add_argument("--out", type=local, required=True, metavar="DIR", help="folder for the results")


class Settings(tuple[str, ...]):
    """What a shell completes after --set. Any other word is a choice too: the configuration's reader judges it."""

    def __contains__(self, word: object) -> bool:
        return True


def add_config(command: argparse.ArgumentParser, *obeyed: str) -> None:
    """--config, --set and --runner.

    Args:
        command: the parser.
        obeyed: beginnings of the keys that the command obeys, such as 'trainer.'; none: all. Its help lists them.
    """
    names = [key for key in keys() if key.startswith(obeyed or "")]
    command.add_argument(
        "--config",
        type=local,
        metavar="FILE.toml",
        help="file of settings; `truemorph init` writes one with all of them",
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        choices=Settings(f"{name}=" for name in names),
        help=f"change one setting, such as {'trainer.epochs=5' if 'trainer.epochs' in names else f'{names[0]}=VALUE'}",
    )
    command.add_argument("--runner", metavar="NAME", help="where Beam runs; same as --set beam.runner=NAME")
    command.add_argument_group("keys for --config and --set here", ", ".join(names))


def add_preset(command: argparse.ArgumentParser, default: str) -> None:
    """--preset."""
    told = f"network, image size and precision to suit a machine (default: {default})"
    command.add_argument("--preset", choices=tuple(PRESETS), help=told)


def config_of(parsed: argparse.Namespace, settings: Sequence[str] = (), base: Config | None = None) -> Config:
    """The configuration that was given.

    Args:
        parsed: with config, set and runner.
        settings: those of other options, which --set may change.
        base: what all of them change.
    """
    runner = [f"beam.runner={parsed.runner}"] if parsed.runner else []
    return load_config(parsed.config, [*settings, *runner, *parsed.set], base)


def add_law(command: argparse.ArgumentParser) -> None:
    """--law, a file of fit-law."""
    command.add_argument("--law", type=local, metavar="FILE", help="a law made by fit-law (default: estimate one)")


def law_of(parsed: argparse.Namespace) -> list[str]:
    """The setting that --law stands for."""
    return [f"bias_law.file={parsed.law.absolute()}"] if parsed.law else []


def add_run(command: argparse.ArgumentParser) -> None:
    """--run, the folder of a finished run."""
    command.add_argument("--run", type=local, required=True, metavar="DIR", help="--out of a finished run")


def finished_run(folder: Path) -> Path:
    """The folder of a finished run.

    Raises:
        InputError: if it is none.
    """
    for needed in ("examples/manifest.json", "bias_law.json", "rejects.csv", "models"):
        if not (folder / needed).exists():
            raise InputError(f"--run {folder}: has no {needed}; give the --out of a finished truemorph run")
    return folder.absolute()


def examples_of(folder: Path) -> Path:
    """The folder of Examples: the one given, or the one of that name in a run's folder.

    Raises:
        InputError: if there is none.
    """
    for candidate in (folder, folder / "examples"):
        if (candidate / "manifest.json").is_file():
            return candidate.absolute()
    raise InputError(
        f"--examples {folder}: there is no finished dataset here (no manifest.json); make one with truemorph ingest"
    )
