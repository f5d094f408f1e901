"""Templates run: references, directives, operators, and what ends a template that would not end."""

from typing import Any

import pytest

from lambent.lang.velocity import InvalidTemplate, TemplateFailure, Tool, compile_template

BOOK = {"title": "Dune", "pages": 412, "price": 9.5, "tags": ["sand", "spice"], "is_new": False, "author": {"name": "Herbert"}}


def rendered(template: str, **variables: Any) -> str:
    return compile_template(template).render(variables)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain # $ 5 #hash $5", "plain # $ 5 #hash $5"),
        ("$book.title", "Dune"),
        ("${book.title}s", "Dunes"),
        ("$book.author.name.length()", "7"),
        ("$book.tags[1] $book.tags.get(0)", "spice sand"),
        ('$book["title"]', "Dune"),
        ("$book.is_new $book.price $book.pages", "false 9.5 412"),
        ("$book.tags $book.author", "[sand, spice] {name=Herbert}"),
        ("$nobody $nobody.is.here ${nobody} $!nobody $!{nobody.at.all}.", "$nobody $nobody.is.here ${nobody}  ."),
        (r"\$book.title \\$book.title \$nobody", r"$book.title \Dune \$nobody"),
        ("a## comment\nb#* and\nanother *#c", "abc"),
        ("#[[ $book #if ]]#", " $book #if "),
        ('#set($a = "x$book.pages")$a', "x412"),
        ("#set($a = 'x$book.pages')$a", "x$book.pages"),
        ('#set($a = "say ""hi""")$a', 'say "hi"'),
        ("#set($a = {'k': [1, 2.5, null, true]})$a.k", "[1, 2.5, null, true]"),
        ("#set($m = {})#set($m.a = 1)#set($m['b'] = 2)$m", "{a=1, b=2}"),
        ("#set($l = [0, 0])#set($l[1] = 7)$l", "[0, 7]"),
        ("#if($book.pages > 400 && !$book.is_new)long#{else}short#end", "long"),
        ("#if($nobody)a#elseif($book.pages == 412.0)b#else c#end", "b"),
        ("#if($book.title eq 'Dune' and not ($book.pages lt 1 or false))yes#end", "yes"),
        ("#if('')full#end", "full"),
        ("#set($n = 2 + 3 * 4 - 10 / 3 % 2)$n", "13"),
        ("#set($n = -7 / 2)$n", "-3"),
        ("#set($n = 1 + 'a')$n", "1a"),
        ("#foreach($t in $book.tags)$foreach.index:$t#if($foreach.hasNext),#end#end", "0:sand,1:spice"),
        ("#foreach($i in [3..1])$i#if($i == 2)#break#end#end", "32"),
        ("#foreach($e in $book.author.entrySet())$e.key=$e.value#end", "name=Herbert"),
        ("#foreach($x in [1..2])#foreach($y in [1..2])$x$y$foreach.count #end$foreach.count;#end", "111 122 1;211 222 2;"),
        ("before#stop after", "before"),
        ("#if(true)\nline\n#end\nnext", "line\nnext"),
        ("$book.replaceAll('a', 'b')", "$book.replaceAll('a', 'b')"),
        ("$tool.twice('ab') $tool.kind", "abab toy"),
    ],
)
def test_a_template_is_rendered(template: str, text: str) -> None:
    tool = Tool({"twice": lambda word: word * 2}, {"kind": "toy"})
    assert rendered(template, book=BOOK, tool=tool) == text


def test_what_is_not_there_is_nothing_for_quiet_variables() -> None:
    template = compile_template("[$context.missing][$other.missing]", quiet=frozenset({"context"}))
    assert template.render({"context": {}}) == "[][$other.missing]"


def test_nothing_of_python_is_reachable() -> None:
    text = "$s.__class__ $s.format('x') $l.__len__() $t.__init__ $t.methods"
    assert rendered(text, s="x", l=[1], t=Tool()) == text


@pytest.mark.parametrize(
    "template",
    ["#if(true)", "#set(1 = 2)", "#set($a 2)", "#end", "#foreach($a.b in [1])#end", "#set($a = 'x)", "#if (", "#set($a = )"],
)
def test_what_is_no_template_is_refused(template: str) -> None:
    with pytest.raises(InvalidTemplate):
        compile_template(template)


@pytest.mark.parametrize(
    "template",
    [
        "#foreach($i in [1..1001])$i#end",
        "#foreach($i in [1..1000])#foreach($j in [1..1000])x#end#end",
        '#set($s = "xxxxxxxxxxxxxxxx")#foreach($i in [1..30])#set($s = "$s$s")#end$s',
        "#set($l = [])#set($x = $l.add($l))$l",
        "$s.substring(5, 2)",
    ],
)
def test_a_template_that_does_not_end_well_fails(template: str) -> None:
    with pytest.raises(TemplateFailure):
        rendered(template, s="abc")


def test_deep_nesting_is_refused() -> None:
    for template in ("#if(true)" * 100 + "#end" * 100, f"#set($a = {'(' * 500}1{')' * 500})", f"#if({'!' * 500}true)#end"):
        with pytest.raises(InvalidTemplate, match="nested too deeply"):
            compile_template(template)
