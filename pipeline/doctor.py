"""What a maintainer asks for first: versions, devices, the runner, known conflicts."""

import os
import platform
import sys
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

from packaging.requirements import Requirement

from truemorph.config import Beam
from truemorph.terminal import paint
from truemorph.version import __version__

COLOURS = {"ok": "green", "note": "yellow", "BAD": "red"}


@dataclass
class Findings:
    """What was found, each with a mark, and whether something is broken."""

    found: list[tuple[str, str, str]] = field(default_factory=list)
    broken: bool = False

    @property
    def lines(self) -> list[str]:
        """One line a finding, without colours."""
        return [f"{mark:<4}  {what:<20}  {found}" for mark, what, found in self.found]

    def as_text(self) -> str:
        """For people: the lines, coloured on a terminal."""
        return "\n".join(paint(line, COLOURS[mark]) for line, (mark, *_) in zip(self.lines, self.found, strict=True))

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        found = [{"status": mark.lower(), "what": what, "found": text} for mark, what, text in self.found]
        return {"broken": self.broken, "findings": found}

    def add(self, mark: str, what: str, found: str) -> None:
        """One line; the mark 'ok', 'note' or 'BAD'."""
        self.found.append((mark, what, found))
        self.broken = self.broken or mark == "BAD"


def examine() -> Findings:
    """Look at this environment.

    Returns:
        The findings: versions held against what truemorph requires, devices, the runner, known conflicts.
    """
    findings = Findings()
    findings.add("ok", "truemorph", f"{__version__} in {os.path.dirname(__file__)}")
    machine = f"{platform.platform()}, {os.cpu_count()} cores, {_memory()}"
    findings.add("ok", "python", f"{platform.python_version()} on {machine}")
    for line in metadata.requires("truemorph") or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            _examine_requirement(requirement, findings)
    for extra in metadata.metadata("truemorph").get_all("Provides-Extra") or []:
        _examine_extra(extra, findings)
    if not findings.broken:
        _examine_devices(findings)
        findings.add("ok", "beam.runner", f"{Beam().runner} (in this process; nothing is downloaded)")
    _examine_conflicts(findings)
    return findings


def _memory() -> str:
    """Memory of this machine in words."""
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB of memory"
    except (OSError, ValueError):
        return "memory not known"


def _examine_requirement(requirement: Requirement, findings: Findings) -> None:
    try:
        found = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        findings.add("BAD", requirement.name, f"not installed; pip install '{requirement}'")
        return
    fits = requirement.specifier.contains(found, prereleases=True)
    findings.add(
        "ok" if fits else "BAD", requirement.name, found if fits else f"{found}; needs {requirement.specifier}"
    )


def _examine_extra(extra: str, findings: Findings) -> None:
    """Whether the packages of an extra are installed."""
    missing = _missing("truemorph", extra)
    told = f"without {', '.join(missing)}; in a clone: pip install '.[{extra}]'" if missing else "installed"
    findings.add("note" if missing else "ok", f"extra {extra}", told)


def _missing(package: str, extra: str) -> list[str]:
    """Packages of an extra that are not installed, nor those of the extras that it names, each once."""
    found: dict[str, None] = {}
    for requirement in map(Requirement, metadata.requires(package) or []):
        if requirement.marker is None or not requirement.marker.evaluate({"extra": extra}):
            continue
        try:
            metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            found[requirement.name] = None
            continue
        for named in requirement.extras:
            found |= dict.fromkeys(_missing(requirement.name, named))
    return list(found)


def _examine_devices(findings: Findings) -> None:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    names = [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in gpus]
    findings.add("ok" if gpus else "note", "GPU", ", ".join(names) or "none; training runs on the CPU, which is slower")


def _examine_conflicts(findings: Findings) -> None:
    installed = {name.lower() for distribution in metadata.distributions() if (name := distribution.metadata["Name"])}
    if "tensorflow-addons" in installed:
        findings.add("BAD", "tensorflow-addons", "cannot be imported beside Keras 3; pip uninstall tensorflow-addons")
    if "tfx" in installed:
        findings.add("note", "tfx", "sets TF_USE_LEGACY_KERAS=1 when imported; truemorph uses keras, not tf.keras")
    if os.environ.get("TF_USE_LEGACY_KERAS", "0") not in ("", "0"):
        findings.add("note", "TF_USE_LEGACY_KERAS", "is set; truemorph uses keras, not tf.keras, and ignores it")
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend != "tensorflow":
        findings.add("BAD", "KERAS_BACKEND", f"is {backend}; unset it or set it to tensorflow")
    if sys.flags.optimize:
        findings.add("note", "python -O", "assertions of libraries are off")
