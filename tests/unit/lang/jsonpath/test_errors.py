"""The errors of paths carry their facts."""

from lambent.lang.jsonpath import InvalidPath, PathNotFound, UnwritablePath


def test_an_error_knows_the_path_and_the_reason():
    for kind in (InvalidPath, PathNotFound, UnwritablePath):
        error = kind("$.a", "because")
        assert (error.text, error.reason, str(error)) == ("$.a", "because", "because")
