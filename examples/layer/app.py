"""Uses a package that is not in its zip but in a layer, mounted at /opt."""

import humanize


def handler(event, context):
    return {"number": humanize.intword(event["number"]), "from": humanize.__file__}
