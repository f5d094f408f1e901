"""What runs on the function's own interpreter (3.9 or later): the zygote and its children.

Nothing but the standard library and awslambdaric. Inside, these files are not part of the package ``lambent`` (it is not
there): ``zygote.py`` loads them as ``_lambent``, a name that no function's module has. The platform imports ``frames`` alone.
"""
