"""Asks iam what a role may do, and whom it lets in, where a service itself acts in the role's name.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

from urllib.parse import unquote

from msgspec import structs

from lambent.core.arn import Arn
from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import Caller
from lambent.lang.iam_policy import lets_in

MISSING = "NoSuchEntity"


class Roles:
    """Judges roles by the policies that iam keeps of them."""

    def __init__(self, *, call: Caller) -> None:
        self._call = call

    async def allows(self, context: Context, role_arn: str, action: str, resource_arn: str) -> bool:
        """Whether the role's policies let it do ``action`` ("sqs:SendMessage") to the resource.

        A role that iam does not know is not judged: in Lambent a role need only be well formed.
        """
        role = Arn.parse(role_arn)
        asks_as = context if role is None else structs.replace(context, account=role.account)
        asked = {"PolicySourceArn": role_arn, "ActionNames": [action], "ResourceArns": [resource_arn]}
        try:
            answer = await self._call(asks_as, "iam", "SimulatePrincipalPolicy", asked)
        except ServiceError as error:
            if error.code != MISSING:
                raise
            return True
        return all(result["EvalDecision"] == "allowed" for result in answer["EvaluationResults"])

    async def lets_in(self, context: Context, role_arn: str, service: str, source_arn: str, now: Instant) -> bool | None:
        """Whether the role's trust policy lets ``service`` ("pipes.amazonaws.com") assume it for ``source_arn``.

        None where iam does not know the role.
        """
        role = Arn.parse(role_arn)
        assert role is not None, "the model says how roles are spelt"
        asks = structs.replace(context, account=role.account)
        try:
            answer = await self._call(asks, "iam", "GetRole", {"RoleName": role.resource.rpartition("/")[2]})
        except ServiceError as error:
            if error.code != MISSING:
                raise
            return None
        as_service = structs.replace(context.on_behalf_of(service), source_arn=source_arn)
        return lets_in(unquote(answer["Role"]["AssumeRolePolicyDocument"]), as_service, "sts:AssumeRole", role_arn, now)
