"""Creates the automations that somebody asked for, each once; from then on they are the user's to change."""

from prefect.automations import Automation
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.orchestration import get_client
from prefect.events.actions import SendNotification
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.events.schemas.deployment_triggers import DeploymentEventTrigger
from prefect.types import SecretDict

WEBHOOK = "order-import"

# It warned of every run that ended while it looked, and wrote at each event into a store that bears few writers;
# `serve` looks for dead runs itself now.
FORMER = ("order-import: end dead runs",)


def create_automations(notify_url: str | None) -> None:
    """Make those that are not there yet, and take out what an earlier version has made and nobody asked for."""
    wanted = [bad_batches_automation(_save_webhook(notify_url))] if notify_url else []
    with get_client(sync_client=True) as client:
        for name in FORMER:
            for former in client.read_automations_by_name(name):
                client.delete_automation(former.id)
        missing = [
            automation for automation in wanted if not client.read_automations_by_name(automation.name)
        ]
    for automation in missing:
        automation.create()


def bad_batches_automation(block: CustomWebhookNotificationBlock) -> Automation:
    """Tell of every batch that was refused, or that the machine failed."""
    assert block._block_document_id  # noqa: S101, SLF001 - it was saved
    return Automation(
        name="order-import: tell of refused and failed batches",
        description="Posts to the address of ORDER_IMPORT_NOTIFY_URL.",
        trigger=EventTrigger(
            expect={"order-import.batch.refused", "order-import.batch.failed"},
            posture=Posture.Reactive,
            threshold=1,
        ),
        actions=[
            SendNotification(
                block_document_id=block._block_document_id,  # noqa: SLF001
                subject="Batch {{ event.payload.file }} of {{ event.payload.source }}: {{ event.payload.status }}",
                body="{{ event.payload.reason }}",
            )
        ],
    )


def file_arrived_trigger() -> DeploymentEventTrigger:
    """An event `order-import.file.arrived` with a path, and perhaps a source, imports that file."""
    return DeploymentEventTrigger(
        name="order-import: import a file that arrived",
        expect={"order-import.file.arrived"},
        parameters={
            "path": "{{ event.payload.path }}",
            "source": "{{ event.payload.source | default('') }}",
        },
    )


def _save_webhook(address: str) -> CustomWebhookNotificationBlock:
    """Where notifications go; the address is kept as a secret, for it often is one."""
    block = CustomWebhookNotificationBlock(
        name=WEBHOOK,
        url="{{address}}",
        json_data={"text": "{{subject}}\n{{body}}"},
        secrets=SecretDict({"address": address}),
        headers=None,
        cookies=None,
    )
    block.save(WEBHOOK, overwrite=True)
    return block
