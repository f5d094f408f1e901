"""What a user, a group or a role holds of policies, its groups' included."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from lambent.core.arn import Arn
from lambent.lang.iam_policy import InvalidPolicy, Kind, Policy, Source, parse
from lambent.services.iam.engine import entities, policies
from lambent.services.iam.engine.entities import GROUP, ROLE, USER
from lambent.services.iam.errors import InvalidInput, MalformedPolicyDocument, NoSuchEntity
from lambent.services.iam.tables import entities as entity_rows
from lambent.services.iam.tables import policies as policy_rows
from lambent.services.iam.tables.entities import Entity
from lambent.store.database import Transaction

_KINDS = {kind.name: kind for kind in (USER, ROLE, GROUP)}


class Held(Struct, frozen=True):
    """One policy, and how it is held: an inline policy has a holder and no ARN, a managed one an ARN."""

    source: Source
    name: str
    arn: str = ""
    holder: tuple[str, str] = ("", "")  # kind and name of the entity


@dataclass(frozen=True, slots=True)
class Holdings:
    """All policies of an entity. A group's tell what its members may do."""

    arn: str
    entity_id: str
    tags: Mapping[str, str]
    identity: tuple[Held, ...]
    boundary: Held | None = None
    sources: tuple[Source, ...] = field(default=())  # all of them, ready to be evaluated

    @property
    def all(self) -> tuple[Held, ...]:
        return self.identity if self.boundary is None else (*self.identity, self.boundary)


NOTHING = Holdings("", "", {}, ())
"""What a service of AWS holds, which may do what the policies of resources let it."""


def find(tx: Transaction, account: str, arn: str) -> Holdings:
    """The holdings of the entity that ``arn`` names. Raises InvalidInput for an ARN of something else, NoSuchEntity."""
    kind, name = kind_and_name(arn)
    if kind not in _KINDS:
        raise InvalidInput(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    entity = entities.require(tx, account, _KINDS[kind], name)
    if entity.arn != arn:
        raise NoSuchEntity(f"The {kind} with name {entity.name} cannot be found.")
    return _of(tx, entity)


def of_role(tx: Transaction, account: str, name: str) -> Holdings:
    """Those of a role, by its name alone: a session's ARN does not tell the role's path. Raises NoSuchEntity."""
    return _of(tx, entities.require(tx, account, ROLE, name))


def kind_and_name(arn: str) -> tuple[str, str]:
    """Of an entity's ARN; the kind is empty for any other."""
    parsed = Arn.parse(arn)
    kind, _, path = parsed.resource.partition("/") if parsed is not None and parsed.service == "iam" else ("", "", "")
    return (kind, path.rpartition("/")[2]) if kind in _KINDS and path else ("", "")


def real_arn(tx: Transaction, account: str, arn: str) -> str:
    """The ARN with the path of the entity whose name it tells; as it is where there is none."""
    kind, name = kind_and_name(arn)
    entity = entity_rows.find(tx, account, kind, name) if kind else None
    return arn if entity is None or entity.name != name else entity.arn


def trust_policy(tx: Transaction, account: str, arn: str) -> str:
    """Of the role that an ARN names, or nothing."""
    kind, name = kind_and_name(arn)
    entity = entity_rows.find(tx, account, kind, name) if kind == "role" else None
    return entity.trust_policy if entity is not None and entity.arn == arn else ""


def managed_sources(tx: Transaction, account: str, arns: Sequence[str]) -> tuple[Source, ...]:
    """Managed policies that narrow a session. Raises NoSuchEntity for one that is gone."""
    return tuple(_managed(tx, account, arn, Kind.SESSION).source for arn in arns)


def _of(tx: Transaction, entity: Entity) -> Holdings:
    kind, account = entity.kind, entity.account
    holders = [entity, *(entity_rows.groups_of(tx, entity) if kind == "user" else ())]
    identity = tuple(held for holder in holders for held in _held_by(tx, holder))
    boundary = _managed(tx, account, entity.boundary_arn, Kind.BOUNDARY) if entity.boundary_arn else None
    sources = tuple(held.source for held in (*identity, *([boundary] if boundary else [])))
    return Holdings(entity.arn, entity.id, entity.tags, identity, boundary, sources)


def _held_by(tx: Transaction, holder: Entity) -> Iterator[Held]:
    for name, document in policy_rows.inline(tx, holder).items():
        policy_id = f"{holder.kind}_{holder.name}_{name}"
        yield Held(Source(Kind.IDENTITY, policy_id, read(document)), name, holder=(holder.kind, holder.name))
    for arn in policy_rows.attached(tx, holder):
        yield _managed(tx, holder.account, arn, Kind.IDENTITY)


def _managed(tx: Transaction, account: str, arn: str, kind: Kind) -> Held:
    policy, versions = policies.versions(tx, account, arn)
    document = next(each.document for each in versions if each.version == policy.default_version)
    return Held(Source(kind, policy.name, read(document)), policy.name, arn=arn)


def read(document: str) -> Policy:
    """Raises MalformedPolicyDocument for what was kept before documents were checked as closely as now."""
    try:
        return parse(document)
    except InvalidPolicy as error:
        raise MalformedPolicyDocument(error.reason) from error
