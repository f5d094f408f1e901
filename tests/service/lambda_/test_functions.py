"""CreateFunction, GetFunction, ListFunctions, UpdateFunction…, DeleteFunction."""

import base64
import hashlib
import io
import re
import urllib.error
import urllib.request
import zipfile

import pytest
from botocore.config import Config
from tests.service.lambda_.conftest import ROLE, RUNTIME, zipped

RESOURCE_NOT_FOUND = "ResourceNotFoundException"
INVALID = "InvalidParameterValueException"


def test_a_created_function_is_told_as_aws_tells_it(create, account):
    told = create(is_awaited=False)
    code = zipped()
    del told["ResponseMetadata"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", told.pop("LastModified"))
    assert re.fullmatch(r"[0-9a-f-]{36}", told.pop("RevisionId"))
    assert told.pop("RuntimeVersionConfig")["RuntimeVersionArn"].startswith("arn:aws:lambda:us-east-1::runtime:")
    assert told == {
        "FunctionName": "f",
        "FunctionArn": f"arn:aws:lambda:us-east-1:{account}:function:f",
        "Runtime": RUNTIME,
        "Role": ROLE,
        "Handler": "app.handler",
        "CodeSize": len(code),
        "CodeSha256": base64.b64encode(hashlib.sha256(code).digest()).decode(),
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "Version": "$LATEST",
        "TracingConfig": {"Mode": "PassThrough"},
        "State": "Pending",
        "StateReason": "The function is being created.",
        "StateReasonCode": "Creating",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"},
    }


def test_a_function_becomes_active(create, aws):
    create()
    told = aws.get_function_configuration(FunctionName="f")
    assert (told["State"], told["LastUpdateStatus"]) == ("Active", "Successful")
    assert "StateReason" not in told


def test_what_was_asked_for_is_kept(create, aws, client, account):
    client("sqs").create_queue(QueueName="q")
    wanted = {
        "Description": "d",
        "Timeout": 900,
        "MemorySize": 10240,
        "EphemeralStorage": {"Size": 10240},
        "Environment": {"Variables": {"AB": "1"}},
        "TracingConfig": {"Mode": "Active"},
        "KMSKeyArn": "arn:aws:kms:us-east-1:111111111111:key/k",
        "DeadLetterConfig": {"TargetArn": f"arn:aws:sqs:us-east-1:{account}:q"},
        "Architectures": ["arm64"],
        "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/mine", "ApplicationLogLevel": "WARN", "SystemLogLevel": "DEBUG"},
        "FileSystemConfigs": [
            {
                "Arn": "arn:aws:elasticfilesystem:us-east-1:111111111111:access-point/fsap-0123456789abcdef0",
                "LocalMountPath": "/mnt/x",
            }
        ],
    }
    create(
        **wanted,
        SnapStart={"ApplyOn": "PublishedVersions"},
        VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    )
    told = aws.get_function_configuration(FunctionName="f")
    assert {name: told[name] for name in wanted} == wanted
    assert told["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}
    assert told["VpcConfig"]["SubnetIds"] == ["subnet-1"]


def test_get_function_has_code_tags_and_concurrency(create, aws):
    create(Tags={"team": "a"})
    aws.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=5)
    told = aws.get_function(FunctionName="f")
    assert told["Tags"] == {"team": "a"}
    assert told["Concurrency"] == {"ReservedConcurrentExecutions": 5}
    assert told["Code"]["RepositoryType"] == "S3"


def test_the_code_can_be_downloaded_from_its_location(create, aws):
    create()
    location = aws.get_function(FunctionName="f")["Code"]["Location"]
    with urllib.request.urlopen(location) as answer:
        assert answer.read() == zipped()
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(location.replace("Signature=", "Signature=x"))


@pytest.mark.parametrize("form", ["f", "{account}:function:f", "arn:aws:lambda:us-east-1:{account}:function:f"])
def test_a_function_is_found_by_name_partial_arn_and_arn(create, aws, account, form):
    create()
    told = aws.get_function_configuration(FunctionName=form.format(account=account))
    assert told["FunctionArn"].endswith(":function:f")


def test_a_qualifier_qualifies_the_arn(create, aws):
    create()
    told = aws.get_function_configuration(FunctionName="f", Qualifier="$LATEST")
    assert told["FunctionArn"].endswith(":function:f:$LATEST")


def test_what_cannot_be_found_is_told_by_its_arn(create, refused, account):
    create()
    arn = f"arn:aws:lambda:us-east-1:{account}:function"
    assert refused("get_function", FunctionName="g") == (RESOURCE_NOT_FOUND, f"Function not found: {arn}:g")
    assert refused("get_function", FunctionName="f:7") == (RESOURCE_NOT_FOUND, f"Function not found: {arn}:f:7")
    assert refused("get_function", FunctionName="arn:aws:lambda:eu-west-1:111111111111:function:f") == (
        RESOURCE_NOT_FOUND,
        "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
    )
    assert refused("get_function", FunctionName="f:1", Qualifier="2") == (
        INVALID,
        "The derived qualifier from the function name does not match the specified qualifier.",
    )


