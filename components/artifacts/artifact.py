"""A JSON file between two components, as a frozen dataclass."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from truemorph.components.errors import InputError
from truemorph.components.files import read_json, write_json

OPTIONAL: Any = {"optional": True}
"""Metadata of a field that is left out of the file where it is None; the others are written as null."""


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """The fields that other components read have names and types; the rest is carried along as it is.

    Args:
        rest: what else the file holds, in its order.
    """

    LAYOUT: ClassVar[Mapping[str, Any]] = {}
    """How `files.write_json` lays the file out."""

    rest: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """The artifact of a file's content.

        Raises:
            KeyError: if a field without a default is missing.
        """
        known = {field.name: field for field in dataclasses.fields(cls) if field.name != "rest"}
        missing = dataclasses.MISSING
        needed = (name for name, it in known.items() if it.default is missing and it.default_factory is missing)
        values = {name: content[name] for name in needed}
        values |= {name: content[name] for name in known if name in content}
        return cls(**values, rest={name: value for name, value in content.items() if name not in known})

    def as_json(self) -> dict[str, Any]:
        """The content of the file, JSON values in the order of the fields, the rest last."""
        content = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name != "rest" and not (value is None and field.metadata.get("optional")):
                content[field.name] = value
        return content | dict(self.rest)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The artifact in a file.

        Raises:
            InputError: if there is no such file, it holds no JSON object, or a field is missing.
        """
        try:
            return cls.from_json(read_json(path))
        except KeyError as error:
            raise InputError(f"{path}: has no {error.args[0]!r}; give a file that truemorph wrote") from None

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        write_json(path, self.as_json(), **self.LAYOUT)
