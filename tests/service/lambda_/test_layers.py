"""PublishLayerVersion, GetLayerVersion(ByArn), List…, Delete…, layer permissions, and functions with layers."""

import io
import json
import urllib.request
import zipfile

import pytest

INVALID = "InvalidParameterValueException"


def layer_zip(**modules: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in modules.items():
            archive.writestr(f"python/{name}.py", text)
    return content.getvalue()


@pytest.fixture
def publish(aws):
    def make(name="l", aws=aws, **options):
        modules = options.pop("modules", {"greeting": f"TEXT = 'from {name}'"})
        return aws.publish_layer_version(LayerName=name, Content={"ZipFile": layer_zip(**modules)}, **options)

    return make


def test_a_layer_version_is_told_as_aws_tells_it(publish, aws, account):
    told = publish(Description="d", CompatibleRuntimes=["python3.12"], CompatibleArchitectures=["x86_64"], LicenseInfo="MIT")
    arn = f"arn:aws:lambda:us-east-1:{account}:layer:l"
    assert (told["LayerArn"], told["LayerVersionArn"], told["Version"]) == (arn, f"{arn}:1", 1)
    assert (told["Description"], told["LicenseInfo"]) == ("d", "MIT")
    assert told["CompatibleRuntimes"] == ["python3.12"]
    assert told["Content"]["CodeSize"] > 0
    for again in (aws.get_layer_version(LayerName="l", VersionNumber=1), aws.get_layer_version_by_arn(Arn=f"{arn}:1")):
        assert (again["LayerVersionArn"], again["CreatedDate"]) == (f"{arn}:1", told["CreatedDate"])
    with urllib.request.urlopen(told["Content"]["Location"]) as answer:
        assert zipfile.ZipFile(io.BytesIO(answer.read())).namelist() == ["python/greeting.py"]


def test_a_function_imports_from_its_layer(publish, create, invoke):
    told = publish()
    told = create(app="import greeting\ndef handler(e, c): return greeting.TEXT", Layers=[told["LayerVersionArn"]])
    assert told["Layers"][0]["CodeSize"] > 0
    assert invoke() == "from l"


def test_the_web_adapter_is_there_without_being_published(create, invoke, account):
    arns = [
        "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerX86:25",
        f"arn:aws:lambda:us-east-1:{account}:layer:lambent-web-adapter:1",
    ]
    told = create(app="import os\ndef handler(e, c): return sorted(os.listdir('/opt'))", Layers=arns)
    assert [layer["Arn"] for layer in told["Layers"]] == arns
    assert invoke() == ["bootstrap", "lambent"]


def test_layers_that_the_platform_provides_are_told_as_any_that_is_shared(aws, account, publish):
    arn = "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerArm64:25"
    told = aws.get_layer_version_by_arn(Arn=arn)
    assert (told["LayerVersionArn"], told["Version"], told["CompatibleArchitectures"]) == (arn, 25, ["arm64"])
    assert aws.get_layer_version(LayerName=arn.rpartition(":")[0], VersionNumber=25)["Content"]["CodeSize"] > 0
    with urllib.request.urlopen(told["Content"]["Location"]) as answer:
        assert "bootstrap" in zipfile.ZipFile(io.BytesIO(answer.read())).namelist()
    own = aws.get_layer_version(LayerName="lambent-web-adapter", VersionNumber=1)
    assert own["CompatibleArchitectures"] == ["x86_64", "arm64"]
    # What somebody has published under the name takes its place.
    assert publish("lambent-web-adapter", Description="mine")["Version"] == 1
    assert aws.get_layer_version(LayerName="lambent-web-adapter", VersionNumber=1)["Description"] == "mine"


def test_later_layers_overwrite_earlier_ones(publish, create, update, invoke):
    one, two = publish("one")["LayerVersionArn"], publish("two")["LayerVersionArn"]
    create(app="import greeting\ndef handler(e, c): return greeting.TEXT", Layers=[one, two])
    assert invoke() == "from two"
    update(Layers=[two, one])
    assert invoke() == "from one"


def test_code_changes_without_touching_the_layer(publish, create, update, invoke):
    create(app="import greeting\ndef handler(e, c): return 1", Layers=[publish()["LayerVersionArn"]])
    update(app="import greeting\ndef handler(e, c): return [2, greeting.TEXT]")
    assert invoke() == [2, "from l"]


def test_a_deleted_layer_version_keeps_working_where_it_is_attached(publish, create, update, aws, invoke, refused):
    arn = publish()["LayerVersionArn"]
    create(app="import greeting\ndef handler(e, c): return greeting.TEXT", Layers=[arn])
    aws.delete_layer_version(LayerName="l", VersionNumber=1)
    assert refused("get_layer_version", LayerName="l", VersionNumber=1) == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    )
    update(Timeout=5)
    assert invoke() == "from l"
    assert publish()["Version"] == 2


