"""Items that expire on the clock."""

from collections.abc import Callable

import pytest

from lambent.testing import LocalPlatform

YEAR_S = 365 * 24 * 3_600


@pytest.fixture
def at(still: LocalPlatform) -> Callable[[float], dict[str, str]]:
    """``at(60)``: a minute from now, as an attribute."""

    def moment(seconds: float) -> dict[str, str]:
        return {"N": str(int(still.now().timestamp() + seconds))}

    return moment


def test_an_item_goes_within_a_minute_after_it_has_expired(songs, at, advance):
    songs.expire_at("until")
    songs.put("a", until=at(3_600))
    songs.put("b", until=at(7_200))
    songs.put("c")
    advance(3_599)
    assert songs.keys() == ["a", "b", "c"]
    advance(60)
    assert songs.keys() == ["b", "c"]


def test_its_record_says_that_the_service_did_it(songs, at, advance):
    songs.expire_at("until")
    songs.put("a", until=at(10))
    advance(60)
    _, removed = songs.records()
    assert removed["eventName"] == "REMOVE"
    assert removed["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    assert removed["dynamodb"]["OldImage"]["id"] == {"S": "a"}


def test_items_that_were_there_before_expire_too(plain_songs, at, advance):
    plain_songs.put("a", until=at(10))
    plain_songs.put("b", until={"S": "soon"})
    plain_songs.put("c", until=at(-6 * YEAR_S))
    plain_songs.expire_at("until")
    advance(60)
    assert plain_songs.keys() == ["b", "c"]


def test_an_item_that_was_given_more_time_stays(plain_songs, at, advance):
    plain_songs.expire_at("until")
    plain_songs.put("a", until=at(10))
    plain_songs.put("a", until=at(1_000))
    advance(120)
    assert plain_songs.keys() == ["a"]
    advance(1_000)
    assert plain_songs.keys() == []


def test_nothing_expires_after_it_is_switched_off(plain_songs, at, advance):
    plain_songs.expire_at("until")
    plain_songs.put("a", until=at(10))
    plain_songs.expire_at("until", is_enabled=False)
    advance(600)
    assert plain_songs.keys() == ["a"]


def test_settings_that_change_nothing_are_refused_in_aws_words(plain_songs, refusal):
    assert refusal(plain_songs.expire_at, attribute="until", is_enabled=False) == (
        "ValidationException",
        "TimeToLive is already disabled",
    )
    plain_songs.expire_at("until")
    assert refusal(plain_songs.expire_at, attribute="until") == ("ValidationException", "TimeToLive is already enabled")
    assert refusal(plain_songs.expire_at, attribute="other") == (
        "ValidationException",
        "TimeToLive is active on a different AttributeName: current AttributeName is until",
    )
