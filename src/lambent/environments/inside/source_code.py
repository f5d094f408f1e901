"""A function that is served from the folder it is written in: what was compiled there is not always what stands there now."""

import importlib
import os


def believe_sources(folder):
    """Compiled files below ``folder`` count only where they are younger than their sources.

    Python compares a source's time in whole seconds, and its size: of two edits within a second it may see the first.
    """
    below = folder.rstrip("/") + "/"
    external = importlib._bootstrap_external
    find = external.cache_from_source

    def find_younger(path, *arguments, **options):
        compiled = find(path, *arguments, **options)
        if str(path).startswith(below):
            try:
                is_younger = os.stat(compiled).st_mtime_ns > os.stat(path).st_mtime_ns
            except OSError:
                is_younger = False
            if not is_younger:
                raise NotImplementedError  # by which an import is told that nothing is compiled
        return compiled

    external.cache_from_source = find_younger