def test_what_aws_refuses_is_refused_in_its_words(publish, create, refused, account):
    create()
    arns = [publish(f"l{number}")["LayerVersionArn"] for number in range(6)]
    again = publish("l0")["LayerVersionArn"]
    missing = f"arn:aws:lambda:us-east-1:{account}:layer:nothing:1"

    def attach(*layers):
        return refused("update_function_configuration", FunctionName="f", Layers=list(layers))

    assert attach(*arns) == (INVALID, "Cannot reference more than 5 layers.")
    assert attach(missing) == (INVALID, f"Layer version {missing} does not exist.")
    assert attach(missing.replace("us-east-1", "eu-west-1")) == (
        INVALID,
        "Layers are not in the same region as the function. Layers are expected to be in region us-east-1.",
    )
    assert attach(arns[0], again) == (
        INVALID,
        "Two different versions of the same layer are not allowed to be referenced in the same function. "
        f"{arns[0]} and {again} are versions of the same layer.",
    )
    assert refused("get_layer_version", LayerName="l0", VersionNumber=0) == (INVALID, "Layer Version Cannot be less than 1")
    assert refused("publish_layer_version", LayerName="l", Content={"ZipFile": b"no zip"})[1].startswith("Could not unzip")


def test_layers_and_versions_are_listed(publish, aws):
    for _ in range(3):
        publish("a", CompatibleRuntimes=["python3.12"])
    publish("b", CompatibleArchitectures=["arm64"])
    told = aws.list_layers()["Layers"]
    assert [(each["LayerName"], each["LatestMatchingVersion"]["Version"]) for each in told] == [("a", 3), ("b", 1)]
    assert [each["LayerName"] for each in aws.list_layers(CompatibleRuntime="python3.12")["Layers"]] == ["a"]
    pages = aws.get_paginator("list_layer_versions").paginate(LayerName="a", PaginationConfig={"PageSize": 2})
    assert [each["Version"] for page in pages for each in page["LayerVersions"]] == [3, 2, 1]


def test_a_layer_version_is_shared_with_another_account(publish, aws, client, create, refused):
    stranger = client("lambda", aws_access_key_id="222222222222")
    arn = publish("l", aws=stranger)["LayerVersionArn"]
    name = arn.rpartition(":")[0]
    assert refused("get_layer_version_by_arn", Arn=arn)[0] == "AccessDeniedException"
    given = {"StatementId": "s", "Action": "lambda:GetLayerVersion", "Principal": "*"}
    version = int(arn.rpartition(":")[2])
    told = stranger.add_layer_version_permission(LayerName=name, VersionNumber=version, **given)
    assert json.loads(told["Statement"])["Principal"] == "*"
    assert aws.get_layer_version_by_arn(Arn=arn)["LayerVersionArn"] == arn
    create(Layers=[arn])
    policy = stranger.get_layer_version_policy(LayerName="l", VersionNumber=version)
    assert json.loads(policy["Policy"])["Statement"][0]["Sid"] == "s"
    stranger.remove_layer_version_permission(
        LayerName="l", VersionNumber=version, StatementId="s", RevisionId=policy["RevisionId"]
    )
    assert refused("get_layer_version_by_arn", Arn=arn)[0] == "AccessDeniedException"


def test_a_layer_is_reached_from_its_own_region_only(aws, client):
    arn = aws.publish_layer_version(LayerName="l", Content={"ZipFile": layer_zip(tools="")})["LayerArn"]
    elsewhere = client("lambda", region="eu-west-1")
    for call, asked in (
        (elsewhere.get_layer_version_by_arn, {"Arn": f"{arn}:1"}),
        (elsewhere.get_layer_version, {"LayerName": arn, "VersionNumber": 1}),
        (elsewhere.delete_layer_version, {"LayerName": arn, "VersionNumber": 1}),
    ):
        with pytest.raises(elsewhere.exceptions.ResourceNotFoundException):
            call(**asked)
    assert aws.get_layer_version_by_arn(Arn=f"{arn}:1")["Version"] == 1


def zeros(bytes_: int) -> bytes:
    """A zip that unzips to so many bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("zeros", bytes(bytes_))
    return content.getvalue()


@pytest.mark.slow
def test_a_function_and_its_layers_unzip_to_250_mb_at_most(aws, create, refused):
    large = aws.publish_layer_version(LayerName="large", Content={"ZipFile": zeros(200_000_000)})["LayerVersionArn"]
    told = refused("publish_layer_version", LayerName="larger", Content={"ZipFile": zeros(262_144_000)})
    assert told == (INVALID, "Unzipped size must be smaller than 262144000 bytes")
    create()
    aws.update_function_code(FunctionName="f", ZipFile=zeros(100_000_000))
    aws.get_waiter("function_updated_v2").wait(FunctionName="f", WaiterConfig={"Delay": 1})
    assert refused("update_function_configuration", FunctionName="f", Layers=[large]) == (
        INVALID,
        "Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. "
        "The actual size is 300000000 bytes.",
    )


def test_a_layer_is_sent_at_once_up_to_50_mb(refused):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("stored", bytes(52_428_801))
    assert refused("publish_layer_version", LayerName="l", Content={"ZipFile": content.getvalue()}) == (
        "RequestEntityTooLargeException",
        "Zipped size must be smaller than 52428800 bytes",
    )
