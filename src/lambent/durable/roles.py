"""Asks iam what an execution role may do, where lambda itself acts in the role's name.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

from msgspec import structs

from lambent.core.arn import Arn
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import Caller


class Roles:
    """Judges roles by the policies that iam keeps of them."""

    def __init__(self, *, call: Caller) -> None:
        self._call = call

    async def allows(self, context: Context, role_arn: str, action: str, resource_arn: str) -> bool:
        """Whether the role's policies let it do ``action`` ("sqs:SendMessage") to the resource.

        A role that iam does not know is not judged: in Lambent a function's role need only be well formed.
        """
        role = Arn.parse(role_arn)
        asks_as = context if role is None else structs.replace(context, account=role.account)
        asked = {"PolicySourceArn": role_arn, "ActionNames": [action], "ResourceArns": [resource_arn]}
        try:
            answer = await self._call(asks_as, "iam", "SimulatePrincipalPolicy", asked)
        except ServiceError as error:
            if error.code != "NoSuchEntity":
                raise
            return True
        return all(result["EvalDecision"] == "allowed" for result in answer["EvaluationResults"])
