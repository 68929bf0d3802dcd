"""The schema of the examples is one that tensorflow-metadata reads, and says of every feature what it is."""

from truemorph.schemas.examples import example_schema

# A survey of the user's own may give a label and alpha without votes, radius and width.
REQUIRED = {"image", "objid", "alpha", "label_raw"}


def test_every_feature_is_described() -> None:
    for feature in example_schema().feature:
        assert feature.annotation.comment[0], feature.name
        assert (feature.value_count.min, feature.value_count.max) == (1, 1), feature.name


def test_what_must_be_there() -> None:
    found = {feature.name for feature in example_schema().feature if feature.presence.min_fraction == 1.0}
    assert found == REQUIRED


def test_labels_are_zero_or_one() -> None:
    features = {feature.name: feature for feature in example_schema().feature}
    for name in ("label_raw", "label_debiased"):
        assert (features[name].int_domain.min, features[name].int_domain.max) == (0, 1)


def test_domains_that_start_at_zero_say_so() -> None:
    for feature in example_schema().feature:
        which = feature.WhichOneof("domain_info")
        if which in ("float_domain", "int_domain"):
            assert getattr(feature, which).HasField("min"), feature.name