def test_another_accounts_function_is_denied(create, aws, client):
    arn = create()["FunctionArn"]
    stranger = client("lambda", aws_access_key_id="222222222222")
    with pytest.raises(stranger.exceptions.ClientError, match=r"AccessDeniedException.*lambda:GetFunction on resource"):
        stranger.get_function(FunctionName=arn)


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"Runtime": "python3.7"}, INVALID, "The runtime parameter of python3.7 is no longer supported"),
        ({"Runtime": "cobol"}, INVALID, "Value cobol at 'runtime' failed to satisfy constraint: Member must satisfy enum"),
        ({"Role": "nobody"}, "ValidationException", "Value 'nobody' at 'role' failed to satisfy constraint"),
        ({"Handler": "a b"}, "ValidationException", "Value 'a b' at 'handler' failed to satisfy constraint"),
        ({"Timeout": 901}, "ValidationException", "Value '901' at 'timeout' failed to satisfy constraint"),
        ({"MemorySize": 10241}, INVALID, "'MemorySize' value failed to satisfy constraint"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, INVALID, "contains reserved keys"),
        ({"Environment": {"Variables": {"AB": "x" * 4096}}}, INVALID, "exceeded the 4KB limit. String measured:"),
        ({"Environment": {"Variables": {"A": "x"}}}, "ValidationException", "environment.variables"),
        ({"Code": {"ZipFile": b"no zip"}}, INVALID, "Could not unzip uploaded file. Please check your file, then try"),
        ({"Code": {}}, INVALID, "Please provide a source for function code."),
        ({"Code": {"ImageUri": "x"}, "PackageType": "Image"}, INVALID, "Please don't provide Handler or Runtime or Layer"),
        (
            {"Code": {"S3Bucket": "nobodys-bucket", "S3Key": "k"}},
            INVALID,
            "Error occurred while GetObject. S3 Error Code: NoSuch",
        ),
        ({"Tags": {str(number): "" for number in range(51)}}, INVALID, "Number of tags exceeds resource tag limit."),
        ({"FunctionName": "x" * 65}, "ValidationException", "Member must have length less than or equal to 64"),
    ],
)
def test_what_aws_refuses_is_refused_in_its_words(refused, options, code, message):
    given = {"Runtime": RUNTIME, "Handler": "app.handler", "Role": ROLE, "Code": {"ZipFile": zipped()}, "FunctionName": "f"}
    told = refused("create_function", **(given | options))
    assert told[0] == code
    assert message in told[1]


def test_a_zip_above_50_mb_is_refused_as_too_large(client):
    patient = client("lambda", config=Config(retries={"total_max_attempts": 1}))
    given = {"FunctionName": "f", "Runtime": RUNTIME, "Handler": "app.handler", "Role": ROLE}
    with pytest.raises(patient.exceptions.ClientError) as error:
        patient.create_function(**given, Code={"ZipFile": b"x" * 52_428_801})
    assert error.value.response["Error"] == {
        "Code": "RequestEntityTooLargeException",
        "Message": "Zipped size must be smaller than 52428800 bytes",
    }
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_a_name_is_taken_once(create, refused):
    create()
    given = {"Runtime": RUNTIME, "Handler": "app.handler", "Role": ROLE, "Code": {"ZipFile": zipped()}}
    assert refused("create_function", FunctionName="f", **given) == (
        "ResourceConflictException",
        "Function already exist: f",
    )


def test_code_comes_from_s3(client, create, aws, invoke, update):
    s3 = client("s3")
    s3.create_bucket(Bucket="code-of-" + create.__name__ + "-tests")
    bucket = s3.list_buckets()["Buckets"][0]["Name"]
    s3.put_object(Bucket=bucket, Key="one.zip", Body=zipped(app="def handler(e, c): return 'from s3'"))
    create(Code={"S3Bucket": bucket, "S3Key": "one.zip"})
    assert invoke() == "from s3"
    # The object may go: Lambda has taken a copy, and both were stored under the same content.
    s3.delete_object(Bucket=bucket, Key="one.zip")
    aws.delete_function(FunctionName="f")
    s3.put_object(Bucket=bucket, Key="two.zip", Body=zipped())
    create(Code={"S3Bucket": bucket, "S3Key": "two.zip"})
    aws.delete_function(FunctionName="f")
    assert s3.get_object(Bucket=bucket, Key="two.zip")["Body"].read() == zipped()


def test_functions_are_listed_in_pages_without_their_state(create, aws):
    for name in ("b", "a", "c"):
        create(name)
    first = aws.list_functions(MaxItems=2)
    assert [told["FunctionName"] for told in first["Functions"]] == ["a", "b"]
    assert "State" not in first["Functions"][0]
    rest = aws.list_functions(Marker=first["NextMarker"])
    assert [told["FunctionName"] for told in rest["Functions"]] == ["c"]
    assert "NextMarker" not in rest


