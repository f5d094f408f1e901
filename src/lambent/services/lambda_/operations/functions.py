"""Functions: create, get, list, update, delete."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from lambent.core.context import Context, Scope
from lambent.core.ports import Parameters, Reply
from lambent.core.source_folders import FolderRefused
from lambent.environments.managed_layers import managed_layer
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import checks, functions, layers, settings
from lambent.services.lambda_.engine.event_sources import mappings
from lambent.services.lambda_.engine.functions import Found, Written
from lambent.services.lambda_.engine.identifiers import FunctionName, parse_function, parse_layer_version
from lambent.services.lambda_.engine.images import Image
from lambent.services.lambda_.engine.settings import Code, Layer, Settings
from lambent.services.lambda_.engine.source_folders import folder_named
from lambent.services.lambda_.operations import pages, replies
from lambent.services.lambda_.operations.base import Base

NOT_YET = ("CapacityProviderConfig", "TenancyConfig", "CodeSigningConfigArn", "RuntimeConfig")
"""What Lambent cannot do yet, and refuses instead of passing over."""


class Source(Struct, frozen=True):
    """What a function is made of. ``code`` is the zip, the image's manifest, or a note that names the folder."""

    code: Code
    image: Image | None = None
    folder: str = ""


class FunctionOperations(Base):
    """Operations on whole functions."""

    async def create_function(self, context: Context, parameters: Parameters) -> Reply:
        function = parse_function(parameters["FunctionName"], None, self._scope(context))
        if function.scope.account != context.account:
            raise errors.AccessDenied(principal=context.principal_arn, action="lambda:CreateFunction", arn=function.arn)
        function = replace(function, qualifier=None)
        _refuse_not_yet(parameters)
        async with self._archives.keeping():
            source = await self._fetched(context, function.name, parameters)
            attached = await self._attached(context, function.scope, parameters) or ()
            wanted = settings.created(function.name, parameters, source.code, attached, source.image, source.folder)
            await self._check_dead_letter_target(context, function, wanted)
            written = await self._store.write(
                functions.create,
                function,
                wanted,
                tags=parameters.get("Tags") or {},
                is_published=bool(parameters.get("Publish")),
                now=self._clock.now(),
            )
        return replies.created(written.published or written.latest)

    async def _fetched(self, context: Context, name: str, parameters: Parameters) -> Source:
        """What a new function is made of: a zip, a folder, or an image."""
        if parameters.get("PackageType") != "Image":
            return await self._zip_or_folder(context, parameters["Code"], operation="CreateFunction")
        checks.check_package_type(parameters, is_image=True)
        uri = parameters["Code"].get("ImageUri")
        if not uri:
            raise errors.InvalidParameterValue(reason="Please provide a source for function code.")
        architecture = (parameters.get("Architectures") or ["x86_64"])[0]
        return Source(*await self._images.fetch(context, name, uri, architecture))

    async def _zip_or_folder(self, context: Context, source: Mapping[str, Any], *, operation: str) -> Source:
        folder = folder_named(source)
        if not folder:
            return Source(await self._archives.fetch(context, source, operation=operation))
        try:
            await asyncio.to_thread(self._source_folders.checked, Path(folder))
        except FolderRefused as refused:
            raise errors.InvalidParameterValue(reason=str(refused)) from refused
        return Source(await self._archives.take_note(folder), folder=folder)

    async def get_function(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named(context, parameters, "GetFunction")
        found = await self._store.read(functions.find, function)
        return self._told(context, function, found)

    async def get_function_configuration(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named(context, parameters, "GetFunctionConfiguration")
        found = await self._store.read(functions.find, function)
        return replies.configuration(found.version, qualifier=function.qualifier)

    async def list_functions(self, context: Context, parameters: Parameters) -> Reply:
        size = pages.count_max(parameters)
        scope = self._scope(context)
        if parameters.get("FunctionVersion") == "ALL":
            first: list[Any] = ["", 0]
            name, version = pages.start(parameters, first)
            key = (str(name), int(version))
            rows = await self._store.read(functions.list_all, scope, start=key, count_max=size + 1)
            page, following = pages.split(rows, size)
            told = [replies.configuration(row, qualifier=row.label, has_status=False) for row in page]
            next_key: Any = [following.name, following.version] if following else None
        else:
            start = pages.start(parameters, "")
            rows = await self._store.read(functions.list_latest, scope, start=start, count_max=size + 1)
            page, following = pages.split(rows, size)
            told = [replies.configuration(row, qualifier=None, has_status=False) for row in page]
            next_key = following.name if following else None
        return {"Functions": told, "NextMarker": pages.marker(next_key) if next_key else None}

    async def update_function_code(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named_unqualified(context, parameters, "UpdateFunctionCode")
        architectures = tuple(parameters.get("Architectures") or ())
        async with self._archives.keeping():
            before = await self._store.read(functions.latest_of, function)
            is_image = before.settings.image is not None
            checks.check_code_source(parameters, is_image=is_image)
            if is_image:
                architecture = (architectures or before.settings.architectures)[0]
                source = Source(*await self._images.fetch(context, function.name, parameters["ImageUri"], architecture))
            else:
                source = await self._zip_or_folder(context, parameters, operation="UpdateFunctionCode")

            def change(before: Settings) -> Settings:
                after = replace(before, code=source.code, image=source.image, folder=source.folder)
                after = replace(after, architectures=architectures or before.architectures)
                return settings.changed(after, {}, None)

            return await self._update(function, change, parameters)

    async def update_function_configuration(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named_unqualified(context, parameters, "UpdateFunctionConfiguration")
        _refuse_not_yet(parameters)
        await self._check_followed(context, function, parameters.get("Timeout"))
        async with self._archives.keeping():
            attached = await self._attached(context, function.scope, parameters)
            if parameters.get("DeadLetterConfig") is not None or parameters.get("Role") is not None:
                before = await self._store.read(functions.latest_of, function)
                await self._check_dead_letter_target(context, function, settings.changed(before.settings, parameters, None))

            def change(before: Settings) -> Settings:
                return settings.changed(before, parameters, attached)

            return await self._update(function, change, parameters)

    async def delete_function(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named(context, parameters, "DeleteFunction")
        gone = await self._store.write(functions.delete, function)
        await self._retire(gone)
        return {"StatusCode": 204}

    async def _update(self, function: FunctionName, change: Callable[[Settings], Settings], parameters: Parameters) -> Reply:
        written: Written = await self._store.write(
            functions.update,
            function,
            change,
            revision_id=parameters.get("RevisionId"),
            is_published=bool(parameters.get("Publish")),
            is_dry_run=bool(parameters.get("DryRun")),
            now=self._clock.now(),
        )
        if written.replaced is not None:
            await self._retire([written.replaced])
        if parameters.get("DryRun"):
            self._archives.wake()  # a dry run has taken in code that nothing needs
        if written.published is not None:
            return replies.configuration(written.published, qualifier=written.published.label)
        return replies.configuration(written.latest, qualifier=None)

    async def _check_followed(self, context: Context, function: FunctionName, timeout_s: int | None) -> None:
        """A function may not take longer than the queues that it follows hide their messages."""
        if timeout_s is not None:
            rows = await self._store.read(mappings.of_latest, function)
            await self._queue_access.check_timeout(context, rows, timeout_s)

    async def _check_dead_letter_target(self, context: Context, function: FunctionName, wanted: Settings) -> None:
        if wanted.dead_letter_arn:
            arn, role_arn = wanted.dead_letter_arn, wanted.role_arn
            await self._deliveries.check_dead_letter_target(context, function, arn, role_arn=role_arn)

    async def _attached(self, context: Context, scope: Scope, parameters: Parameters) -> tuple[Layer, ...] | None:
        """The layers that the request names, or None where it says nothing of layers. To be called while ``keeping``."""
        arns = parameters.get("Layers")
        if arns is None:
            return None
        provided: dict[str, Code] = {}
        for arn in arns:
            name = parse_layer_version(arn)
            managed = managed_layer(name.layer.scope.account, name.layer.name) if name is not None else None
            if managed is not None:
                provided[arn] = await self._archives.take(managed.content)
        return await self._store.read(layers.attach, scope, arns, context, self._clock.now(), provided)

    def _told(self, context: Context, function: FunctionName, found: Found) -> Reply:
        code, image, folder = found.version.settings.code, found.version.settings.image, found.version.settings.folder
        if image is not None:
            where = {"RepositoryType": "ECR", "ImageUri": image.uri, "ResolvedImageUri": image.resolved_uri}
        elif folder:
            where = {"RepositoryType": "S3", "Location": Path(folder).as_uri()}
        else:
            where = {"RepositoryType": "S3", "Location": self._archives.location(context, code)}
        reply: Reply = {
            "Configuration": replies.configuration(found.version, qualifier=function.qualifier),
            "Code": where,
        }
        if found.function.tags:
            reply["Tags"] = dict(found.function.tags)
        if found.function.reserved_concurrency is not None:
            reply["Concurrency"] = {"ReservedConcurrentExecutions": found.function.reserved_concurrency}
        return reply


def _refuse_not_yet(parameters: Mapping[str, Any]) -> None:
    for name in NOT_YET:
        if parameters.get(name):
            raise errors.InvalidParameterValue(reason=f"{name} is not supported yet.")
