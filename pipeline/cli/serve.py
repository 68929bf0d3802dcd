import argparse

from truemorph.cli.options import local

HELP = "serve a network over HTTP, in kserve's protocols V1 and V2"
EXAMPLE = "--model run/serving --port 8080"


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--model", type=local, required=True, metavar="DIR", help="serving/ of a run, or one version inside it"
    )
    command.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to listen on; 0.0.0.0 is all of them (default: 127.0.0.1)",
    )
    command.add_argument(
        "--port", type=int, default=8080, metavar="N", help="port to listen on; 0 is any free one (default: 8080)"
    )


def run(parsed: argparse.Namespace) -> None:
    from truemorph.components.server.serve import serve

    serve(parsed.model, parsed.host, parsed.port)
