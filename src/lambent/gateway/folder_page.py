"""/_lambent/folders: lets functions be served from a folder, at the word of who can read the data directory.

That is asked in every mode of authentication. Where callers are believed anybody on the machine, functions included, could else
have a function read him any file.
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl

from lambent.core.source_folders import FolderRefused, Secrets, SourceFolders, is_permitted


class FolderPage:
    """Answers with a status and a document."""

    def __init__(self, folders: SourceFolders, secrets: Secrets) -> None:
        self._folders = folders
        self._secrets = secrets

    def answer(self, query: str) -> tuple[int, Mapping[str, object]]:
        """``query``: as ``core.source_folders.permission`` makes it."""
        given = dict(parse_qsl(query, keep_blank_values=True))
        if not is_permitted(self._secrets, given):
            return 403, {"message": "Who can read the platform's data directory may do this: use `lambent dev` beside it"}
        try:
            return 200, {"allowed": str(self._folders.allow(Path(given["folder"])))}
        except FolderRefused as refused:
            return 400, {"message": str(refused)}
