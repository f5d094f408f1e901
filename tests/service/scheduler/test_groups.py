"""Groups of schedules: made, told, listed, tagged, deleted with all that is in them."""

from typing import Any

from lambent.testing import LocalPlatform

DEFAULT = ("ValidationException", 400, "This operation cannot be performed on schedule group default.")


def test_what_is_made_is_told(scheduler: Any, account: str, platform: LocalPlatform):
    arn = scheduler.create_schedule_group(Name="g", Tags=[{"Key": "k", "Value": "v"}])["ScheduleGroupArn"]
    assert arn == f"arn:aws:scheduler:us-east-1:{account}:schedule-group/g"
    told = scheduler.get_schedule_group(Name="g")
    assert (told["Arn"], told["Name"], told["State"]) == (arn, "g", "ACTIVE")
    assert told["CreationDate"] == told["LastModificationDate"]
    assert scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "k", "Value": "v"}]


def test_the_default_group_is_there_and_stays(scheduler: Any, refusal: Any):
    assert scheduler.get_schedule_group(Name="default")["State"] == "ACTIVE"
    assert [group["Name"] for group in scheduler.list_schedule_groups()["ScheduleGroups"]] == ["default"]
    assert refusal(scheduler.create_schedule_group, Name="default") == DEFAULT
    assert refusal(scheduler.delete_schedule_group, Name="default") == DEFAULT


def test_a_name_is_of_one_group(scheduler: Any, refusal: Any):
    scheduler.create_schedule_group(Name="g")
    assert refusal(scheduler.create_schedule_group, Name="g") == (
        "ConflictException",
        409,
        "Schedule group g already exists.",
    )
    missing = ("ResourceNotFoundException", 404, "Schedule group other does not exist.")
    assert refusal(scheduler.get_schedule_group, Name="other") == missing
    assert refusal(scheduler.delete_schedule_group, Name="other") == missing


def test_lists_are_narrowed_and_come_in_pages(scheduler: Any, refusal: Any):
    for name in ("a1", "a2", "b1"):
        scheduler.create_schedule_group(Name=name)

    def listed(**narrowed: Any) -> list[str]:
        pages = scheduler.get_paginator("list_schedule_groups").paginate(PaginationConfig={"PageSize": 2}, **narrowed)
        return [group["Name"] for page in pages for group in page["ScheduleGroups"]]

    assert listed() == ["a1", "a2", "b1", "default"]
    assert listed(NamePrefix="a") == ["a1", "a2"]
    assert refusal(scheduler.list_schedule_groups, NextToken="W10=")[0] == "ValidationException"


def test_tags_are_put_and_taken_away(scheduler: Any, refusal: Any, account: str):
    arn = scheduler.create_schedule_group(Name="g")["ScheduleGroupArn"]
    scheduler.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    scheduler.untag_resource(ResourceArn=arn, TagKeys=["a", "other"])
    assert scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    many = [{"Key": f"k{number}", "Value": "v"} for number in range(51)]
    assert refusal(scheduler.tag_resource, ResourceArn=arn, Tags=many)[0] == "ValidationException"
    other = f"arn:aws:scheduler:us-east-1:{account}:schedule-group/other"
    assert refusal(scheduler.list_tags_for_resource, ResourceArn=other)[0] == "ResourceNotFoundException"
    foreign = "arn:aws:scheduler:us-east-1:999999999999:schedule-group/g"
    assert refusal(scheduler.tag_resource, ResourceArn=foreign, Tags=[])[0] == "ResourceNotFoundException"


def test_a_group_goes_with_its_schedules(scheduler: Any, schedule: Any, queue: Any, refusal: Any, platform: LocalPlatform):
    target = queue()
    scheduler.create_schedule_group(Name="g")
    schedule("s", "cron(* * * * ? *)", target.arn, GroupName="g")
    schedule("kept", "at(2190-01-01T00:00:00)", target.arn)
    scheduler.delete_schedule_group(Name="g")
    platform.advance(120)
    assert target.take() == []
    assert [one["Name"] for one in scheduler.list_schedules()["Schedules"]] == ["kept"]
    assert refusal(scheduler.get_schedule_group, Name="g")[0] == "ResourceNotFoundException"


def test_a_request_that_comes_again_with_its_token_is_done_once(scheduler: Any):
    for _ in range(2):
        scheduler.create_schedule_group(Name="g", ClientToken="made")
    for _ in range(2):
        scheduler.delete_schedule_group(Name="g", ClientToken="gone")
