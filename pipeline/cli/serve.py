"""`truemorph serve`."""

import argparse

from truemorph.cli.options import local

HELP = "answer requests over HTTP, in kserve's V1 and V2"
EXAMPLE = "--model run/serving --port 8080"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments."""
    command.add_argument(
        "--model", type=local, required=True, metavar="DIR", help="serving/ of a run, or a version in it"
    )
    command.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="0.0.0.0: all addresses of this machine"
    )
    command.add_argument("--port", type=int, default=8080, metavar="N", help="0: any free one")


def run(parsed: argparse.Namespace) -> None:
    """Serve until interrupted."""
    from truemorph.components.server.serve import serve

    serve(parsed.model, parsed.host, parsed.port)
