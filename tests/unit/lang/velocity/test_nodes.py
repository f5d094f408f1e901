"""Nodes are values: what is read twice is equal."""

from lambent.lang.velocity.parsing import TemplateReader


def test_the_same_text_is_read_into_the_same_nodes() -> None:
    text = "#foreach($i in [1..3])#if($i > 1)$i.x(1)[0]#end#end#set($a = {'b': \"c$i\"})"
    assert TemplateReader(text).read() == TemplateReader(text).read()
