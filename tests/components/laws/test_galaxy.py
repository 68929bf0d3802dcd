"""A law with a scale of each galaxy's own: the mean over what is not seen, derivatives, what is not known."""

import keras
import numpy as np
import pytest
from scipy import integrate, optimize

from truemorph.components.laws import (
    CatalogueLikelihood,
    ExponentialLaw,
    FlipLaw,
    GalaxyLaw,
    LogisticLaw,
    StretchedLaw,
    TabulatedLaw,
    law_from_config,
    stored_law,
)

FORMS: list[FlipLaw] = [
    ExponentialLaw(9.0),
    LogisticLaw(11.0, 2.5),
    StretchedLaw(9.0, 3.0),
    TabulatedLaw((5.0, 10.0, 20.0), (0.9, 0.5, 0.1)),
]


def law_of(form: FlipLaw, spread: float = 0.5) -> GalaxyLaw:
    return GalaxyLaw(form, ("mu", "ng"), (21.0, 2.5), (1.0, 1.2), (0.4, -0.2), spread)


def sky(n: int = 200, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, labels and observables."""
    rng = np.random.default_rng(seed)
    observables = np.column_stack([rng.lognormal(2.4, 0.45, n), rng.normal(21, 1, n), rng.normal(2.5, 1.2, n)])
    return rng.normal(size=(n, 3)), rng.integers(0, 2, n), observables


@pytest.mark.parametrize("spread", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("ratio", [0.3, 1.0, 2.0, 4.0])
def test_p_flip_is_the_mean_over_what_is_not_seen(spread: float, ratio: float) -> None:
    law = GalaxyLaw(ExponentialLaw(9.0), (), (), (), (), spread)
    form = law.form

    def density(eps: float) -> float:
        return (
            np.exp(-0.5 * eps**2) / np.sqrt(2 * np.pi) * form.flip_probability([9 * ratio * np.exp(-spread * eps)])[0]
        )

    assert law.flip_probability([9.0 * ratio])[0] == pytest.approx(integrate.quad(density, -8, 8)[0], abs=2e-3)


@pytest.mark.parametrize("spread", [0.0, 0.6])
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.kind)
def test_derivatives_are_those_of_the_value(form: FlipLaw, spread: float) -> None:
    x, seen, observables = sky()
    law = law_of(form, spread)
    free = None if spread else (*form.parameters, "slope")
    likelihood = CatalogueLikelihood(x, seen, observables, law, free=free, prior={"slope": ([0, 0], 0.5)})
    at = likelihood.start(np.array([0.5, -0.3, 0.2, 0.1]))
    numeric = optimize.approx_fprime(at, lambda p: likelihood.value(p)[0], 1e-6)
    np.testing.assert_allclose(likelihood.value(at)[1], numeric, atol=2e-3)
    rows = [optimize.approx_fprime(at, lambda p, i=i: likelihood.value(p)[1][i], 1e-6) for i in range(at.size)]
    np.testing.assert_allclose(likelihood.hessian(at), rows, rtol=1e-3, atol=5e-3)
    u, by_alpha = law.slopes(observables)[:2]
    np.testing.assert_allclose(u, -law.log_flip(observables), rtol=1e-9)
    more = observables * [1 + 1e-6, 1, 1]
    np.testing.assert_allclose((law.slopes(more)[0] - u) / 1e-6, by_alpha, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.kind)
def test_keras_is_numpy_and_the_configuration_comes_back(form: FlipLaw) -> None:
    law, observables = law_of(form), sky(50)[2]
    observables[3, 1], observables[4] = np.nan, [5.0, np.nan, np.nan]
    found = law.neg_log_flip(keras.ops.convert_to_tensor(observables.astype("float32")), xp=keras.ops)
    np.testing.assert_allclose(np.asarray(found), -law.log_flip(observables), rtol=2e-4, atol=1e-6)
    assert law_from_config(law.get_config()) == law
    config = law.get_config()
    assert stored_law({"law": config.pop("law"), "theta": law.scale, "law_parameters": config}) == law


def test_what_is_not_known_widens_the_spread() -> None:
    law = law_of(ExponentialLaw(9.0), 0.3)
    wide = GalaxyLaw(law.form, (), (), (), (), float(np.sqrt(0.3**2 + 0.4**2 + 0.2**2)))
    alpha = np.array([4.0, 9.0, 25.0])
    unknown = np.column_stack([alpha, np.full((3, 2), np.nan)])
    for observables in (alpha, alpha[:, None], unknown):
        np.testing.assert_allclose(law.flip_probability(observables), wide.flip_probability(alpha), rtol=1e-6)
    one = GalaxyLaw(law.form, ("mu",), (21.0,), (1.0,), (0.4,), 0.0)
    plain = one.flip_probability([[9.0, 21.0]])
    assert one.flip_probability([[9.0, 21.0], [9.0, np.nan]])[0] == pytest.approx(plain[0], abs=1e-5)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("spread", [20.0, 40.0, 1e4])
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.kind)
def test_a_search_may_try_any_spread_on_its_way(form: FlipLaw, spread: float) -> None:
    x, seen, observables = sky()
    likelihood = CatalogueLikelihood(x, seen, observables, law_of(form, spread))
    at = likelihood.start(np.zeros(4))
    value, gradient = likelihood.value(at)
    assert np.isfinite(value) and np.isfinite(gradient).all() and np.isfinite(likelihood.hessian(at)).all()
    assert np.isfinite(likelihood.information(at)).all()


def test_the_columns_of_a_table() -> None:
    law = law_of(ExponentialLaw(9.0))
    found = law.columns({"alpha": [9.0, 4.0], "mu": [21.0, 22.0]})
    np.testing.assert_array_equal(found, [[9.0, 21.0, np.nan], [4.0, 22.0, np.nan]])
    assert ExponentialLaw(9.0).columns({"alpha": [9.0]}).shape == (1,)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="std must be a finite number for each"):
        GalaxyLaw(ExponentialLaw(9.0), ("mu",), (0.0,), (0.0,), (0.1,), 0.0)
    with pytest.raises(ValueError, match="spread must be"):
        GalaxyLaw(ExponentialLaw(9.0), (), (), (), (), -1.0)
    with pytest.raises(ValueError, match="this law takes alpha, mu, ng"):
        law_of(ExponentialLaw(9.0)).flip_probability([[9.0, 21.0]])
    with pytest.raises(ValueError, match="this law takes alpha alone"):
        ExponentialLaw(9.0).flip_probability([[9.0, 21.0]])
