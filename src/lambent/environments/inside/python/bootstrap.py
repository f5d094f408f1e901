"""Runs a Python function as a process of its own, over the HTTP Runtime API: /var/runtime/bootstrap.py, as wrappers expect it.

AWS' own runtime client does the work; here is what AWS' file of this name does before: the import path.
"""

import os
import site
import sys

_task = os.environ["LAMBDA_TASK_ROOT"]
_opt = "/opt" if os.path.isdir("/opt") else ""


def set_path():
    """The package, the layers, the runtime, the standard library; whatever PYTHONPATH says takes the layers' place."""
    runtime = os.environ["LAMBDA_RUNTIME_DIR"]
    said = [os.path.abspath(path) for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    # The machine's own packages are not the function's.
    path = [each for each in sys.path[1:] if each in said or not each.endswith(("site-packages", "dist-packages"))]
    sys.path[:] = path if runtime in path else [runtime, *path]
    layers = [] if said else ["%s/python/lib/python%d.%d/site-packages" % (_opt, *sys.version_info[:2]), _opt + "/python"]
    sys.path[:0] = [_task, *layers]
    for folder in (_task, *layers):
        site.addsitedir(folder)
    if not said:
        os.environ["PYTHONPATH"] = runtime


set_path()

from _lambent import web_app  # noqa: E402
from awslambdaric import bootstrap as ric  # noqa: E402
from awslambdaric.__main__ import main  # noqa: E402

_load = ric._get_handler
ric._get_handler = lambda handler: web_app.adapted(_load(handler), bool)  # nobody tells us who streams

main(["bootstrap.py", os.environ["_HANDLER"]])
