"""Templates read: which text belongs to a directive, and where a template is wrong."""

import pytest

from lambent.lang.velocity import InvalidTemplate
from lambent.lang.velocity.nodes import Reference, Text
from lambent.lang.velocity.parsing import TemplateReader


@pytest.mark.parametrize(
    ("template", "texts"),
    [("#set($a = 1)  \r\nx", ["x"]), ("#set($a = 1) x", [" x"]), ("a ## c\nb", ["a ", "b"]), ("$ {", ["$", " {"])],
)
def test_a_directive_takes_the_end_of_its_line_where_it_stands_alone(template: str, texts: list[str]) -> None:
    assert [node.text for node in TemplateReader(template).read() if isinstance(node, Text)] == texts


def test_a_reference_ends_where_its_sentence_goes_on() -> None:
    nodes = TemplateReader("$a.b. $a[x $a.").read()
    assert [node.source for node in nodes if isinstance(node, Reference)] == ["$a.b", "$a", "$a"]


def test_an_error_says_where_it_is_in_a_string_in_the_template() -> None:
    with pytest.raises(InvalidTemplate) as raised:
        TemplateReader('123#set($a = "45#if(")').read()
    assert raised.value.at == 20
