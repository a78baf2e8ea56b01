"""Creates the automations that look out for what may go wrong, each once; from then on they are the user's to change."""

from datetime import timedelta

from prefect.automations import Automation
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, SendNotification
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.events.schemas.deployment_triggers import DeploymentEventTrigger
from prefect.events.schemas.events import ResourceSpecification
from prefect.settings import get_current_settings
from prefect.types import SecretDict

FLOWS = ("ingest", "import", "backfill")

# A run that was silent for so many heartbeats is dead; two may be lost on the way.
SILENT_HEARTBEATS = 3
HEARTBEAT_SECONDS = (
    180  # as long as Prefect's own default, where they are switched off here and not elsewhere
)

WEBHOOK = "order-import"


def create_automations(notify_url: str | None) -> None:
    """Make those that are not there yet."""
    wanted = [
        dead_runs_automation(),
        *([bad_batches_automation(_save_webhook(notify_url))] if notify_url else []),
    ]
    with get_client(sync_client=True) as client:
        missing = [
            automation for automation in wanted if not client.read_automations_by_name(automation.name)
        ]
    for automation in missing:
        automation.create()


def dead_runs_automation() -> Automation:
    """A killed worker leaves its run Running: say that it has crashed."""
    heartbeat = get_current_settings().flows.heartbeat_frequency or HEARTBEAT_SECONDS
    return Automation(
        name="order-import: end dead runs",
        description="A run that gives no sign of life has crashed. Its batches are taken up by the next sweep.",
        trigger=EventTrigger(
            posture=Posture.Proactive,
            after={"prefect.flow-run.heartbeat"},
            # Our states have names of their own, so any state is a sign of life, the last one among them.
            expect={"prefect.flow-run.*"},
            match=ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
            match_related=ResourceSpecification(
                {"prefect.resource.role": "flow", "prefect.resource.name": list(FLOWS)}
            ),
            for_each={"prefect.resource.id"},
            threshold=1,
            within=timedelta(seconds=SILENT_HEARTBEATS * heartbeat),
        ),
        actions=[
            ChangeFlowRunState(
                name=None, state=StateType.CRASHED, message="It gave no sign of life any more.", force=False
            )
        ],
    )


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
