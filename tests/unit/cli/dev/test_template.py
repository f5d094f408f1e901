"""SAM templates, as far as functions that lie beside them go."""

from pathlib import Path

import pytest

from lambent.cli.dev.functions import Function, NotUnderstood
from lambent.cli.dev.template import UNKNOWN, is_one, read, resolve


def functions(root: Path, text: str) -> list[Function]:
    (root / "template.yaml").write_text(text)
    return list(read(root / "template.yaml", python="python3.12"))


def test_functions_are_read_with_what_all_share(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "requirements.txt").touch()
    found = functions(
        tmp_path,
        """
        Parameters:
          Stage: {Type: String, Default: test}
          Secret: {Type: String}
        Globals:
          Function:
            Runtime: python3.13
            Timeout: 20
            Environment: {Variables: {STAGE: !Ref Stage, DEBUG: true}}
        Resources:
          Table: {Type: AWS::DynamoDB::Table}
          Orders:
            Type: AWS::Serverless::Function
            Properties:
              FunctionName: !Sub "${Stage}-orders"
              CodeUri: src
              Handler: app.handler
              MemorySize: 512
              Environment:
                Variables:
                  TABLE: !GetAtt Table.Name
                  SECRET: !Ref Secret
                  NAME: !Join ["-", [a, !Ref Stage]]
                  LITERAL: !Sub "${!Not}"
          Picture:
            Type: AWS::Serverless::Function
            Properties: {PackageType: Image}
          Inline:
            Type: AWS::Serverless::Function
            Properties: {InlineCode: "x", Handler: index.handler}
        """,
    )
    assert found == [
        Function(
            name="test-orders",
            folder=tmp_path / "src",
            handler="app.handler",
            runtime="python3.13",
            origin="template.yaml",
            environment={"STAGE": "test", "DEBUG": "true", "NAME": "a-test", "LITERAL": "${Not}"},
            timeout_s=20,
            memory_mb=512,
            requirements=tmp_path / "src" / "requirements.txt",
        )
    ]


def test_a_function_is_called_by_its_logical_id_where_nothing_else_is_known(tmp_path: Path) -> None:
    resource = "{Type: AWS::Serverless::Function, Properties: {Handler: a.b, FunctionName: !ImportValue X}}"
    (function,) = functions(tmp_path, f"Resources:\n  Orders: {resource}\n")
    assert (function.name, function.folder, function.runtime) == ("Orders", tmp_path, "python3.12")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Resources: [", "template.yaml: "),
        ("- 1", "no Resources"),
        ("Resources: {F: {Type: AWS::Serverless::Function, Properties: {}}}", "Handler and Runtime"),
        ("Resources: {F: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, CodeUri: x}}}", "x is no folder"),
        ("Resources: {F: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, CodeUri: s3://b/k}}}", "CodeUri"),
        ("Resources: {F: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Timeout: x}}}", "Timeout is 'x'"),
        ("Parameters: [1]\nResources: {F: 1}", "Parameters is not a mapping"),
        ("Globals: {Function: x}\nResources: {F: 1}", "Globals: Function is not a mapping"),
        ("Resources: {F: {Type: AWS::Serverless::Function, Properties: [1]}}", "F: Properties is not"),
        ("Resources: {F: {Type: AWS::Serverless::Function, Properties: {Environment: x}}}", "F: Environment is not"),
        ("Resources: {1: {Type: AWS::Serverless::Function, Properties: {Environment: {Variables: x}}}}", "1: Variables is not"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(NotUnderstood, match=words):
        functions(tmp_path, text)


def test_a_template_without_such_functions_is_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text("Resources: {Q: {Type: AWS::SQS::Queue}}")
    assert not is_one(tmp_path / "template.yaml")


def test_what_only_a_stack_knows_is_unknown() -> None:
    assert resolve({"Fn::GetAtt": ["A", "B"]}, {}) is UNKNOWN
    assert resolve({"Fn::Join": ["", ["a", {"Ref": "X"}]]}, {}) is UNKNOWN
    assert resolve({"Fn::Sub": "${A.B}"}, {}) is UNKNOWN
    assert resolve({"Fn::Join": "x"}, {}) is UNKNOWN
    assert resolve({"Ref": "AWS::Region"}, {"AWS::Region": "r"}) == "r"
