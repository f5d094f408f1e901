"""What may stand behind a key that ends in ``.$``: a path of the input, the context, a variable, or a ``States.*`` function.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from lambent.lang.intrinsics.errors import IntrinsicFailure, InvalidExpression, ValueNotFound
from lambent.lang.intrinsics.expressions import Expression, Source, compiled, compiled_path

__all__ = ["Expression", "IntrinsicFailure", "InvalidExpression", "Source", "ValueNotFound", "compiled", "compiled_path"]
