"""Reads a template: characters to nodes, by recursive descent.

As in Velocity 1.7 a directive that stands alone at the end of its line takes the line's end with it.
"""

import re

from lambent.lang.velocity.errors import InvalidTemplate
from lambent.lang.velocity.expressions import ExpressionReader
from lambent.lang.velocity.nodes import Block, Break, Expression, Foreach, If, Node, Set, Stop, Text

NESTING_MAX = 64
_NEXT = re.compile(r"\\*[$#]")
_DIRECTIVE = re.compile(r"#\{?(set|if|elseif|else|end|foreach|break|stop)\b\}?")
_LINE_END = re.compile(r"[ \t]*(\r?\n)?")
_OPENING = re.compile(r"\s*\(")
_IN = re.compile(r"\s+in\s+")
_ENDS_OF_IF = frozenset({"elseif", "else", "end"})
_END = frozenset({"end"})


class TemplateReader(ExpressionReader):
    """Reads one template, from its first character to its last."""

    def read(self) -> Block:
        block, _ = self._block(frozenset(), 0)
        return block

    def interpolated(self, text: str, at: int) -> Block:
        if "$" not in text and "#" not in text:
            return (Text(text),)
        reader = TemplateReader(text)
        try:
            return reader.read()
        except InvalidTemplate as error:
            raise InvalidTemplate(error.reason, at + error.at) from error

    def _block(self, ends: frozenset[str], depth: int) -> tuple[Block, str]:
        """Up to a directive in ``ends``, which is read and named; without ``ends`` to the end of the text."""
        if depth > NESTING_MAX:
            raise InvalidTemplate("The template is nested too deeply", self.at)
        nodes: list[Node] = []
        while (found := _NEXT.search(self.text, self.at)) is not None:
            self._add_text(nodes, self.text[self.at : found.start()])
            self.at = found.start()
            if self.text[found.end() - 1] == "$":
                self._reference(nodes, found)
                continue
            end = self._hash(nodes, found, ends, depth)
            if end:
                return tuple(nodes), end
        self._add_text(nodes, self.text[self.at :])
        self.at = len(self.text)
        if ends:
            raise InvalidTemplate("#end is missing", self.at)
        return tuple(nodes), ""

    def _reference(self, nodes: list[Node], found: re.Match[str]) -> None:
        backslashes = len(found[0]) - 1
        self.at = found.end() - 1
        reference = self.reference(is_escaped=backslashes % 2 == 1)
        if reference is None:
            self._add_text(nodes, found[0])
            self.at = found.end()
            return
        self._add_text(nodes, "\\" * (backslashes // 2))
        nodes.append(reference)

    def _hash(self, nodes: list[Node], found: re.Match[str], ends: frozenset[str], depth: int) -> str:
        """A comment, unparsed text or a directive; the name of an end that the block has, or ""."""
        text, at = self.text, found.end() - 1
        if len(found[0]) > 1:  # escaped
            self._add_text(nodes, found[0][1:])
            self.at = found.end()
        elif text.startswith("##", at):
            line_end = text.find("\n", at)
            self.at = len(text) if line_end < 0 else line_end + 1
        elif text.startswith("#*", at):
            self.at = self._behind("*#", at)
        elif text.startswith("#[[", at):
            self.at = self._behind("]]#", at)
            self._add_text(nodes, text[at + 3 : self.at - 3])
        else:
            directive = _DIRECTIVE.match(text, at)
            if directive is None:
                self._add_text(nodes, "#")
                self.at = found.end()
                return ""
            self.at = directive.end()
            return self._directive(nodes, directive[1], ends, depth)
        return ""

    def _directive(self, nodes: list[Node], name: str, ends: frozenset[str], depth: int) -> str:
        if name in ends:
            if name != "elseif":
                self._end_line()
            return name
        match name:
            case "set":
                nodes.append(self._set())
            case "if":
                nodes.append(self._if(depth))
                return ""
            case "foreach":
                nodes.append(self._foreach(depth))
                return ""
            case "break":
                nodes.append(Break())
            case "stop":
                nodes.append(Stop())
            case _:
                raise InvalidTemplate(f"#{name} has no beginning", self.at)
        self._end_line()
        return ""

    def _set(self) -> Set:
        self._open("set")
        self.skip()
        target = self.reference()
        if target is None:
            raise InvalidTemplate("#set takes a reference", self.at)
        self.expect("=")
        value = self.expression()
        self.expect(")")
        return Set(target, value)

    def _if(self, depth: int) -> If:
        branches: list[tuple[Expression, Block]] = []
        end = "elseif"
        while end == "elseif":
            condition = self._condition()
            body, end = self._block(_ENDS_OF_IF, depth + 1)
            branches.append((condition, body))
        otherwise: Block = ()
        if end == "else":
            otherwise, _ = self._block(_END, depth + 1)
        return If(tuple(branches), otherwise)

    def _condition(self) -> Expression:
        self._open("if")
        condition = self.expression()
        self.expect(")")
        self._end_line()
        return condition

    def _foreach(self, depth: int) -> Foreach:
        self._open("foreach")
        self.skip()
        item = self.reference()
        word = _IN.match(self.text, self.at)
        if item is None or item.steps or word is None:
            raise InvalidTemplate("#foreach takes a reference, in, and a list", self.at)
        self.at = word.end()
        items = self.expression()
        self.expect(")")
        self._end_line()
        body, _ = self._block(_END, depth + 1)
        return Foreach(item.name, items, body)

    def _open(self, name: str) -> None:
        opening = _OPENING.match(self.text, self.at)
        if opening is None:
            raise InvalidTemplate(f"#{name} needs parentheses", self.at)
        self.at = opening.end()

    def _end_line(self) -> None:
        found = _LINE_END.match(self.text, self.at)
        if found is not None and found[1]:
            self.at = found.end()

    def _behind(self, mark: str, at: int) -> int:
        found = self.text.find(mark, at)
        return len(self.text) if found < 0 else found + len(mark)

    @staticmethod
    def _add_text(nodes: list[Node], text: str) -> None:
        if text:
            nodes.append(Text(text))
