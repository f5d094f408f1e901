"""Mapping templates: what $input, $util, $context and $stageVariables are in them."""

import pytest

from lambent.services.apigateway.engine.rest import templates
from lambent.services.apigateway.engine.rest.refusals import Refusal
from lambent.services.apigateway.engine.rest.templates import Body

BODY = '{"name": "Rex", "age": 3, "toys": ["ball", "bone"], "owner": {"city": "Köln"}}'


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$input.body", BODY),
        ("$input.json('$.owner')", '{"city":"Köln"}'),
        ("$input.json('$.age') $input.json('$.nothing')", '3 ""'),
        ("$input.path('$.name') $input.path('$.toys').size() [$input.path('$.nothing')]", "Rex 2 []"),
        ("#set($in = $input.path('$'))#foreach($t in $in.toys)<$t>#end", "<ball><bone>"),
        ("$input.params('id') $input.params('a') $input.params('X-A') [$input.params('none')]", "1 2 h []"),
        ("$input.params().querystring.a $input.params('path').id", "2 1"),
        ("#foreach($n in $input.params().header.keySet())#if($n == 'X-A')$n#end#end", "X-A"),
        ("$context.httpMethod $context.stage $context.identity.sourceIp [$context.none]", "POST prod 192.0.2.7 []"),
        ("$stageVariables.v ${stageVariables['v']} [$stageVariables.none]", "value value []"),
        ('$util.escapeJavaScript("it\'s ""x""")', 'it\\\'s \\"x\\"'),
        ("$util.urlEncode('a b&c') $util.urlDecode('a+b%26c')", "a+b%26c a b&c"),
        ("$util.base64Encode('hi') $util.base64Decode('aGk=')", "aGk= hi"),
        ("$util.parseJson('{\"a\": [1]}').a[0]", "1"),
        ("$own.none", "$own.none"),
    ],
)
def test_a_template_is_rendered(exchange, template, text):
    asked = exchange("POST", "/items/1?a=1&a=2", {"X-A": "h"}, BODY.encode())
    assert templates.render(template, asked, Body(BODY)) == text


def test_a_template_may_override_the_request_and_the_response(exchange):
    asked = exchange()
    template = "#set($context.requestOverride.header.X = 'y')#set($context.responseOverride.status = 418)"
    templates.render(template, asked, Body(""))
    assert (asked.override_request["header"], asked.override_response["status"]) == ({"X": "y"}, 418)


@pytest.mark.parametrize("template", ["#if(true)", "$input.path('$[')", "$util.parseJson('{')", "$util.base64Decode('%')"])
def test_a_template_that_cannot_be_run_is_a_failure(exchange, template):
    with pytest.raises(Refusal) as refused:
        templates.render(template, exchange(), Body("{}"))
    assert (refused.value.status, refused.value.message) == (500, "Internal server error")


def test_a_body_that_is_not_there_is_an_empty_object_and_one_that_is_no_json_is_text():
    assert (Body("").document(), Body("text").document()) == ({}, "text")


def test_templates_are_chosen_by_content_type():
    found = {"application/json; charset=utf-8": "j", "text/plain": "p"}
    assert templates.chosen(found, "application/json") == ("application/json; charset=utf-8", "j")
    assert templates.chosen(found, "text/html") is None
    assert templates.chosen({"$default": "d"}, "text/html") == ("$default", "d")
