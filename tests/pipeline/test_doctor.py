"""`truemorph doctor`: what it says of this environment, and of broken ones."""

from importlib import metadata

import pytest
from packaging.requirements import Requirement

from truemorph import doctor


def test_this_environment_is_sound() -> None:
    findings = doctor.examine()
    assert not findings.broken, findings.lines
    text = "\n".join(findings.lines)
    for word in ("truemorph", "python", "tensorflow", "keras", "apache-beam", "GPU", "FnApiRunner"):
        assert word in text


def test_a_missing_or_old_package_is_bad() -> None:
    findings = doctor.Findings()
    doctor._examine_requirement(Requirement("no-such-package>=1"), findings)
    assert findings.broken
    assert findings.lines[-1].endswith("not installed; pip install 'no-such-package>=1'")
    findings = doctor.Findings()
    doctor._examine_requirement(Requirement("numpy<1"), findings)
    assert findings.broken
    assert f"{metadata.version('numpy')}; needs <1" in findings.lines[-1]


def test_known_conflicts_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    findings = doctor.Findings()
    doctor._examine_conflicts(findings)
    assert findings.broken
    assert any("TF_USE_LEGACY_KERAS" in line for line in findings.lines)
    assert any("KERAS_BACKEND" in line and "jax" in line for line in findings.lines)


def test_an_extra_that_is_not_whole_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        "no-such-package>=1; extra == 'foreign'",
        "numpy; extra == 'foreign'",
        "numpy[foreign]; extra == 'all'",
    ]
    monkeypatch.setattr(doctor.metadata, "requires", lambda name: lines)
    findings = doctor.Findings()
    doctor._examine_extra("foreign", findings)
    doctor._examine_extra("all", findings)
    first, second = findings.found
    assert first == ("note", "extra foreign", "without no-such-package; in a clone: pip install '.[foreign]'")
    assert second == ("note", "extra all", "without no-such-package; in a clone: pip install '.[all]'")
    assert not findings.broken
