"""What is known of a principal that asks."""

from lambent.services.iam.engine.holdings import Holdings
from lambent.services.iam.engine.judgement import principal_and_context

ACCOUNT = "111122223333"


def test_a_user_is_known_by_name_and_tags():
    arn = f"arn:aws:iam::{ACCOUNT}:user/team/ada"
    principal, context = principal_and_context(arn, Holdings(arn, "AIDAEXAMPLE", {"Team": "blue"}, ()))
    assert (principal.account, principal.id) == (ACCOUNT, "AIDAEXAMPLE")
    assert context == {
        "aws:principalarn": (arn,),
        "aws:principalaccount": (ACCOUNT,),
        "aws:principaltype": ("User",),
        "aws:principaltag/team": ("blue",),
        "aws:username": ("ada",),
        "aws:userid": ("AIDAEXAMPLE",),
    }


def test_a_user_that_is_called_like_a_service_is_a_user():
    arn = f"arn:aws:iam::{ACCOUNT}:user/sns.amazonaws.com"
    principal, known = principal_and_context(arn, Holdings(arn, "AIDAEXAMPLE", {}, ()))
    assert (principal.service, known["aws:principaltype"]) == ("", ("User",))


def test_a_session_is_known_as_its_role():
    role = f"arn:aws:iam::{ACCOUNT}:role/team/worker"
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/job"
    principal, context = principal_and_context(session, Holdings(role, "AROAEXAMPLE", {}, ()))
    assert (principal.arn, principal.id) == (session, "AROAEXAMPLE:job")
    assert (context["aws:principalarn"], context["aws:userid"]) == ((role,), ("AROAEXAMPLE:job",))
    assert "aws:username" not in context
