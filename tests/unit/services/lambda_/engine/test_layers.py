"""Layer versions: published, listed, attached, deleted."""

import pytest

from lambent.core.context import Context, Scope
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import layers, permissions
from lambent.services.lambda_.engine.identifiers import LayerName, LayerVersionName
from lambent.services.lambda_.tables import archives

SCOPE = Scope("111111111111", "us-east-1")
OTHER = Scope("222222222222", "us-east-1")


def attach(tx, *arns, provided=None):
    context = Context("111111111111", "us-east-1", "request", "arn:aws:iam::111111111111:root", "http://localhost:4566")
    return layers.attach(tx, SCOPE, arns, context, 0.0, provided or {})


def test_versions_count_up_and_are_never_given_again(tx, made):
    assert [made.layer().version, made.layer().version] == [1, 2]
    layers.delete(tx, LayerVersionName(LayerName(SCOPE, "l"), 2))
    assert made.layer().version == 3


def test_a_layer_is_attached_with_its_code(tx, made):
    row = made.layer()
    (layer,) = attach(tx, row.arn)
    assert (layer.arn, layer.code) == (row.arn, row.code)


def test_a_layer_that_the_platform_provides_is_attached_where_nobody_published_it(tx, made):
    code = made.layer("other").code
    theirs = "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerX86:25"
    (layer,) = attach(tx, theirs, provided={theirs: code})
    assert (layer.arn, layer.code) == (theirs, code)
    row = made.layer()
    assert attach(tx, row.arn, provided={row.arn: code})[0].code == row.code


def test_layers_keep_their_order(tx, made):
    arns = [made.layer(name).arn for name in ("z", "a", "m")]
    assert [layer.arn for layer in attach(tx, *arns)] == arns


def test_five_layers_are_the_most(tx, made):
    arns = [made.layer(f"l{number}").arn for number in range(6)]
    assert len(attach(tx, *arns[:5])) == 5
    with pytest.raises(errors.LayersTooMany, match="Cannot reference more than 5 layers"):
        attach(tx, *arns)


def test_two_versions_of_one_layer_do_not_go_together(tx, made):
    first, second = made.layer().arn, made.layer().arn
    with pytest.raises(errors.LayerTwice, match=f"{first} and {second} are versions of the same layer"):
        attach(tx, first, second)


def test_a_layer_must_be_there_and_in_the_region(tx):
    with pytest.raises(errors.LayerToAttachMissing, match="does not exist"):
        attach(tx, "arn:aws:lambda:us-east-1:111111111111:layer:l:1")
    with pytest.raises(errors.LayersElsewhere, match="expected to be in region us-east-1"):
        attach(tx, "arn:aws:lambda:eu-west-1:111111111111:layer:l:1")


def test_a_layer_of_another_account_must_be_shared(tx, made):
    row = made.layer(scope=OTHER)
    with pytest.raises(errors.AccessDenied, match="lambda:GetLayerVersion"):
        attach(tx, row.arn)
    permissions.add_to_layer(
        tx,
        LayerVersionName(row.layer, 1),
        statement_id="s",
        action="lambda:GetLayerVersion",
        principal="111111111111",
        organization_id=None,
        revision_id=None,
    )
    assert attach(tx, row.arn)[0].arn == row.arn


def test_lists_are_filtered_by_what_a_layer_was_made_for(tx, made):
    made.layer("a", runtimes=["python3.12"])
    made.layer("a", runtimes=["python3.13"], architectures=["arm64"])
    made.layer("b")
    options = {"runtime": None, "architecture": None, "start": "", "count_max": 9}
    assert [(row.name, row.version) for row in layers.list_layers(tx, SCOPE, **options)] == [("a", 2), ("b", 1)]
    matching = layers.list_layers(tx, SCOPE, **options | {"runtime": "python3.12"})
    assert [(row.name, row.version) for row in matching] == [("a", 1)]
    versions = layers.list_versions(tx, LayerName(SCOPE, "a"), **options | {"start": None, "architecture": "arm64"})
    assert [row.version for row in versions] == [2]


def test_a_deleted_version_is_gone_and_deleting_it_again_does_nothing(tx, made):
    name = LayerVersionName(made.layer().layer, 1)
    layers.delete(tx, name)
    layers.delete(tx, name)
    assert archives.list_used(tx) == set()
    with pytest.raises(errors.NoSuchResource):
        layers.find(tx, name)


def test_versions_begin_with_1(tx):
    for act in (layers.find, layers.delete):
        with pytest.raises(errors.LayerVersionBelowOne):
            act(tx, LayerVersionName(LayerName(SCOPE, "l"), 0))
