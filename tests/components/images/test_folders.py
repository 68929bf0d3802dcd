"""A folder of images that the machine does not show."""

import errno
from pathlib import Path
from typing import Any

import pytest

from truemorph.components.errors import InputError
from truemorph.components.images.folders import FolderStore
from truemorph.components.images.names import Names


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Any) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(
        InputError, match=r": cannot be listed \(Permission denied\); change its permissions, or move it"
    ):
        list(FolderStore(str(tmp_path)).names())


def test_a_letter_written_as_two_is_the_same_letter() -> None:
    assert Names(["e\u0301.jpg"]).find("\u00e9") == ["e\u0301.jpg"]
    assert Names(["\u00e9.jpg"]).find("e\u0301.jpg") == ["\u00e9.jpg"]
