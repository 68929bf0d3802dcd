"""Servers of buckets on this machine: Cloud Storage, S3 and HDFS, each with an empty folder to work in."""

import json
import shutil
import socket
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

SECRET = "wJalr-this-must-never-be-printed"


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.create_server(("localhost", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def cloud_storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An emulator of Cloud Storage; no key is looked for, and nothing leaves this machine."""
    pytest.importorskip("apache_beam.io.gcp.gcsio", reason="needs apache-beam[gcp]: pip install '.[test-all]'")
    emulator = pytest.importorskip("gcp_storage_emulator.server", reason="needs pip install '.[test-all]'")
    port = free_port()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://localhost:{port}")
    # As if a key had been looked for and not found, which takes half a minute.
    monkeypatch.setattr("apache_beam.internal.gcp.auth._Credentials._credentials_init", True)
    server = emulator.create_server("localhost", port, in_memory=True, default_bucket="sky")
    server.start()
    yield "gs://sky"
    server.stop()


@contextmanager
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """S3, as moto has it; keys and address stand in the environment, as a user's do."""
    boto3 = pytest.importorskip("boto3", reason="needs boto3: pip install '.[test-all]'")
    moto = pytest.importorskip("moto.server", reason="needs moto: pip install '.[test-all]'")
    server = moto.ThreadedMotoServer(port=free_port(), verbose=False)
    server.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://localhost:{server._port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    # What an earlier server of this process held is there still.
    urllib.request.urlopen(f"http://localhost:{server._port}/moto-api/reset", b"").close()
    boto3.client("s3").create_bucket(Bucket="sky")
    yield "s3://sky"
    server.stop()


@contextmanager
def web_hdfs(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[str]:
    """The few operations of WebHDFS that are asked for, over a folder of this machine."""
    pytest.importorskip("hdfs", reason="needs hdfs: pip install '.[test-all]'")
    monkeypatch.setenv("HADOOP_USER_NAME", "astronomer")
    handler = type("Handler", (_WebHdfs,), {"folder": folder})
    with ThreadingHTTPServer(("localhost", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"hdfs://localhost:{server.server_port}/sky"
        server.shutdown()


class _WebHdfs(BaseHTTPRequestHandler):
    """One request."""

    folder: Path

    def do_GET(self) -> None:
        path, given = self._asked()
        if not path.exists():
            return self._refuse("FileNotFoundException")
        if given["op"] == "GETFILESTATUS":
            return self._answer({"FileStatus": _status(path, "")})
        if given["op"] == "LISTSTATUS":
            found = [_status(each, each.name) for each in sorted(path.iterdir())] if path.is_dir() else []
            return self._answer({"FileStatuses": {"FileStatus": found or [_status(path, "")] * path.is_file()}})
        start, length = int(given.get("offset", 0)), int(given.get("length", 1 << 40))
        return self._send(200, path.read_bytes()[start : start + length])

    def do_PUT(self) -> None:
        path, given = self._asked()
        body = self._body()
        if given["op"] == "RENAME":
            target = self.folder / given["destination"].lstrip("/")
            if target.exists():
                return self._answer({"boolean": False})
            path.rename(target)
            return self._answer({"boolean": True})
        if "sent" not in given:  # the name node says which data node takes it
            return self._send(307, b"", f"http://localhost:{self.server.server_address[1]}{self.path}&sent=1")
        if path.exists() and given.get("overwrite") != "true":
            return self._refuse("FileAlreadyExistsException")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return self._send(201, b"")

    def do_DELETE(self) -> None:
        path, _ = self._asked()
        there = path.exists()
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        self._answer({"boolean": there})

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _asked(self) -> tuple[Path, dict[str, str]]:
        url = urllib.parse.urlsplit(self.path)
        given = dict(urllib.parse.parse_qsl(url.query))
        assert given["user.name"] == "astronomer"
        name = urllib.parse.unquote(url.path.removeprefix("/webhdfs/v1/"))
        return self.folder / name, given

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, found: dict[str, Any]) -> None:
        self._send(200, json.dumps(found).encode())

    def _refuse(self, why: str) -> None:
        self._send(404, json.dumps({"RemoteException": {"exception": why, "message": why}}).encode())

    def _send(self, status: int, body: bytes, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)


def _status(path: Path, suffix: str) -> dict[str, Any]:
    kind = "DIRECTORY" if path.is_dir() else "FILE"
    return {"pathSuffix": suffix, "type": kind, "length": path.stat().st_size, "modificationTime": 0}
