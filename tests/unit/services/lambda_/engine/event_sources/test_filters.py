"""Which filter criteria a mapping takes: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html."""

import pytest

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.event_sources import filters


@pytest.mark.parametrize("pattern", ["", "null", "simple string", '{"eventSource": "aws:sqs"}', '{"body": [{"x": 1}]}', "{}"])
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(errors.BadFilter) as error:
        filters.check([pattern])
    assert error.value.message == "Invalid filter pattern definition."


def test_a_mapping_has_at_most_five_filters():
    filters.check(['{"body": ["a"]}'] * 5)
    with pytest.raises(errors.FiltersTooMany):
        filters.check(['{"body": ["a"]}'] * 6)