def test_all_versions_are_listed_with_qualified_arns(create, aws):
    create("a", Publish=True)
    create("b")
    pages = aws.get_paginator("list_functions").paginate(FunctionVersion="ALL", PaginationConfig={"PageSize": 1})
    arns = [told["FunctionArn"].split("function:")[1] for page in pages for told in page["Functions"]]
    assert arns == ["a:$LATEST", "a:1", "b:$LATEST"]


def test_an_update_of_the_configuration_is_in_progress_first(create, update, aws):
    create(Timeout=7)
    told = update(MemorySize=256)
    assert (told["LastUpdateStatus"], told["LastUpdateStatusReasonCode"]) == ("InProgress", "Creating")
    assert told["State"] == "Active"
    after = aws.get_function_configuration(FunctionName="f")
    assert (after["MemorySize"], after["Timeout"], after["LastUpdateStatus"]) == (256, 7, "Successful")
    assert after["RevisionId"] != told["RevisionId"]


def test_new_code_runs_after_an_update(create, update, invoke):
    create(app="def handler(e, c): return 1")
    assert invoke() == 1
    update(app="def handler(e, c): return 2")
    assert invoke() == 2


def test_new_variables_reach_the_function(create, update, invoke):
    create(app="import os\ndef handler(e, c): return os.environ.get('AB')", Environment={"Variables": {"AB": "1"}})
    assert invoke() == "1"
    assert update(Environment={"Variables": {}})["Environment"] == {"Variables": {}}
    assert invoke() is None


def test_an_update_of_an_old_revision_is_refused(create, update, refused, aws):
    old = create()["RevisionId"]
    assert refused("update_function_configuration", FunctionName="f", Timeout=5, RevisionId=old) == (
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. "
        "Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    )
    update(Timeout=5, RevisionId=aws.get_function_configuration(FunctionName="f")["RevisionId"])


def test_a_dry_run_of_new_code_changes_nothing(create, aws):
    create()
    before = aws.get_function_configuration(FunctionName="f")
    told = aws.update_function_code(FunctionName="f", ZipFile=zipped(app="x = 1"), DryRun=True)
    assert told["CodeSha256"] != before["CodeSha256"]
    assert aws.get_function_configuration(FunctionName="f")["RevisionId"] == before["RevisionId"]


def test_an_image_is_refused_for_a_zip_function(create, refused):
    create()
    assert refused("update_function_code", FunctionName="f", ImageUri="x") == (
        INVALID,
        "Please don't provide ImageUri when updating a function with packageType Zip.",
    )


def test_a_deleted_function_is_gone(create, aws, refused):
    create()
    assert aws.delete_function(FunctionName="f")["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert refused("delete_function", FunctionName="f")[0] == RESOURCE_NOT_FOUND
    assert refused("invoke", FunctionName="f")[0] == RESOURCE_NOT_FOUND
    create(app="def handler(e, c): return 'again'")


def test_tags_are_set_and_removed_by_arn(create, aws, refused):
    arn = create(Tags={"a": "1"})["FunctionArn"]
    aws.tag_resource(Resource=arn, Tags={"b": "2"})
    aws.untag_resource(Resource=arn, TagKeys=["a"])
    assert aws.list_tags(Resource=arn)["Tags"] == {"b": "2"}
    assert refused("tag_resource", Resource=f"{arn}:1", Tags={"c": "3"}) == (
        INVALID,
        "Tags on function aliases and versions are not supported. Please specify a function ARN.",
    )


def test_an_operation_of_a_later_release_says_so(aws):
    with pytest.raises(aws.exceptions.ClientError, match=r"NotImplemented|not implemented"):
        aws.create_code_signing_config(
            AllowedPublishers={
                "SigningProfileVersionArns": ["arn:aws:signer:us-east-1:111111111111:/signing-profiles/p/1234567890"]
            }
        )


def test_a_zip_that_unzips_to_250_mb_is_refused(refused):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("zeros", bytes(262_144_000))
    given = {"FunctionName": "f", "Runtime": RUNTIME, "Handler": "app.handler", "Role": ROLE}
    assert refused("create_function", Code={"ZipFile": content.getvalue()}, **given) == (
        INVALID,
        "Unzipped size must be smaller than 262144000 bytes",
    )


@pytest.mark.parametrize("name", ["../escaped.py", "/absolute.py"])
def test_a_zip_that_climbs_out_is_refused(refused, name):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, "x = 1")
    given = {"FunctionName": "f", "Runtime": RUNTIME, "Handler": "app.handler", "Role": ROLE}
    assert refused("create_function", Code={"ZipFile": content.getvalue()}, **given) == (
        INVALID,
        "Could not unzip uploaded file. Please check your file, then try to upload again.",
    )
