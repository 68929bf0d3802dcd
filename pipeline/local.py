"""LocalDagRunner: runs components here, one after the other, resuming after the last finished one."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from truemorph.artifacts import STATE, fingerprint_path, publish
from truemorph.components.base import Component
from truemorph.components.errors import InputError
from truemorph.components.files import hash_json, naming, read_json, remove, write_json
from truemorph.components.progress import say
from truemorph.lock import locked
from truemorph.version import __version__


class LocalDagRunner:
    """Runs components in order under one output folder and remembers what is finished.

    A component whose inputs and parameters are those of its last finished run is not run again. An executor works in
    a staging folder that survives a kill; its outputs are renamed into place once it has returned, and the record of
    the step is written last.

    Args:
        out: the output folder.

    Raises:
        InputError: if out is no folder of a run yet holds files, holds a finished run of other sources, or is in use.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.state = out / STATE

    def run(self, components: Sequence[Component], fresh: bool = False, notes: Mapping[str, str] = {}) -> None:
        """Run the components, each after those whose outputs it reads.

        Args:
            components: the steps.
            fresh: forget what an interrupted step has done.
            notes: what else run.json shall keep.
        """
        known: dict[Path, str] = {}
        sources = self._sources(components, known)
        self._check_folder()
        created = not self.out.exists()
        self.state.mkdir(parents=True, exist_ok=True)
        with locked(self.state / "lock", self.out):
            previous = _noted(self.state / "run.json")
            if previous and previous["finished"] and previous["sources"] != sources:
                raise InputError(f"--out {self.out}: holds a finished run with other inputs; choose another folder")
            if fresh:
                remove(self.state / "staging")
            write_json(self.state / "run.json", {**notes, "sources": sources, "finished": False})
            try:
                for index, component in enumerate(components, start=1):
                    self._step(component, known, f"[{index}/{len(components)}] {component.id}")
            except InputError:
                if not any(self.state.glob("step-*.json")):
                    remove(self.out if created else self.state)
                raise
            write_json(self.state / "run.json", {**notes, "sources": sources, "finished": True})

    def _sources(self, components: Sequence[Component], known: dict[Path, str]) -> dict[str, str]:
        """Fingerprints of what comes from outside: source files, and the parameters of steps without inputs."""
        made = {path for component in components for path in component.outputs.values()}
        sources = {}
        for component in components:
            if not component.inputs:
                sources[component.id] = hash_json(dict(component.parameters))
            for name, path in component.inputs.items():
                if not any(path == output or output in path.parents for output in made):
                    known[path] = sources[f"{component.id}.{name}"] = fingerprint_path(path)
        return sources

    def _check_folder(self) -> None:
        if self.out.exists() and not self.out.is_dir():
            raise InputError(f"--out {self.out}: is a file; give a folder")
        if self.out.is_dir() and not self.state.is_dir() and any(self.out.iterdir()):
            raise InputError(
                f"--out {self.out}: contains files that truemorph did not write; give a new or an empty folder"
            )

    def _step(self, component: Component, known: dict[Path, str], title: str) -> None:
        fingerprint = hash_json(
            {
                "id": component.id,
                "version": __version__,
                "parameters": dict(component.parameters),
                "inputs": {name: _known(path, known) for name, path in component.inputs.items()},
                "outputs": {name: str(path.relative_to(self.out)) for name, path in component.outputs.items()},
            }
        )
        record_path = self.state / f"step-{component.id}.json"
        record = _noted(record_path)
        complete = all(path.exists() for path in component.outputs.values())
        if record and record["fingerprint"] == fingerprint and complete:
            say(f"{title}: finished before, kept")
        else:
            record_path.unlink(missing_ok=True)
            write_json(record_path, self._execute(component, fingerprint, title))
            remove(self.state / "staging" / component.id)
        known.update({path: f"{fingerprint}/{name}" for name, path in component.outputs.items()})

    def _execute(self, component: Component, fingerprint: str, title: str) -> dict[str, Any]:
        began = time.monotonic()
        home = self.state / "staging" / component.id
        staging = home / fingerprint[:16]
        for other in home.glob("*"):
            if other != staging:
                remove(other)
        staged = {name: staging / path.relative_to(self.out) for name, path in component.outputs.items()}
        done = staging / "DONE"
        if not done.exists():
            resuming = staging.exists()
            say(f"{title}: " + ("continuing where it was interrupted" if resuming else "running"))
            for path in staged.values():
                path.parent.mkdir(parents=True, exist_ok=True)
            with naming(self.out):
                component.executor(component.inputs, staged, component.parameters)
            missing = [name for name, path in staged.items() if not path.exists()]
            if missing:
                raise RuntimeError(f"{component.id} returned without its outputs {missing}")
            done.touch()
        publish(staged, component.outputs, staging / "replaced", component.spec.grows)
        seconds = time.monotonic() - began
        say(f"{title}: done in {seconds:.1f} s")
        return {"fingerprint": fingerprint, "seconds": round(seconds, 3)}


def _noted(path: Path) -> dict[str, Any] | None:
    """What an earlier run noted, None where none did."""
    return read_json(path) if path.exists() else None


def _known(path: Path, known: dict[Path, str]) -> str:
    """Fingerprint of an input: a source's own, or that of the output which it is or lies in."""
    for candidate in (path, *path.parents):
        if candidate in known:
            return known[candidate] + "/" + path.relative_to(candidate).as_posix()
    raise ValueError(f"no earlier component makes this input and it was not fingerprinted. Received: {path}")
