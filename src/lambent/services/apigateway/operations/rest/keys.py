"""API keys, usage plans, and how much of them was used."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import keys, parts, quotas
from lambent.services.apigateway.operations.rest.base import Base, by, operations_of, paged, scope_of, told
from lambent.services.apigateway.tables.rest.documents import Document


class KeyOperations(Base):
    """Who may call how often."""

    async def create_api_key(self, context: Context, parameters: Parameters) -> Reply:
        return told(await self._store.write(keys.create_key, scope_of(context), parameters, self._clock.now()))

    async def import_api_keys(self, context: Context, parameters: Parameters) -> Reply:
        if (parameters.get("format") or "").lower() != "csv":
            raise errors.BadRequest(reason="Invalid format specified. Valid options are csv")
        text = (parameters.get("body") or b"").decode("utf-8", "replace")
        is_strict = bool(parameters.get("failOnWarnings"))
        found, warnings = await self._store.write(
            keys.import_keys, scope_of(context), text, self._clock.now(), fails_on_warnings=is_strict
        )
        return {"ids": found, "warnings": warnings}

    async def get_api_key(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._store.read(parts.find, scope_of(context), parts.KEY, "", parameters["apiKey"])
        return told(_key(found, with_value=bool(parameters.get("includeValue"))))

    async def get_api_keys(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._store.read(parts.of_owner, scope_of(context), parts.KEY, "")
        name, customer = parameters.get("nameQuery") or "", parameters.get("customerId")
        wanted = [
            _key(key, with_value=bool(parameters.get("includeValues")))
            for key in found
            if key.get("name", "").startswith(name) and customer in (None, "", key.get("customerId"))
        ]
        return {**paged(parameters, wanted, by("id")), "warnings": []}

    async def update_api_key(self, context: Context, parameters: Parameters) -> Reply:
        changed = await self._store.write(
            keys.change_key, scope_of(context), parameters["apiKey"], operations_of(parameters), self._clock.now()
        )
        return told(_key(changed, with_value=False))

    async def delete_api_key(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(keys.delete_key, scope_of(context), parameters["apiKey"])
        return {}

    # ---- usage plans ----

    async def create_usage_plan(self, context: Context, parameters: Parameters) -> Reply:
        return await self._store.write(keys.create_plan, scope_of(context), parameters)

    async def get_usage_plan(self, context: Context, parameters: Parameters) -> Reply:
        return await self._store.read(parts.find, scope_of(context), parts.PLAN, "", parameters["usagePlanId"])

    async def get_usage_plans(self, context: Context, parameters: Parameters) -> Reply:
        scope, key_id = scope_of(context), parameters.get("keyId")
        if key_id:
            found = await self._store.read(keys.plans_of_key, scope, key_id)
        else:
            found = await self._store.read(parts.of_owner, scope, parts.PLAN, "")
        return paged(parameters, found, by("id"))

    async def update_usage_plan(self, context: Context, parameters: Parameters) -> Reply:
        scope, plan_id = scope_of(context), parameters["usagePlanId"]
        return await self._store.write(keys.change_plan, scope, plan_id, operations_of(parameters))

    async def delete_usage_plan(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(keys.delete_plan, scope_of(context), parameters["usagePlanId"])
        return {}

    async def create_usage_plan_key(self, context: Context, parameters: Parameters) -> Reply:
        scope, plan_id = scope_of(context), parameters["usagePlanId"]
        return await self._store.write(keys.add_to_plan, scope, plan_id, parameters["keyId"], parameters["keyType"])

    async def get_usage_plan_key(self, context: Context, parameters: Parameters) -> Reply:
        scope, plan_id = scope_of(context), parameters["usagePlanId"]
        return await self._store.read(keys.key_of_plan, scope, plan_id, parameters["keyId"])

    async def get_usage_plan_keys(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._store.read(keys.keys_of_plan, scope_of(context), parameters["usagePlanId"])
        name = parameters.get("nameQuery") or ""
        return paged(parameters, [key for key in found if key.get("name", "").startswith(name)], by("id"))

    async def delete_usage_plan_key(self, context: Context, parameters: Parameters) -> Reply:
        scope, plan_id = scope_of(context), parameters["usagePlanId"]
        await self._store.write(keys.remove_from_plan, scope, plan_id, parameters["keyId"])
        return {}

    async def get_usage(self, context: Context, parameters: Parameters) -> Reply:
        first, last, key_id = parameters["startDate"], parameters["endDate"], parameters.get("keyId") or ""
        items = await self._store.read(
            quotas.report, scope_of(context), parameters["usagePlanId"], key_id=key_id, first_day=first, last_day=last
        )
        return {"usagePlanId": parameters["usagePlanId"], "startDate": first, "endDate": last, "items": items}

    async def update_usage(self, context: Context, parameters: Parameters) -> Reply:
        scope, plan_id, key_id = scope_of(context), parameters["usagePlanId"], parameters["keyId"]
        now = self._clock.now()
        await self._store.write(quotas.extend, scope, plan_id, key_id, operations_of(parameters), now)
        today = quotas.day_of(now)
        items = await self._store.read(quotas.report, scope, plan_id, key_id=key_id, first_day=today, last_day=today)
        return {"usagePlanId": plan_id, "startDate": today, "endDate": today, "items": items}


def _key(key: Document, *, with_value: bool) -> Document:
    """A key's value is told only where it is asked for."""
    return key if with_value else {name: value for name, value in key.items() if name != "value"}
