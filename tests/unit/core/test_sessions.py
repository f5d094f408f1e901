"""Temporary credentials prove themselves under the platform's seal."""

import base64

from lambent.core.sessions import SessionSeal, access_key_id, session_arn

SEAL = SessionSeal(b"k" * 32)
OTHER_SEAL = SessionSeal(b"o" * 32)


def issue(seal: SessionSeal = SEAL):
    return seal.issue(account="123456789012", principal_arn="arn:p", principal_id="AROA:s", expires_at=99.5)


def test_a_session_is_named_without_its_role_s_path():
    assert session_arn("123456789012", "worker", "job") == "arn:aws:sts::123456789012:assumed-role/worker/job"


def test_an_access_key_id_has_twenty_characters_and_carries_its_account_as_aws_do():
    key_id = access_key_id("ASIA", "123456789012")
    number = int.from_bytes(base64.b32decode(key_id[4:])[:6], "big")
    assert len(key_id) == 20
    assert (number & 0x7FFFFFFFFF80) >> 7 == 123456789012


def test_a_token_tells_the_session_it_was_issued_for():
    credentials = issue()
    session = SEAL.read(credentials.session_token)
    assert session is not None
    assert (session.access_key_id, session.account, session.principal_arn, session.expires_at) == (
        credentials.access_key_id,
        "123456789012",
        "arn:p",
        99.5,
    )


def test_the_secret_can_be_derived_again_from_the_key_id():
    credentials = issue()
    assert SEAL.secret_of(credentials.access_key_id) == credentials.secret_access_key


def test_a_changed_token_proves_nothing():
    sealed = bytearray(base64.b64decode(issue().session_token))
    sealed[-5] ^= 1
    assert SEAL.read(base64.b64encode(bytes(sealed)).decode()) is None


def test_a_token_of_another_platform_proves_nothing():
    assert SEAL.read(issue(OTHER_SEAL).session_token) is None


def test_text_that_is_no_token_proves_nothing():
    assert SEAL.read("not base64 at all!") is None
    assert SEAL.read("") is None


def test_a_session_may_carry_what_narrows_it():
    seal = SessionSeal(b"k" * 32)
    whose = {"account": "111122223333", "principal_arn": "arn", "principal_id": "id", "expires_at": 1.0}
    narrowed = seal.read(seal.issue(**whose, policy="{}", policy_arns=["arn:aws:iam::aws:policy/p"]).session_token)
    assert narrowed is not None
    assert (narrowed.policy, narrowed.policy_arns) == ("{}", ("arn:aws:iam::aws:policy/p",))
    plain = seal.read(seal.issue(**whose).session_token)
    assert plain is not None
    assert (plain.policy, plain.policy_arns) == ("", ())
