"""`truemorph serve`: kserve's REST protocols V1 and V2 over a pushed model, in this process."""

import logging
import socket
import sys
import warnings
from pathlib import Path
from typing import Any

from truemorph.components.artifacts.model_folder import newest_saved_model
from truemorph.components.errors import InputError

NAME = "truemorph"
_REFUSALS = ("InvalidInput", "ModelNotFound", "NotImplementedError")


def serve(model: Path, host: str = "127.0.0.1", port: int = 8080) -> None:
    """Serve a model until interrupted.

    Args:
        model: serving/ of a run, of which the newest version counts, or one version.
        host: address to listen at; 0.0.0.0 for all of the machine's.
        port: port, 0 for any free one.

    Raises:
        InputError: if kserve is not installed, there is no such model, or the port cannot be had.

    Example:
        truemorph serve --model run/serving --port 8080
    """
    folder = newest_saved_model(model)
    if folder is None:
        raise InputError(
            f"--model {model}: there is no SavedModel here; give serving/ of a finished run, or a version in it"
        )
    listener = _listen(host, port)
    with listener:
        app = _application(folder)
        import uvicorn

        listener.listen(128)  # from here on a request waits, and is not refused
        print(f"serving {folder} at http://{host}:{listener.getsockname()[1]}", file=sys.stderr, flush=True)
        # kserve's own start listens at all addresses of the machine; uvicorn's can be told.
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_keep_alive=65))
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise InputError(f"--host {host} --port {port}: cannot listen there ({error}); give another port") from None
    return listener


def _application(folder: Path) -> Any:
    """kserve's web application with the model in it."""
    words = sys.argv
    try:
        sys.argv = words[:1]  # kserve reads the command line when it is imported
        import kserve.model_server
    except ImportError as error:
        raise InputError(f"serve needs kserve ({error}); pip install 'kserve>=0.21,<0.22'") from None
    finally:
        sys.argv = words
    from kserve.errors import InvalidInput
    from kserve.protocol.dataplane import DataPlane
    from kserve.protocol.model_repository_extension import ModelRepositoryExtension
    from kserve.protocol.rest.server import RESTServer

    from truemorph.components.server.model import ServedModel

    class Strict(DataPlane):
        """Whatever cannot be decoded is the client's fault; kserve itself answers some of it with 500."""

        def decode(self, *args: Any, **kwargs: Any) -> Any:
            try:
                return super().decode(*args, **kwargs)
            except InvalidInput:
                raise
            except Exception as error:
                why = f"{type(error).__name__}: {error}"[:100]
                raise InvalidInput(f"the request cannot be decoded ({why}); send JSON, images as base64") from None

    repository = kserve.ModelRepository()
    repository.update(ServedModel(NAME, folder))
    RESTServer(
        "kserve.model_server:app", Strict(repository), ModelRepositoryExtension(repository), 0
    ).create_application()
    logging.getLogger("kserve").addFilter(_one_line)
    warnings.filterwarnings("ignore", "ORJSONResponse is deprecated")  # kserve's own business
    return kserve.model_server.app


def _one_line(record: logging.LogRecord) -> bool:
    """A refused request is a line of the log, not a traceback."""
    if record.exc_info and type(record.exc_info[1]).__name__ in _REFUSALS:
        record.msg, record.args, record.exc_info = "refused: %s", (str(record.exc_info[1]),), None
    return True
