"""Downloads from a server on the loopback that fails, stalls, cuts short and lies about its length."""

import gzip
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from truemorph.components.errors import InputError
from truemorph.components.fetcher import download as module
from truemorph.components.fetcher.download import download

CONTENT = b"objid,asset_id\n" + b"".join(b"%d,%d\n" % (n, n) for n in range(20000))
Answer = Callable[["Handler", bytes, int], None]


class Handler(BaseHTTPRequestHandler):
    """Does for each request what the next entry of `plan` says, and the last one from then on."""

    protocol_version = "HTTP/1.1"
    plan: list[Answer]
    asked: list[str | None]
    tag: str

    def do_GET(self) -> None:
        self.asked.append(self.headers.get("Range"))
        answer = self.plan.pop(0) if len(self.plan) > 1 else self.plan[0]
        wanted = self.headers.get("Range") if self.headers.get("If-Range") == self.tag else None
        answer(self, CONTENT, int(wanted[6:-1]) if wanted else 0)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


def head(handler: Handler, start: int, length: int, whole: int) -> None:
    handler.send_response(206 if start else 200)
    if start:
        handler.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
    handler.send_header("ETag", handler.tag)
    handler.send_header("Content-Length", str(length))
    handler.end_headers()


def good(handler: Handler, content: bytes, start: int) -> None:
    head(handler, start, len(content) - start, len(content))
    handler.wfile.write(content[start:])


def short(handler: Handler, content: bytes, start: int) -> None:
    head(handler, start, len(content) - start, len(content))
    handler.wfile.write(content[start : start + 50_000])


def fails(handler: Handler, content: bytes, start: int) -> None:
    handler.send_error(503)


def stalls(handler: Handler, content: bytes, start: int) -> None:
    head(handler, start, len(content) - start, len(content))
    handler.wfile.write(content[start : start + 1000])
    handler.wfile.flush()
    threading.Event().wait(2.0)


def promises_more(handler: Handler, content: bytes, start: int) -> None:
    head(handler, start, len(content) - start + 77, len(content) + 77)
    handler.wfile.write(content[start:])


def promises_less(handler: Handler, content: bytes, start: int) -> None:
    head(handler, 0, len(content) - 3, len(content) - 3)
    handler.wfile.write(content[:-3])


def gone(handler: Handler, content: bytes, start: int) -> None:
    handler.send_error(404)


def page(handler: Handler, content: bytes, start: int) -> None:
    head(handler, 0, 21, 21)
    handler.wfile.write(b"<html>sorry</html>\n\n\n")


def changed(handler: Handler, content: bytes, start: int) -> None:
    handler.__class__.tag = '"another"'
    good(handler, content, 0)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, type[Handler]]]:
    monkeypatch.setattr(module, "_WAITS", (0.0, 0.0))
    monkeypatch.setattr(module, "_TIMEOUT", 1.0)
    handler = type("Planned", (Handler,), {"plan": [good], "asked": [], "tag": '"one"'})
    served = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}/mapping.csv", handler
    served.shutdown()
    served.server_close()
    thread.join()


@pytest.mark.parametrize(
    "plan",
    [
        [good],
        [fails, fails, good],
        [short, short, fails, short, good],
        [stalls, stalls, good],
        [short, changed, good],
        [short],
    ],
)
def test_the_whole_file_comes_in_the_end(server: tuple[str, type[Handler]], tmp_path: Path, plan: list[Answer]) -> None:
    url, handler = server
    handler.plan = list(plan)
    path = tmp_path / "gz2" / "mapping.csv"
    digest = hashlib.sha256(CONTENT).hexdigest()
    assert download(url, path) == digest
    assert path.read_bytes() == CONTENT
    assert sorted(file.name for file in path.parent.iterdir()) == ["checksums.json", "mapping.csv"]
    noted = json.loads((path.parent / "checksums.json").read_text())
    assert noted == {"mapping.csv": {"url": url, "sha256": digest, "bytes": len(CONTENT)}}
    if plan[0] in (short, stalls) and changed not in plan:
        assert handler.asked[1] is not None and handler.asked[1] != "bytes=0-"
    asked = len(handler.asked)
    assert download(url, path) == digest and len(handler.asked) == asked


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ([fails], r"stopped at 0 bytes \(503 Service Unavailable\); run the same command again to continue"),
        ([gone], r"the server answers 404 Not Found; has the file moved\?"),
        ([promises_more], rf"stopped at {len(CONTENT)} bytes"),
        ([promises_less], r"the download is not the file that was asked for \(it is a web page or ends within a line"),
        ([page], r"the download is not the file that was asked for \(it is a web page"),
    ],
)
def test_what_never_comes_is_one_line(
    server: tuple[str, type[Handler]], tmp_path: Path, plan: list[Answer], message: str
) -> None:
    url, handler = server
    handler.plan = list(plan)
    with pytest.raises(InputError, match=message) as error:
        download(url, tmp_path / "mapping.csv")
    assert "\n" not in str(error.value) and not (tmp_path / "mapping.csv").exists()
    handler.plan = [good]
    if plan[0] is not promises_more:
        download(url, tmp_path / "mapping.csv")
        assert (tmp_path / "mapping.csv").read_bytes() == CONTENT


def test_checksums(server: tuple[str, type[Handler]], tmp_path: Path) -> None:
    url, _ = server
    with pytest.raises(InputError, match=r"the download is not the file that was asked for \(SHA-256 is"):
        download(url, tmp_path / "mapping.csv", sha256="0" * 64)
    assert list(tmp_path.iterdir()) == []
    download(url, tmp_path / "mapping.csv", sha256=hashlib.sha256(CONTENT).hexdigest())
    (tmp_path / "mapping.csv").write_bytes(CONTENT[:-9])
    with pytest.raises(InputError, match=r"mapping\.csv: SHA-256 is .*; remove the file to fetch it again"):
        download(url, tmp_path / "mapping.csv")


def test_a_cut_gzip_is_seen(server: tuple[str, type[Handler]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, handler = server
    packed = gzip.compress(np.random.default_rng(0).bytes(5000))

    def cut(handler: Handler, content: bytes, start: int) -> None:
        head(handler, 0, len(packed) - 20, len(packed) - 20)
        handler.wfile.write(packed[:-20])

    handler.plan = [cut]
    with pytest.raises(InputError, match="the download is not the file"):
        download(url, tmp_path / "votes.csv.gz")
