"""/var/runtime/bootstrap.py, as wrappers expect it. What is run by its name is compiled at each start: so it is short."""

import gc
import os
import sys

gc.disable()  # until the handler is imported: nothing before is ever garbage, and looking for some takes milliseconds

_here = os.path.dirname(os.path.abspath(__file__))
if sys.path[0] != _here:  # PYTHONSAFEPATH
    sys.path.insert(0, _here)

from _lambent import bootstrap  # noqa: E402

bootstrap.main()
