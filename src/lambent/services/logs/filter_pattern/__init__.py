"""Filter patterns: the language in which FilterLogEvents, StartLiveTail and TestMetricFilter say which events are meant.

Pure: a pattern is parsed once into functions of a message. Three kinds, told apart by their first character: terms, ``{…}``
over JSON, ``[…]`` over fields between spaces.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from lambent.services.logs.filter_pattern.compiled import Pattern, compiled

__all__ = ["Pattern", "compiled"]
