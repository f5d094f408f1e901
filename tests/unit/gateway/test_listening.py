"""The socket that the server listens on."""

import pytest

from lambent.gateway.listening import listen


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_free_port_is_bound_of_either_family_and_a_bound_one_is_refused(host):
    with listen(host, 0) as first:
        first.listen()
        with pytest.raises(OSError):
            listen(host, first.getsockname()[1])
