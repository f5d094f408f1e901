"""Operations that tell what policies would allow."""

from collections.abc import Sequence

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.lang.iam_policy import Kind, Match, Principal, Request, Verdict, context_of, span_of
from lambent.services.iam.engine import simulation
from lambent.services.iam.engine.simulation import EVERYTHING, Exclusion, Simulation
from lambent.services.iam.errors import InvalidInput
from lambent.services.iam.operations import shapes
from lambent.services.iam.operations.base import Base

_SOURCE_TYPES = {Kind.RESOURCE: "Resource Policy"}
_DETAIL_NAMES = {
    Kind.IDENTITY: "IAM Policy",
    Kind.BOUNDARY: "Permissions Boundary Policy",
    Kind.RESOURCE: "Resource Policy",
}


class SimulationOperations(Base):
    async def simulate_principal_policy(self, context: Context, parameters: Parameters) -> Reply:
        arn = parameters["PolicySourceArn"]
        holdings = await self.holdings.find(context.account, arn)
        caller_arn = parameters.get("CallerArn")
        caller = simulation.given_caller(caller_arn) if caller_arn else Principal.of(arn, holdings.entity_id)
        sources = simulation.remaining(holdings, [_exclusion(each) for each in parameters.get("PolicyExclusionList") or ()])
        boundary = simulation.given_boundary(parameters.get("PermissionsBoundaryPolicyInputList"))
        if boundary:
            sources = tuple(source for source in sources if source.kind is not Kind.BOUNDARY) + boundary
        simulated = Simulation(
            caller,
            (
                *sources,
                *simulation.given_policies(parameters.get("PolicyInputList")),
                *simulation.given_resource_policy(parameters.get("ResourcePolicy")),
            ),
            simulation.known_context(caller, self.clock.now(), holdings) | _given_context(parameters),
            simulation.given_owner(parameters.get("ResourceOwner"), caller),
        )
        return _results(simulated, parameters)

    async def simulate_custom_policy(self, context: Context, parameters: Parameters) -> Reply:
        if parameters.get("OrderedOrganizationPolicyInputList"):
            raise InvalidInput("Lambent does not simulate the policies of organizations.")
        if parameters.get("ResourcePolicy") and not parameters.get("CallerArn"):
            raise InvalidInput("CallerArn is required where a ResourcePolicy is given.")
        caller_arn = parameters.get("CallerArn")
        caller = simulation.given_caller(caller_arn) if caller_arn else Principal(account=context.account)
        known = simulation.known_context(caller, self.clock.now()) if caller_arn else {}
        simulated = Simulation(
            caller,
            (
                *simulation.given_policies(parameters["PolicyInputList"]),
                *simulation.given_boundary(parameters.get("PermissionsBoundaryPolicyInputList")),
                *simulation.given_resource_policy(parameters.get("ResourcePolicy")),
            ),
            known | _given_context(parameters),
            simulation.given_owner(parameters.get("ResourceOwner"), caller),
        )
        return _results(simulated, parameters)

    async def get_context_keys_for_custom_policy(self, context: Context, parameters: Parameters) -> Reply:  # noqa: ARG002
        sources = simulation.given_policies(parameters["PolicyInputList"])
        return {"ContextKeyNames": simulation.context_keys(source.policy for source in sources)}

    async def get_context_keys_for_principal_policy(self, context: Context, parameters: Parameters) -> Reply:
        holdings = await self.holdings.find(context.account, parameters["PolicySourceArn"])
        sources = (*holdings.sources, *simulation.given_policies(parameters.get("PolicyInputList")))
        return {"ContextKeyNames": simulation.context_keys(source.policy for source in sources)}


def _given_context(parameters: Parameters) -> dict[str, tuple[str, ...]]:
    entries = parameters.get("ContextEntries") or ()
    return context_of({entry.get("ContextKeyName") or "": entry.get("ContextKeyValues") or () for entry in entries})


def _exclusion(given: Parameters) -> Exclusion:
    inline = given.get("InlinePolicyIdentifier")
    return Exclusion(
        type=given.get("PolicyType") or "",
        arn=given.get("PolicyArn") or "",
        inline=(inline["AttachmentType"], inline["AttachmentName"], inline["PolicyName"]) if inline else ("", "", ""),
    )


def _results(simulated: Simulation, parameters: Parameters) -> Reply:
    """One result an action; only those on the page asked for are worked out."""
    actions = simulation.checked_actions(parameters["ActionNames"])
    resources = simulation.checked_resources(parameters.get("ResourceArns"))
    return shapes.page(
        "EvaluationResults",
        list(enumerate(actions)),
        parameters,
        key=lambda numbered: f"{numbered[0]:09}",
        tell=lambda numbered: _result(simulated, numbered[1], resources),
    )


def _result(simulated: Simulation, action: str, resources: Sequence[str]) -> Reply:
    judged = [simulated.judge(action, resource) for resource in resources]
    verdicts = [verdict for _, verdict in judged]
    missing = {key.lower(): key for verdict in verdicts for key in verdict.missing_keys}
    boundaries = [verdict.by_kind[Kind.BOUNDARY] for verdict in verdicts if Kind.BOUNDARY in verdict.by_kind]
    told: Reply = {
        "EvalActionName": action,
        "EvalResourceName": resources[0] if len(resources) == 1 else EVERYTHING,
        "EvalDecision": simulation.worst(verdict.decision for verdict in verdicts),
        "MatchedStatements": [_statement(match) for match in simulation.deciding(verdicts)],
        "MissingContextValues": list(missing.values()),
    }
    if boundaries:
        told["PermissionsBoundaryDecisionDetail"] = _by_boundary(simulation.worst(boundaries))
    if list(resources) != [EVERYTHING]:
        details = [_details(request, verdict) for request, verdict in judged]
        told["EvalDecisionDetails"] = {
            name: simulation.worst(each[name] for each in details if name in each)
            for name in _DETAIL_NAMES.values()
            if any(name in each for each in details)
        }
        told["ResourceSpecificResults"] = [_of_resource(request, verdict) for request, verdict in judged]
    return told


def _of_resource(request: Request, verdict: Verdict) -> Reply:
    told: Reply = {
        "EvalResourceName": request.resource,
        "EvalResourceDecision": verdict.decision,
        "MatchedStatements": [_statement(match) for match in verdict.matches],
        "MissingContextValues": list(verdict.missing_keys),
    }
    if Kind.BOUNDARY in verdict.by_kind:
        told["PermissionsBoundaryDecisionDetail"] = _by_boundary(verdict.by_kind[Kind.BOUNDARY])
    details = _details(request, verdict)
    return told | ({"EvalDecisionDetails": details} if details else {})


def _details(request: Request, verdict: Verdict) -> Reply:
    """What each kind of policy says; told only where the resource is another account's."""
    if not request.is_cross_account:
        return {}
    return {_DETAIL_NAMES[kind]: decision for kind, decision in verdict.by_kind.items()}


def _by_boundary(decision: str) -> Reply:
    return {"AllowedByPermissionsBoundary": decision == "allowed"}


def _statement(match: Match) -> Reply:
    start, end = span_of(match.source.policy.text, match.statement.index)
    return {
        "SourcePolicyId": match.source.id,
        "SourcePolicyType": _SOURCE_TYPES.get(match.source.kind, "IAM Policy"),
        "StartPosition": {"Line": start.line, "Column": start.column},
        "EndPosition": {"Line": end.line, "Column": end.column},
    }
