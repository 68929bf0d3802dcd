import argparse

from truemorph.terminal import show

HELP = "print versions, runner, GPU and known conflicts, for a bug report"
EXAMPLE = ""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(parsed: argparse.Namespace) -> int:
    """Print what is found; status 1 if something is broken."""
    from truemorph.doctor import examine

    findings = examine()
    show(parsed, findings.as_json(), findings.as_text())
    return 1 if findings.broken else 0
