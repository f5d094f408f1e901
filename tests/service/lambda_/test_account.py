"""GetAccountSettings, runtime management, recursion detection, code signing."""


def test_account_settings_tell_limits_and_usage(create, aws):
    code_bytes = create()["CodeSize"]
    told = aws.get_account_settings()
    assert told["AccountLimit"] == {
        "TotalCodeSize": 80_530_636_800,
        "CodeSizeUnzipped": 262_144_000,
        "CodeSizeZipped": 52_428_800,
        "ConcurrentExecutions": 1000,
        "UnreservedConcurrentExecutions": 1000,
    }
    assert told["AccountUsage"] == {"TotalCodeSize": code_bytes, "FunctionCount": 1}


def test_a_runtime_is_updated_automatically_unless_told_otherwise(create, aws, refused):
    arn = create()["FunctionArn"]
    told = aws.get_runtime_management_config(FunctionName="f")
    assert (told["UpdateRuntimeOn"], told["FunctionArn"]) == ("Auto", f"{arn}:$LATEST")
    assert "RuntimeVersionArn" not in told
    runtime = f"arn:aws:lambda:us-east-1::runtime:{'0' * 64}"
    aws.put_runtime_management_config(FunctionName="f", UpdateRuntimeOn="Manual", RuntimeVersionArn=runtime)
    told = aws.get_runtime_management_config(FunctionName="f")
    assert (told["UpdateRuntimeOn"], told["RuntimeVersionArn"]) == ("Manual", runtime)
    assert refused("put_runtime_management_config", FunctionName="f", UpdateRuntimeOn="Manual")[0] == (
        "InvalidParameterValueException"
    )


def test_recursion_is_stopped_unless_it_is_allowed(create, aws):
    create()
    assert aws.get_function_recursion_config(FunctionName="f")["RecursiveLoop"] == "Terminate"
    assert aws.put_function_recursion_config(FunctionName="f", RecursiveLoop="Allow")["RecursiveLoop"] == "Allow"
    assert aws.get_function_recursion_config(FunctionName="f")["RecursiveLoop"] == "Allow"


def test_no_function_has_a_code_signing_config(create, aws, refused):
    create()
    told = aws.get_function_code_signing_config(FunctionName="f")
    assert (told["FunctionName"], told["CodeSigningConfigArn"]) == ("f", "")
    assert refused("get_function_code_signing_config", FunctionName="g")[0] == "ResourceNotFoundException"
