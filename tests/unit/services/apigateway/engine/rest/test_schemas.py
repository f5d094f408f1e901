"""Models held against bodies."""

import json

import pytest

from lambent.services.apigateway.engine.rest import schemas

ADDRESS = "https://apigateway.amazonaws.com/restapis/abc/models/"
PET = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "pattern": "^[a-z]+$"}}}
MODELS = {
    "Pet": json.dumps(PET),
    "Pets": json.dumps({"type": "array", "items": {"$ref": f"{ADDRESS}Pet"}}),
    "Lost": json.dumps({"$ref": f"{ADDRESS}Nobody"}),
    "Odd": json.dumps({"type": "string", "pattern": "("}),
}


@pytest.mark.parametrize(
    ("model", "body", "count"),
    [
        ("Pet", b'{"name": "rex"}', 0),
        ("Pet", b'{"name": "Rex"}', 1),
        ("Pet", b'{"name": 1}', 1),
        ("Pet", b"{}", 1),
        ("Pet", b"", 1),
        ("Pet", b"{", 1),
        ("Pets", b'[{"name": "rex"}]', 0),
        ("Pets", b"[{}, {}]", 2),
    ],
)
def test_a_body_is_held_against_a_model(model, body, count):
    assert len(schemas.compiled(model, MODELS)(body)) == count


@pytest.mark.parametrize("model", ["Lost", "Odd"])
def test_a_model_that_cannot_be_used_says_so_when_it_is(model):
    with pytest.raises(schemas.InvalidSchema):
        schemas.compiled(model, MODELS)(b'"x"')


def test_a_model_that_is_not_there_is_refused():
    with pytest.raises(schemas.InvalidSchema):
        schemas.compiled("Nobody", MODELS)


def test_references_are_written_out():
    assert json.loads(schemas.flattened(MODELS["Pets"], MODELS)) == {"type": "array", "items": PET}


def test_a_template_takes_a_body_apart():
    assert '"name" : "$inputRoot.name"' in schemas.template(MODELS["Pet"])
