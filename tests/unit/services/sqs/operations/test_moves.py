"""Message move tasks: what their start asks of the one writer."""

from tests.unit.services.sqs.conftest import ARN, CONTEXT


async def test_the_start_of_a_task_counts_the_backlog_once_and_not_on_the_writer(world, monkeypatch):
    await world.send(await world.queue("dead"), "a", "b")
    await world.queue(RedrivePolicy=f'{{"deadLetterTargetArn":"{ARN}:dead","maxReceiveCount":1}}')
    counts = {"read": 0, "write": 0}

    def watched(kind, ask):
        async def run(function, *args, **options):
            return await ask(lambda tx: function(Watched(tx, kind), *args, **options))

        return run

    class Watched:
        def __init__(self, tx, kind):
            self._tx, self._kind = tx, kind

        def one(self, statement, *args, **options):
            counts[self._kind] += "count(*) FROM sqs_messages" in statement
            return self._tx.one(statement, *args, **options)

        def __getattr__(self, name):
            return getattr(self._tx, name)

    for kind in counts:
        monkeypatch.setattr(world.store, kind, watched(kind, getattr(world.store, kind)))
    await world.sqs.start_message_move_task(CONTEXT, {"SourceArn": f"{ARN}:dead"})
    assert counts == {"read": 1, "write": 0}
    (task,) = (await world.sqs.list_message_move_tasks(CONTEXT, {"SourceArn": f"{ARN}:dead"}))["Results"]
    assert task["ApproximateNumberOfMessagesToMove"] == 2
