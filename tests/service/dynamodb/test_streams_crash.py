"""What a crash leaves of streams and expiries: all that was acknowledged, and all that falls due later."""

import boto3
from tests.service.dynamodb.streams import Songs

from lambent.testing import LocalPlatform

HOUR_S = 3_600.0


def songs_on(platform: LocalPlatform) -> Songs:
    clients = (
        boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=platform.url,
            aws_access_key_id="111122223333",
            aws_secret_access_key="test",
        )
        for service in ("dynamodb", "dynamodbstreams")
    )
    return Songs(*clients, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})


def test_records_rolls_and_expiries_survive_a_crash(tmp_path):
    with LocalPlatform(data=tmp_path, clock="virtual") as platform:
        songs = songs_on(platform)
        songs.expire_at("until")
        for number in range(20):
            songs.put(f"{number:02}", until={"N": str(int(platform.now().timestamp() + HOUR_S))})
        before, iterator = songs.records(), songs.iterator("LATEST")
        platform.crash()
        assert songs.records() == before
        assert songs.records(iterator) == []
        platform.advance(5 * HOUR_S)
        assert songs.keys() == []
        assert len(songs.shards()) == 2
        assert [record["eventName"] for record in songs.all_records()] == ["INSERT"] * 20 + ["REMOVE"] * 20
