"""Activities: create, describe, list, delete, and the long poll for their tasks."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.stepfunctions.engine import activities
from lambent.services.stepfunctions.engine.identifiers import ActivityName, checked_name
from lambent.services.stepfunctions.operations.base import (
    Base,
    activity_named,
    date,
    name_from,
    page_size,
    paged,
    scope_of,
    tags_of,
)
from lambent.services.stepfunctions.tables import activities as rows
from lambent.services.stepfunctions.tables.activities import ActivityRow, tasks_topic

POLL_S = 60.0


class ActivityOperations(Base):
    async def create_activity(self, context: Context, parameters: Parameters) -> Reply:
        activity = ActivityName(scope_of(context), checked_name(parameters["name"]))
        settings = {}
        if parameters.get("encryptionConfiguration"):
            settings["encryptionConfiguration"] = parameters["encryptionConfiguration"]
        row = await self._store.write(activities.create, activity, settings, tags_of(parameters), self._clock.now())
        return {"activityArn": activity.arn, "creationDate": date(row.created_at)}

    async def describe_activity(self, context: Context, parameters: Parameters) -> Reply:
        row = await self._store.read(activities.find, activity_named(context, parameters["activityArn"]))
        return {**_told(row), **row.settings}

    async def list_activities(self, context: Context, parameters: Parameters) -> Reply:
        size = page_size(parameters)
        found = await self._store.read(rows.after, scope_of(context), name_from(parameters), size + 1)
        shown = [_told(row) for row in found[:size]]
        return paged("activities", shown, found[size - 1].activity.name if len(found) > size else None)

    async def delete_activity(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(rows.delete, activity_named(context, parameters["activityArn"]))
        return {}

    async def get_activity_task(self, context: Context, parameters: Parameters) -> Reply:
        activity = activity_named(context, parameters["activityArn"])
        worker = parameters.get("workerName") or ""
        until = self._clock.now() + POLL_S
        with self._signals.listen(tasks_topic(activity.arn)) as listener:
            while True:
                now = self._clock.now()
                task = await self._settling.write(activities.take, self._transitions, activity, worker, now)
                if task is not None:
                    return {"taskToken": task.token, "input": task.input}
                if not await listener.wait(until, is_background=True):
                    return {}


def _told(row: ActivityRow) -> Reply:
    return {"activityArn": row.activity.arn, "name": row.activity.name, "creationDate": date(row.created_at)}
