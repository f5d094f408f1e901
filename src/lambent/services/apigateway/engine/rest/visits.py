"""What is checked of a request before an integration is asked: the API's policy, required parameters, the body's model.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from collections.abc import Mapping

from lambent.lang.iam_policy import Decision, Kind, Principal, Request, Source, evaluate
from lambent.services.apigateway.engine.http.authorizers import ACTION
from lambent.services.apigateway.engine.rest import refusals, schemas
from lambent.services.apigateway.engine.rest.exchange import Exchange
from lambent.services.apigateway.engine.rest.identifiers import method_arn
from lambent.services.apigateway.engine.rest.plans import MethodPlan, StagePlan

IAM = "AWS_IAM"


def arn_of(exchange: Exchange) -> str:
    """What the visitor wants to do, as policies name it.

    Without the slashes at its end, which choose no other method: they must not lead past a statement that denies one.
    """
    plan = exchange.plan
    return method_arn(plan.scope, plan.api_id, plan.stage, exchange.request.method, exchange.path[1:].rstrip("/"))


def source_arn(exchange: Exchange, method: MethodPlan) -> str:
    """For what a function is called: the method, as it was declared."""
    plan = exchange.plan
    verb = "*" if method.verb == "ANY" else method.verb
    return method_arn(plan.scope, plan.api_id, plan.stage, verb, method.path.removeprefix("/"))


def check_policy(exchange: Exchange, method: MethodPlan, keys: Mapping[str, tuple[str, ...]]) -> None:
    """The API's policy, for visitors who are nobody: who signs is judged with what its own policies say. Raises Refusal."""
    plan = exchange.plan
    if not plan.policy_text or method.authorization == IAM:
        return
    decision = policy_decision(plan, arn_of(exchange), keys)
    arn = _masked(arn_of(exchange), plan.scope.account)
    reason = f"User: anonymous is not authorized to perform: {ACTION} on resource: {arn}"
    if decision is Decision.EXPLICIT_DENY:
        raise refusals.denied(f"{reason} with an explicit deny in a resource-based policy")
    # What an authorizer allows, the policy need not allow as well.
    if decision is not Decision.ALLOWED and method.authorization == "NONE":
        raise refusals.denied(reason)


def policy_decision(plan: StagePlan, arn: str, keys: Mapping[str, tuple[str, ...]]) -> Decision:
    """A policy that nobody can read lets nobody in."""
    if plan.policy is None:
        return Decision.IMPLICIT_DENY
    source = Source(Kind.RESOURCE, "api", plan.policy)
    verdict = evaluate(Request(Principal(), ACTION, arn, context=keys), (source,))
    return verdict.by_kind.get(Kind.RESOURCE, verdict.decision)


def denied_to(principal_arn: str, exchange: Exchange, why: str) -> refusals.Refusal:
    """A signed request that may not be."""
    arn = _masked(arn_of(exchange), exchange.plan.scope.account)
    return refusals.denied(f"User: {principal_arn} is not authorized to perform: {ACTION} on resource: {arn}{why}")


def check_parameters(exchange: Exchange, method: MethodPlan) -> None:
    """Raises Refusal."""
    missing = []
    for wanted in method.required:
        place, _, name = wanted.partition(".")
        if not exchange.parameter(place, name):
            missing.append(name)
    if missing:
        raise refusals.missing_parameters(missing)


def check_body(exchange: Exchange, method: MethodPlan) -> None:
    """Raises Refusal. A body of a type for which there is no model is let through."""
    if not method.checks_body:
        return
    try:
        check = method.body_check(exchange.content_type, exchange.plan.models)
        found = check(exchange.request.body) if check is not None else []
    except schemas.InvalidSchema as error:
        raise refusals.misconfigured(f"The model cannot be used: {error}") from error
    if found:
        raise refusals.invalid_body(found)


def _masked(arn: str, account: str) -> str:
    """Strangers are not told whose the API is."""
    return arn.replace(account, f"********{account[-4:]}")
