"""A confusion of three classes from known truth: the most probable one, found again, and what it refuses."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from confused import LAW, NAMES, confused

from truemorph.components.artifacts.bias_law import BiasLaw
from truemorph.components.bias_estimator.confused import PRIOR, fit_confusion
from truemorph.components.bias_estimator.confusion_errors import errors_of
from truemorph.components.bias_estimator.executor import confusion_of
from truemorph.components.bias_estimator.fit_confusion import fit_confusion_law
from truemorph.components.errors import InputError
from truemorph.components.laws import ConfusionLaw, law_from_config


def _objective(law: ConfusionLaw, seen: list[int], true: list[int], alpha: list[float]) -> float:
    """Minus the log-posterior, as a loop over galaxies and classes."""
    quality = [math.log(a) for a in alpha]
    middle, width = float(np.median(quality)), float(np.std(quality))
    total = 0.0
    for j, k, q in zip(seen, true, quality, strict=True):
        odds = [1.0 if i == k else 0.0 for i in range(3)]
        for i in range(3):
            if law.intercept[k][i] is not None:
                odds[i] = math.exp(law.intercept[k][i] - law.slope[k][i][0] * q)
        total -= math.log(odds[j] / sum(odds))
    for k in range(3):
        for i in range(3):
            if law.intercept[k][i] is not None:
                w = law.slope[k][i][0] * width
                b = law.intercept[k][i] - law.slope[k][i][0] * middle
                total += 0.5 * ((b - PRIOR[0][0]) / PRIOR[0][1]) ** 2 + 0.5 * ((w - PRIOR[1][0]) / PRIOR[1][1]) ** 2
    return total


def test_no_confusion_near_by_is_more_probable() -> None:
    table = confused(400)
    seen, true = ([NAMES.index(word) for word in table[name]] for name in ("label", "truth"))
    alpha = table["alpha"].tolist()
    law = fit_confusion(seen, true, alpha, NAMES)
    least = _objective(law, seen, true, alpha)
    for name in ("intercept", "slope"):
        for k, j in np.argwhere(law.possible):
            for step in (-0.05, 0.05):
                moved = law.parameters[name].copy()
                moved[k, j] += step
                assert _objective(law.with_parameters({name: moved}), seen, true, alpha) > least


def test_its_errors_are_the_scatter_of_fits_and_go_by_galaxies_not_by_pictures() -> None:
    def fit(n: int, seed: int) -> tuple[ConfusionLaw, list[np.ndarray]]:
        table = confused(n, seed)
        seen, true = (np.array([NAMES.index(word) for word in table[name]]) for name in ("label", "truth"))
        known = [seen, true, table["alpha"].to_numpy()]
        return fit_confusion(*known, NAMES), known

    fits = [fit(1500, seed)[0].parameters for seed in range(40)]
    law, known = fit(1500, 99)
    twice = [np.tile(each, 2) for each in known]
    by_picture = errors_of(fit_confusion(*twice, NAMES), *twice, np.arange(3000))
    by_galaxy = errors_of(fit_confusion(*twice, NAMES), *twice, np.tile(np.arange(1500), 2))
    for name in ("intercept", "slope"):
        told, picture, galaxy = (
            np.sqrt(sum(np.square(each[name]) for each in shifts))[law.possible]
            for shifts in (errors_of(law, *known, np.arange(1500)), by_picture, by_galaxy)
        )
        scatter = np.std([each[name] for each in fits], axis=0)[law.possible]
        assert np.all((told / scatter > 0.7) & (told / scatter < 1.45)), told / scatter
        assert np.allclose(galaxy, told, rtol=0.1) and np.allclose(galaxy / picture, np.sqrt(2.0), rtol=0.1)


def test_the_confusion_is_found_again_and_stored(tmp_path: Path) -> None:
    path = tmp_path / "known.csv"
    table = confused(6000)
    table.loc[0, "truth"] = "who knows"
    table.to_csv(path, index=False)
    found = json.loads(json.dumps(fit_confusion_law(path, "label", "truth", "alpha", NAMES)))
    law = law_from_config({"law": found["law"], **found["law_parameters"]})
    assert law.observables[0].scale == "log"  # the true form is told from the other by galaxies held out
    np.testing.assert_allclose(law.matrix([5.0, 9.0, 20.0]), LAW.matrix([5.0, 9.0, 20.0]), atol=0.05)
    assert not law.possible[0].any()  # never seen
    assert found["counts"]["truth_unknown"] == 1 and found["n"] == 5999 == np.sum(found["confusion"])
    assert found["theta"] is None and BiasLaw.from_json(found).status == "ok"
    (tmp_path / "law.json").write_text(json.dumps(found))
    assert confusion_of(tmp_path / "law.json", NAMES, True)["errors"] == found["errors"]
    (tmp_path / "law.json").write_text(json.dumps(found | {"errors": [{"slope": 1.0}]}))
    with pytest.raises(InputError, match=r"law.json: is not a law \(.*intercept"):
        confusion_of(tmp_path / "law.json", NAMES, True)


@pytest.mark.parametrize(
    ("column", "value", "match"),
    [
        ("truth", "disk", "0 galaxies are smooth according to --truth; a law needs 20"),
        ("label", None, "every label agrees with --truth; there are no mistakes"),
        ("label", 7, r"--label must be 0 \(smooth\), 1 \(disk\), 2 \(artifact\) or a word; received 7"),
        ("label", "ring", "--label has no smooth or disk or artifact, but \\['ring'\\]"),
    ],
)
def test_what_tells_no_confusion_is_refused(tmp_path: Path, column: str, value: object, match: str) -> None:
    table = confused(300)
    table[column] = table["truth"] if value is None else value
    table.to_csv(tmp_path / "known.csv", index=False)
    with pytest.raises(InputError, match=match):
        fit_confusion_law(tmp_path / "known.csv", "label", "truth", "alpha", NAMES)
