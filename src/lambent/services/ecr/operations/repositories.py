"""Repositories: create, describe, delete, and everything that is set of one: mutability, scanning, policies, tags."""

import base64
from collections.abc import Callable
from typing import Any

import msgspec

from lambent.core import page_tokens
from lambent.core.context import Context, Scope
from lambent.core.ports import Parameters, Reply
from lambent.services.ecr import errors
from lambent.services.ecr.engine import limits, repositories
from lambent.services.ecr.engine.identifiers import RepositoryName, parse_arn, uri_of
from lambent.services.ecr.operations import passwords
from lambent.services.ecr.operations.base import Base, date, head, page_size, start
from lambent.services.ecr.tables.repositories import Exclusion, RepositoryRow, Settings

_changed = msgspec.structs.replace


class RepositoryOperations(Base):
    """The control plane of repositories."""

    async def create_repository(self, context: Context, parameters: Parameters) -> Reply:
        settings = _mutability(Settings(tags=_tags(parameters)), parameters)
        scanning, encryption = (
            parameters.get("imageScanningConfiguration") or {},
            parameters.get("encryptionConfiguration") or {},
        )
        settings = _changed(
            settings,
            scans_on_push=bool(scanning.get("scanOnPush")),
            encryption=encryption.get("encryptionType") or settings.encryption,
            kms_key=encryption.get("kmsKey") or "",
        )
        name = await self._named(context, parameters, "CreateRepository")
        row = await self._store.write(repositories.create, name, settings, self._clock.now())
        return {"repository": self._told(row)}

    async def describe_repositories(self, context: Context, parameters: Parameters) -> Reply:
        scope = Scope(_registry(context, parameters), context.region)
        names = [RepositoryName(scope, name) for name in parameters.get("repositoryNames") or ()]
        # Of another's registry only what is named can be shared: no policy is of all that it has.
        for name in names or [RepositoryName(scope, "*")]:
            await self._check(context, name, "DescribeRepositories")
        if names:
            return {"repositories": [self._told(row) for row in await self._store.read(repositories.named, names)]}
        size, after = page_size(parameters), start(parameters, "")
        rows = await self._store.read(repositories.page, scope, after=after, count_max=size + 1)
        reply: Reply = {"repositories": [self._told(row) for row in rows[:size]]}
        if len(rows) > size:
            reply["nextToken"] = page_tokens.token_of(rows[size - 1].name.name)
        return reply

    async def delete_repository(self, context: Context, parameters: Parameters) -> Reply:
        name = await self._named(context, parameters, "DeleteRepository")
        row = await self._store.write(repositories.delete, name, is_forced=bool(parameters.get("force")))
        return {"repository": self._told(row)}

    async def get_authorization_token(self, context: Context, parameters: Parameters) -> Reply:
        expires_at = self._clock.now() + limits.TOKEN_S
        password = passwords.issue(self._sessions, context, expires_at)
        token = base64.b64encode(f"{passwords.USER}:{password}".encode()).decode()
        data = []
        for registry in parameters.get("registryIds") or (context.account,):
            uri = uri_of(RepositoryName(Scope(registry, context.region), ""), self._port).rstrip("/")
            data.append({"authorizationToken": token, "expiresAt": date(expires_at), "proxyEndpoint": f"http://{uri}"})
        return {"authorizationData": data}

    async def put_image_tag_mutability(self, context: Context, parameters: Parameters) -> Reply:
        row, _ = await self._change(
            context, parameters, "PutImageTagMutability", lambda before: _mutability(before, parameters)
        )
        told = self._told(row)
        names = ("imageTagMutability", "imageTagMutabilityExclusionFilters")
        return head(row.name) | {name: told[name] for name in names if name in told}

    async def put_image_scanning_configuration(self, context: Context, parameters: Parameters) -> Reply:
        scans = bool(parameters["imageScanningConfiguration"].get("scanOnPush"))
        row, _ = await self._change(
            context, parameters, "PutImageScanningConfiguration", lambda before: _changed(before, scans_on_push=scans)
        )
        return head(row.name) | {"imageScanningConfiguration": {"scanOnPush": scans}}

    # ---- policies ----------------------------------------------------------------------------------------------------

    async def set_repository_policy(self, context: Context, parameters: Parameters) -> Reply:
        text = repositories.checked_document(parameters["policyText"], "PolicyText")
        row, _ = await self._change(context, parameters, "SetRepositoryPolicy", lambda before: _changed(before, policy=text))
        return head(row.name) | {"policyText": text}

    async def get_repository_policy(self, context: Context, parameters: Parameters) -> Reply:
        row = await self._store.read(repositories.find, await self._named(context, parameters, "GetRepositoryPolicy"))
        if not row.settings.policy:
            raise errors.RepositoryPolicyNotFound(name=row.name.name, account=row.name.scope.account)
        return head(row.name) | {"policyText": row.settings.policy}

    async def delete_repository_policy(self, context: Context, parameters: Parameters) -> Reply:
        def without(before: Settings) -> Settings:
            if not before.policy:
                raise errors.RepositoryPolicyNotFound(name=parameters["repositoryName"], account=_registry(context, parameters))
            return _changed(before, policy="")

        row, before = await self._change(context, parameters, "DeleteRepositoryPolicy", without)
        return head(row.name) | {"policyText": before.settings.policy}

    async def put_lifecycle_policy(self, context: Context, parameters: Parameters) -> Reply:
        text = repositories.checked_document(parameters["lifecyclePolicyText"], "LifecyclePolicyText")
        row, _ = await self._change(context, parameters, "PutLifecyclePolicy", lambda before: _changed(before, lifecycle=text))
        return head(row.name) | {"lifecyclePolicyText": text}

    async def get_lifecycle_policy(self, context: Context, parameters: Parameters) -> Reply:
        row = await self._store.read(repositories.find, await self._named(context, parameters, "GetLifecyclePolicy"))
        if not row.settings.lifecycle:
            raise errors.LifecyclePolicyNotFound(name=row.name.name, account=row.name.scope.account)
        return head(row.name) | {"lifecyclePolicyText": row.settings.lifecycle}

    async def delete_lifecycle_policy(self, context: Context, parameters: Parameters) -> Reply:
        def without(before: Settings) -> Settings:
            if not before.lifecycle:
                raise errors.LifecyclePolicyNotFound(name=parameters["repositoryName"], account=_registry(context, parameters))
            return _changed(before, lifecycle="")

        row, before = await self._change(context, parameters, "DeleteLifecyclePolicy", without)
        return head(row.name) | {"lifecyclePolicyText": before.settings.lifecycle}

    # ---- tags --------------------------------------------------------------------------------------------------------

    async def tag_resource(self, context: Context, parameters: Parameters) -> Reply:
        added = _tags(parameters)
        name = _of_arn(context, parameters)
        await self._store.write(repositories.change, name, lambda before: repositories.tagged(before, added, ()))
        return {}

    async def untag_resource(self, context: Context, parameters: Parameters) -> Reply:
        removed = parameters["tagKeys"]
        name = _of_arn(context, parameters)
        await self._store.write(repositories.change, name, lambda before: repositories.tagged(before, {}, removed))
        return {}

    async def list_tags_for_resource(self, context: Context, parameters: Parameters) -> Reply:
        row = await self._store.read(repositories.find, _of_arn(context, parameters))
        return {"tags": [{"Key": key, "Value": value} for key, value in row.settings.tags.items()]}

    async def _change(
        self, context: Context, parameters: Parameters, action: str, change: Callable[[Settings], Settings]
    ) -> tuple[RepositoryRow, RepositoryRow]:
        """The repository after and before."""
        name = await self._named(context, parameters, action)
        before, after = await self._store.write(repositories.change, name, change)
        return after, before

    def _told(self, row: RepositoryRow) -> dict[str, Any]:
        settings = row.settings
        encryption = {"encryptionType": settings.encryption}
        told: dict[str, Any] = {
            "repositoryArn": row.name.arn,
            **head(row.name),
            "repositoryUri": uri_of(row.name, self._port),
            "createdAt": date(row.created_at),
            "imageTagMutability": settings.tag_mutability,
            "imageScanningConfiguration": {"scanOnPush": settings.scans_on_push},
            "encryptionConfiguration": encryption | ({"kmsKey": settings.kms_key} if settings.kms_key else {}),
        }
        if settings.exclusions:
            told["imageTagMutabilityExclusionFilters"] = [
                {"filterType": each.kind, "filter": each.filter} for each in settings.exclusions
            ]
        return told


def _registry(context: Context, parameters: Parameters) -> str:
    return str(parameters.get("registryId") or context.account)


def _mutability(before: Settings, parameters: Parameters) -> Settings:
    exclusions = tuple(
        Exclusion(each["filter"], each["filterType"]) for each in parameters.get("imageTagMutabilityExclusionFilters") or ()
    )
    mutability = parameters.get("imageTagMutability") or before.tag_mutability
    if mutability.endswith("_WITH_EXCLUSION") != bool(exclusions):
        must = "Exclusion filters are given with IMMUTABLE_WITH_EXCLUSION and MUTABLE_WITH_EXCLUSION only"
        raise errors.InvalidParameter(member="imageTagMutabilityExclusionFilters", must=must)
    return _changed(before, tag_mutability=mutability, exclusions=exclusions)


def _tags(parameters: Parameters) -> dict[str, str]:
    return {tag["Key"]: tag.get("Value") or "" for tag in parameters.get("tags") or ()}


def _of_arn(context: Context, parameters: Parameters) -> RepositoryName:
    name = parse_arn(parameters["resourceArn"])
    if name is None or name.scope != Scope(context.account, context.region):
        raise errors.InvalidParameter(member="resourceArn", must="Invalid repository ARN")
    return name
