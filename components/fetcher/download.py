"""One file from a server that may fail, stall, cut short or lie about its length."""

import gzip
import http.client
import json
import os
import time
import urllib.error
import urllib.request
import zipfile
import zlib
from pathlib import Path
from typing import Any

from truemorph.components.errors import InputError
from truemorph.components.files import hash_file, write_json
from truemorph.components.progress import bar

CHECKSUMS = "checksums.json"
_BLOCK = 1 << 20
_TIMEOUT = 60.0
# Seconds before each new try; a try that brought something starts the list again.
_WAITS = (1.0, 4.0, 16.0, 60.0)


def download(url: str, path: Path, sha256: str | None = None) -> str:
    """Download a file unless it is there whole; what an interrupted download left is gone on with.

    The checksum and the length of a complete download are noted in checksums.json beside it. Where the publisher gives
    no checksum, that note is what later runs hold the file against.

    Args:
        url: http or https.
        path: where the file shall be; a partial one lies beside it as .NAME.part.
        sha256: the publisher's checksum, where there is one.

    Returns:
        SHA-256 of the file.

    Raises:
        InputError: if the server does not give the whole file after several tries, or the file is not what its checksum
            or its ending says.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    noted = _notes(path).get(path.name, {}).get("sha256")
    wanted = sha256 or noted
    if path.exists():
        found = hash_file(path)
        if wanted is None or found == wanted:
            return _note(path, url, found)
        raise InputError(f"{path}: SHA-256 is {found[:16]}…, wanted {wanted[:16]}…; remove the file to fetch it again")
    part = path.with_name(f".{path.name}.part")
    _receive(url, part)
    found = hash_file(part)
    why = (
        f"SHA-256 is {found[:16]}…, wanted {sha256[:16]}…"
        if sha256 not in (None, found) and sha256
        else _broken(part, path)
    )
    if why:
        part.unlink()
        _tag(part).unlink(missing_ok=True)
        raise InputError(f"{url}: the download is not the file that was asked for ({why}); try again later")
    os.replace(part, path)
    _tag(part).unlink(missing_ok=True)
    return _note(path, url, found)


def _receive(url: str, part: Path) -> None:
    """Receive all of it, in as many tries as that takes."""
    failures = 0
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            if _once(url, part):
                return
            why = "the server closed the connection early"
        except urllib.error.HTTPError as error:
            if error.code in (401, 403, 404, 410):
                raise InputError(
                    f"{url}: the server answers {error.code} {error.reason}; has the file moved?"
                ) from None
            why = f"{error.code} {error.reason}"
        except (OSError, http.client.HTTPException) as error:
            why = str(getattr(error, "reason", error)) or type(error).__name__
        after = part.stat().st_size if part.exists() else 0
        failures = 0 if after > before else failures + 1
        if failures > len(_WAITS):
            raise InputError(f"{url}: stopped at {after} bytes ({why}); run the same command again to continue")
        time.sleep(_WAITS[max(failures - 1, 0)])


def _once(url: str, part: Path) -> bool:
    """One request for what is still missing; whether the file is whole now."""
    start = part.stat().st_size if part.exists() else 0
    tag = _tag(part).read_text("utf-8") if _tag(part).exists() else ""
    # Without a tag nobody knows whether the rest would be of the same file.
    headers = {"Range": f"bytes={start}-", "If-Range": tag} if start and tag else {}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=_TIMEOUT) as answer:
        resumed = answer.status == 206 and str(answer.headers.get("Content-Range", "")).startswith(f"bytes {start}-")
        if answer.status == 206 and not resumed:
            part.unlink()
            return False
        start = start if resumed else 0
        length = answer.headers.get("Content-Length")
        total = start + int(length) if length and length.isdigit() else None
        _tag(part).write_text(answer.headers.get("ETag") or answer.headers.get("Last-Modified") or "", "utf-8")
        _copy(answer, part, start, total)
    return total is None or part.stat().st_size == total


def _copy(answer: Any, part: Path, start: int, total: int | None) -> None:
    name = part.name.removeprefix(".").removesuffix(".part")
    with (
        part.open("r+b" if start else "wb") as file,
        bar(desc=name, total=total, initial=start, unit="B", unit_scale=True) as shown,
    ):
        file.seek(start)
        file.truncate()
        while block := answer.read1(_BLOCK):
            file.write(block)
            shown.update(len(block))


def _broken(part: Path, path: Path) -> str | None:
    """Why a file cannot be what its name says: a server that gives too small a length cuts it without a word."""
    name = path.name.lower()
    try:
        if name.endswith(".gz"):
            with gzip.open(part, "rb") as file:
                while file.read(_BLOCK):
                    pass
        elif name.endswith(".zip"):
            zipfile.ZipFile(part).close()
        elif part.stat().st_size == 0:
            return "it is empty"
        elif name.endswith(".csv"):
            with part.open("rb") as file:
                head = file.read(64).lstrip()
                file.seek(-1, os.SEEK_END)
                if head.startswith(b"<") or file.read(1) != b"\n":
                    return "it is a web page or ends within a line"
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        return str(error)
    return None


def _tag(part: Path) -> Path:
    return part.with_name(f"{part.name}.tag")


def _notes(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((path.parent / CHECKSUMS).read_text("utf-8")))
    except (FileNotFoundError, ValueError):
        return {}


def _note(path: Path, url: str, sha256: str) -> str:
    notes = _notes(path) | {path.name: {"url": url, "sha256": sha256, "bytes": path.stat().st_size}}
    write_json(path.parent / CHECKSUMS, notes, sort_keys=True)
    return sha256
