"""A file is whole or not there, whatever happens while it is written."""

import errno
import json
from pathlib import Path

import pytest

from truemorph.components.errors import InputError
from truemorph.components.files import hash_file, hash_json, read_json, remove, replacing, write_json, write_text


def test_what_was_there_stays_until_the_new_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(ZeroDivisionError), replacing(path) as staged:
        staged.write_text("half")
        assert path.read_text() == "old"
        raise ZeroDivisionError
    assert (path.read_text(), [found.name for found in tmp_path.iterdir()]) == ("old", ["a.txt"])
    (tmp_path / ".a.txt.1.tmp").write_text("left by a killed process")
    with replacing(path) as staged:
        staged.write_text("new")
    assert (path.read_text(), [found.name for found in tmp_path.iterdir()]) == ("new", ["a.txt"])


def test_an_error_names_the_file_that_people_know(tmp_path: Path) -> None:
    path, other = tmp_path / "a.txt", tmp_path / "b.txt"
    for hidden, named in ((None, path), ("staged", path), (str(other), other)):
        with pytest.raises(OSError, match=r"Errno 28") as error, replacing(path) as staged:
            raise OSError(errno.ENOSPC, "Detail of a library", str(staged) if hidden == "staged" else hidden)
        assert error.value.filename == str(named)
    assert list(tmp_path.iterdir()) == []


def test_json_that_is_no_json_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Out of range float values"):
        write_json(tmp_path / "a.json", {"theta": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_json_comes_back_as_it_was_and_its_folder_is_made(tmp_path: Path) -> None:
    value = {"b": [1, None], "a": "Sérsic \udc80"}
    write_json(tmp_path / "deep" / "a.json", value)
    assert read_json(tmp_path / "deep" / "a.json") == value
    assert (tmp_path / "deep" / "a.json").read_text().endswith("}\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [(None, "no such file; run the step"), ("{", r"not JSON \(Expecting"), ("[1]", "holds a list, not an object")],
)
def test_a_file_that_holds_no_object_is_named(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "law.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=f"law.json: {message}"):
        read_json(path)


def test_hashes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    # The example of FIPS 180-2, appendix B.1.
    assert hash_file(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert hash_json({"a": 1, "b": 2}) == hash_json(json.loads('{"b": 2, "a": 1}')) != hash_json({"a": 1})


def test_remove_takes_a_file_a_folder_and_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder" / "in").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    remove(tmp_path / "link")
    assert (tmp_path / "folder" / "in").is_dir()
    remove(tmp_path / "folder")
    remove(tmp_path / "nothing")
    assert list(tmp_path.iterdir()) == []
