"""XML is read without surprises and written without holes."""

import pytest

from lambent.wire import models, xml_shapes
from lambent.wire.models import Shape


@pytest.fixture
def delete() -> Shape:
    return models.service("s3").shapes["Delete"]


def test_flattened_lists_are_repeated_elements(delete: Shape):
    node = xml_shapes.parse(b"<Delete><Object><Key>a</Key></Object><Quiet>true</Quiet><Object><Key>b</Key></Object></Delete>")
    assert xml_shapes.read_structure(delete, node) == {"Objects": [{"Key": "a"}, {"Key": "b"}], "Quiet": True}


def test_namespaces_and_prefixes_are_passed_over(delete: Shape):
    node = xml_shapes.parse(b'<s:Delete xmlns:s="http://s3.amazonaws.com/doc/2006-03-01/"><s:Quiet>false</s:Quiet></s:Delete>')
    assert xml_shapes.read_structure(delete, node) == {"Quiet": False}


def test_text_keeps_its_white_space_and_entities():
    assert xml_shapes.parse(b"<a> &lt;x&gt;&#10;<![CDATA[&]]></a>").text == " <x>\n&"


def test_an_attribute_becomes_a_member():
    body = b'<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>u</URI></Grantee>'
    grantee = models.service("s3").shapes["Grantee"]
    assert xml_shapes.read_structure(grantee, xml_shapes.parse(body)) == {"Type": "Group", "URI": "u"}


BOMB = b'<!DOCTYPE a [<!ENTITY b "boom"><!ENTITY c "&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize("body", [b"", b"<a>", b"<a></b>", b"text", BOMB, b"<a>" * 1_000 + b"</a>" * 1_000, b"\xff\xfe<"])
def test_what_is_no_xml_or_too_clever_is_refused(body: bytes):
    with pytest.raises(xml_shapes.NotXml):
        xml_shapes.parse(body)


def test_a_number_that_is_none_is_refused():
    part = models.service("s3").shapes["CompletedPart"]
    with pytest.raises(xml_shapes.NotXml):
        xml_shapes.read_structure(part, xml_shapes.parse(b"<Part><PartNumber>first</PartNumber></Part>"))


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a<b>&\"c'", "a&lt;b&gt;&amp;&quot;c'"),
        ("line\rend\n", "line&#xD;end\n"),
        ("bell\x07", "bell\ufffd"),
        ("tab\té😹", "tab\té😹"),
    ],
)
def test_text_is_escaped(text: str, escaped: str):
    assert xml_shapes.escape(text) == escaped


def test_namespaces_are_written_in_both_spellings_of_the_models():
    assert xml_shapes.namespace_attribute(None) == ""
    assert xml_shapes.namespace_attribute("http://a/") == ' xmlns="http://a/"'
    assert xml_shapes.namespace_attribute(models.XmlNamespace("http://b/", "b")) == ' xmlns:b="http://b/"'
