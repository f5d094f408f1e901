"""The Velocity Template Language, as API Gateway's mapping templates use it: text with references and directives to text.

``compile_template`` reads a template once; ``render`` gives its text for variables. Values are JSON's with the methods that
Java's strings, lists and maps have there (``methods``), and ``Tool``s: objects of the host's with methods of their own, as
``$input`` and ``$util`` are. Nothing of Python is reachable from a template.

Here are ``#set``, ``#if``, ``#elseif``, ``#else``, ``#foreach``, ``#break``, ``#stop``, comments and unparsed text. Not here:
macros, ``#define``, ``#evaluate``, ``#include`` and ``#parse``.

https://velocity.apache.org/engine/1.7/user-guide.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from lambent.lang.velocity.errors import InvalidTemplate, TemplateFailure
from lambent.lang.velocity.evaluation import Template, compile_template
from lambent.lang.velocity.methods import Tool, text_of

__all__ = ["InvalidTemplate", "Template", "TemplateFailure", "Tool", "compile_template", "text_of"]
