"""How the end-to-end tests call the command line."""

from pathlib import Path
from subprocess import CompletedProcess

import forked

SMALL = ["trainer.backbone=small", "trainer.image_size=32", "trainer.epochs=2", "trainer.learning_rate=3e-3"]
SMALL += ["trainer.symmetries=2", "evaluator.bins=2", "evaluator.depth=0"]


def run_truemorph(*words: str | Path) -> CompletedProcess[str]:
    """`truemorph WORDS …` in a process of its own."""
    return forked.run(forked.COMMAND_LINE, *words)


def source_words(sky: Path) -> list[str]:
    """The SOURCES of a sky."""
    files = {"votes": "votes.csv", "photometry": "photometry.csv", "structure": "structure.csv", "images": "images"}
    return [f"--{name}={sky / file}" for name, file in files.items()]


def run_words(sky: Path, out: Path, *settings: str) -> list[str]:
    """The words of a small run over a sky."""
    sets = [word for setting in [*SMALL, *settings] for word in ("--set", setting)]
    return ["run", *source_words(sky), "--out", str(out), *sets]
