"""The rooms of a running service, opened in order and closed in order."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass, fields
from datetime import timedelta

from starlette.datastructures import State

from features.domain import Clock
from features.workspace import Workspace
from serving.alias_watch import AliasWatch
from serving.api.access import Access
from serving.calls.agreement_in_force import AgreementInForce, take_over
from serving.calls.breaches import tell_breaches
from serving.calls.desk import Desk
from serving.calls.duplicates import Merging
from serving.calls.inbound import InboundDesk
from serving.calls.known_words import KnownWords
from serving.calls.model_proposals import ModelProposals
from serving.calls.renewing import Renewing
from serving.calls.reports import ReportSetting
from serving.calls.rescoring import RescoringWorker
from serving.calls.reviewing import Reviewing, subjects_of
from serving.calls.rounds import Rounds
from serving.calls.scored import StoredScoring
from serving.calls.signing_in import SigningIn
from serving.calls.stage_steps import SalesWords
from serving.calls.tidying import Tidying
from serving.opened_store import open_store
from serving.scoring import ScoringService
from serving.settings import Settings
from serving.store import StoreError
from serving.store.database import store_url
from serving.store.retention import Retention
from serving.store_door import StoreDoor
from serving.webhooks.addresses import Addresses
from serving.webhooks.delivering import Deliverer
from serving.webhooks.senders import Senders
from serving.webhooks.sending import Sender


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the calls of a service work with.

    Parameters
    ----------
    scoring : ScoringService
        The engines.
    door : StoreDoor
        The store.
    desk : Desk
        Where calls wait for it.
    stored_scoring : StoredScoring
        Scores out of the store.
    merging : Merging
        Puts leads, each person once.
    known_words : KnownWords
        What people said on profiling.
    access : Access
        Tells callers apart.
    worker : RescoringWorker
        Works off the queue.
    addresses : Addresses
        Where messages may be sent.
    deliverer : Deliverer
        Sends messages.
    senders : Senders
        Tells genuine messages of CRMs from others.
    inbound : InboundDesk
        Takes them.
    agreement : AgreementInForce
        Lets what scores follow what was signed.
    rounds : Rounds
        What the service looks after by itself.
    alias_watch : AliasWatch
        Follows the registry.
    report_setting : ReportSetting
        What reports go by.
    settings : Settings
        Where things are.
    signing_in : SigningIn
        Signs people in to the console.
    begun : ExitStack
        Ends what runs, the last first.
    """

    scoring: ScoringService
    door: StoreDoor
    desk: Desk
    stored_scoring: StoredScoring
    merging: Merging
    known_words: KnownWords
    access: Access
    worker: RescoringWorker
    addresses: Addresses
    deliverer: Deliverer
    senders: Senders
    inbound: InboundDesk
    agreement: AgreementInForce
    rounds: Rounds
    alias_watch: AliasWatch
    report_setting: ReportSetting
    settings: Settings
    signing_in: SigningIn
    begun: ExitStack

    def open_to(self, state: State) -> None:
        """Let an application's calls find every room under its name."""
        for room in fields(self):
            setattr(state, room.name, getattr(self, room.name))

    def close(self) -> None:
        """Finish what has begun, the last first."""
        self.begun.close()


def open_rooms(workspace: Workspace, settings: Settings, clock: Clock) -> Rooms:
    """Open a workspace's rooms; a store that does not answer is tried again later, and scoring goes on.

    Raises
    ------
    ConfigError
        If leadscore.yaml, sla.yaml or rules.yaml is not usable.
    InputError
        If the store's address is none, or a network, or the secret of a CRM.
    """
    config = workspace.config()
    addresses = Addresses(settings.webhook_networks)
    senders = Senders(settings.inbound_secrets, settings.public_url)
    is_server = bool(settings.store_url) and store_url(settings.store_url).drivername != "sqlite"
    door = StoreDoor(lambda: open_store(workspace, config.schema, settings=settings, clock=clock))
    desk = Desk(door, settings.write_seconds, is_server=is_server)
    # Whatever keeps a later room from opening, those before it are closed.
    with ExitStack() as begun:
        begun.callback(desk.close)
        # A store that does not open stands in the log and at /readyz.
        with suppress(StoreError):
            door.store()
            # Before anything reads the file: a crash may have come between the last signature and it.
            desk.in_line(lambda tx: take_over(tx, workspace))
        scoring = ScoringService.open(workspace, clock)
        words = SalesWords(config.acceptance, config.target.outcome)
        stored_scoring = StoredScoring(scoring, words, config.profiling)
        inbound = InboundDesk(stored_scoring, config.inbound)
        worker = RescoringWorker(desk, stored_scoring, Renewing(scoring.champion))
        worker.start()
        begun.callback(worker.stop)
        deliverer = Deliverer(door.store, desk.in_line, Sender(addresses))
        deliverer.start()
        begun.callback(deliverer.stop)
        agreement = AgreementInForce(workspace, scoring)
        proposals = ModelProposals(workspace, config.schema)
        tidying = Tidying(Retention(timedelta(days=settings.scores_days), timedelta(days=settings.messages_days)))
        rounds = Rounds(
            desk.in_line,
            (
                tell_breaches,
                inbound.link_arrived,
                agreement.take_over,
                agreement.score_again,
                proposals.propose,
                Reviewing(subjects_of(workspace, config.schema, config.profiling, scoring)),
                tidying,
            ),
            desk.cleanse_again,
        )
        rounds.start()
        begun.callback(rounds.stop)
        scoring.champion.watch()
        begun.callback(scoring.champion.stop)
        alias_watch = AliasWatch(workspace, settings)
        alias_watch.start()
        begun.callback(alias_watch.stop)
        return Rooms(
            scoring, door, desk, stored_scoring, Merging(config.duplicates, config.schema),
            KnownWords(desk, config.profiling), Access(door, settings.host, settings.guesses_per_minute), worker,
            addresses, deliverer, senders, inbound, agreement, rounds, alias_watch,
            ReportSetting.of(config, stored_scoring.sla),
            settings, SigningIn(desk), begun.pop_all(),
        )  # fmt: skip
