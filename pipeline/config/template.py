"""A configuration of all keys with their defaults, as TOML to change."""

import inspect
import json
import typing

from truemorph.config.reader import wanted
from truemorph.config.schema import Config, keys


def template() -> str:
    """Every key with what it may be; the keys are commented out, so that defaults stay defaults until changed.

    Example:
        >>> "# epochs =  # a whole number >= 1" in template()
        True
    """
    lines = ["# Settings of truemorph. Remove the '# ' before a key to set it, and give this file to --config."]
    section = ""
    kinds = typing.get_type_hints(Config)
    for key in keys().values():
        if key.section != section:
            section = key.section
            about = (inspect.getdoc(kinds[section]) or "").split("\n\n")[0].replace("\n", " ")
            lines += ["", f"# {about}", f"[{section}]"]
        # JSON is TOML here; nothing stands for None, and for no names at all.
        value = "" if key.default in (None, ()) else json.dumps(key.default)
        lines.append(f"# {key.name} = {value} # {wanted(key)}")
    return "\n".join(lines) + "\n"
