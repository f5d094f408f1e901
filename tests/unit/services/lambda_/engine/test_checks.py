"""Limits and formats, with AWS' wording."""

import pytest

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import checks, limits


@pytest.mark.parametrize("runtime", ["python3.13", "nodejs22.x", "provided.al2023"])
def test_current_runtimes_are_accepted(runtime: str):
    assert checks.checked_runtime(runtime) == runtime


def test_a_deprecated_runtime_is_refused_by_name():
    with pytest.raises(errors.RuntimeDeprecated, match=r"The runtime parameter of python3\.7 is no longer supported"):
        checks.checked_runtime("python3.7")


def test_an_unknown_runtime_is_refused_with_the_set_of_known_ones():
    with pytest.raises(errors.RuntimeInvalid) as error:
        checks.checked_runtime("cobol")
    assert error.value.message.startswith(
        "Value cobol at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: ["
    )
    assert error.value.message.endswith("] or be a valid ARN")


def test_a_layer_may_be_made_for_old_runtimes_but_not_for_unknown_ones():
    checks.check_compatible_runtimes(["python3.7", "python3.13"])
    checks.check_compatible_runtimes(None)
    checks.check_compatible_runtime("python2.7")
    with pytest.raises(errors.ValidationException, match=r"'\[cobol, python3\.13\]' at 'compatibleRuntimes'"):
        checks.check_compatible_runtimes(["cobol", "python3.13"])
    with pytest.raises(errors.ValidationException, match="'cobol' at 'compatibleRuntime'"):
        checks.check_compatible_runtime("cobol")


def test_a_role_must_be_well_formed():
    assert checks.checked_role("arn:aws:iam::111111111111:role/path/r")
    with pytest.raises(errors.ValidationException):
        checks.checked_role("r")


def test_a_handler_has_no_blanks():
    with pytest.raises(errors.ValidationException):
        checks.checked_handler("app handler")


def test_900_seconds_are_the_longest_timeout():
    assert checks.checked_timeout(900) == 900
    with pytest.raises(errors.ValidationException, match=r"'901' at 'timeout'.*less than or equal to 900"):
        checks.checked_timeout(901)


def test_10240_mb_are_the_most_memory():
    with pytest.raises(errors.MemoryTooLarge, match=r"'MemorySize' value failed .* less than or equal to 10240"):
        checks.checked_memory(10241)


def test_10240_mb_are_the_most_ephemeral_storage():
    with pytest.raises(errors.ValidationException, match=r"ephemeralStorage\.size"):
        checks.checked_ephemeral_storage(10241)


def test_variables_of_the_runtime_are_reserved():
    with pytest.raises(errors.VariablesReserved, match="Reserved keys used in this request: AWS_REGION, _HANDLER"):
        checks.check_variables({"AWS_REGION": "x", "_HANDLER": "y", "MINE": "z"})


def test_variables_measure_at_most_4_kb_as_json():
    overhead = len('{"AB":""}')
    checks.check_variables({"AB": "x" * (4096 - overhead)})
    with pytest.raises(errors.VariablesTooLong, match=r'String measured: \{"AB":"x+"\}'):
        checks.check_variables({"AB": "x" * (4097 - overhead)})


def test_a_zip_is_refused_for_its_own_size_before_the_requests():
    checks.check_zip_request(limits.ZIPPED_BYTES_MAX, "CreateFunction")
    with pytest.raises(errors.ZippedTooLarge, match="Zipped size must be smaller than 52428800 bytes"):
        checks.check_zip_request(limits.ZIPPED_BYTES_MAX + 1, "CreateFunction")
    with pytest.raises(errors.RequestTooLarge, match="Request must be smaller than 70167211 bytes for the CreateFunction op"):
        checks.check_zip_request(70_167_211, "CreateFunction")


def test_unzipped_code_stays_below_250_mb():
    checks.check_unzipped(limits.UNZIPPED_BYTES_MAX - 1)
    with pytest.raises(errors.UnzippedTooLarge):
        checks.check_unzipped(limits.UNZIPPED_BYTES_MAX)


def test_code_and_layers_together_have_the_same_limit():
    checks.check_total_size([limits.UNZIPPED_BYTES_MAX - 1, 1])
    with pytest.raises(errors.CodeWithLayersTooLarge, match="The actual size is 262144001 bytes"):
        checks.check_total_size([limits.UNZIPPED_BYTES_MAX, 1])


def test_50_tags_are_the_most():
    checks.check_tags({str(number): "" for number in range(50)})
    with pytest.raises(errors.TagsTooMany):
        checks.check_tags({str(number): "" for number in range(51)})


def test_a_revision_is_compared_only_where_one_is_given():
    checks.check_revision(None, "r", operation="GetPolicy")
    checks.check_revision("r", "r", operation="GetPolicy")
    with pytest.raises(errors.RevisionDiffers, match="Call the GetPolicy API"):
        checks.check_revision("old", "r", operation="GetPolicy")
