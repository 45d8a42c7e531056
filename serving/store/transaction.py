"""One transaction: everything done in it is kept, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection

from features.schema import Schema
from serving.store.agreements import Agreements
from serving.store.audit import Audit
from serving.store.consents import Consents
from serving.store.erasure import Erasure
from serving.store.events import Events
from serving.store.handovers import HandOvers
from serving.store.idempotency import Idempotency
from serving.store.identities import Identities
from serving.store.inbound import Inbound
from serving.store.journeys import Journeys
from serving.store.keys import Keys
from serving.store.leads import Leads
from serving.store.leases import Leases
from serving.store.outbox import Outbox
from serving.store.outcomes import Outcomes
from serving.store.promises import Promises
from serving.store.renewals import Renewals
from serving.store.rescoring import Rescoring
from serving.store.reviews import Reviews
from serving.store.rule_versions import RuleVersions
from serving.store.saved_views import SavedViews
from serving.store.scores import Scores
from serving.store.sign_in_tries import SignInTries
from serving.store.stages import Stages
from serving.store.subscriptions import Subscriptions
from serving.store.users import Users
from serving.store.worklist import Worklist


@dataclass(frozen=True)
class Transaction:
    """The store's rooms within one transaction.

    Parameters
    ----------
    connection : Connection
        Of the database.
    schema : Schema
        What the workspace's columns mean.
    now : datetime
        The transaction's moment: all that it writes carries the same one.
    """

    connection: Connection
    schema: Schema
    now: datetime
    _afterwards: list[Callable[[], None]] = field(default_factory=list, init=False, repr=False, compare=False)

    def once_kept(self, then: Callable[[], None]) -> None:
        """Do something once the transaction is kept, and not where it is undone: what lies outside of the store."""
        self._afterwards.append(then)

    def was_kept(self) -> None:
        """Do what was to be done then; whoever ends the transaction says so."""
        for then in self._afterwards:
            then()

    @cached_property
    def leads(self) -> Leads:
        """Leads and the versions of their attributes."""
        return Leads(self.connection, self.schema, self.now)

    @cached_property
    def identities(self) -> Identities:
        """Which records are one person."""
        return Identities(self.connection, self.now)

    @cached_property
    def events(self) -> Events:
        """What leads did."""
        return Events(self.connection, self.schema, self.now)

    @cached_property
    def outcomes(self) -> Outcomes:
        """What became of leads."""
        return Outcomes(self.connection, self.schema, self.now)

    @cached_property
    def scores(self) -> Scores:
        """Scores and where leads stand."""
        return Scores(self.connection, self.now)

    @cached_property
    def stages(self) -> Stages:
        """The stages that leads went through."""
        return Stages(self.connection, self.now)

    @cached_property
    def handovers(self) -> HandOvers:
        """Leads handed over to sales."""
        return HandOvers(self.connection, self.now)

    @cached_property
    def worklist(self) -> Worklist:
        """Scored leads, page by page."""
        return Worklist(self.connection, self.schema)

    @cached_property
    def journeys(self) -> Journeys:
        """How far leads came, for reports."""
        return Journeys(self.connection)

    @cached_property
    def promises(self) -> Promises:
        """What was promised of hand-overs and what came of it, for reports."""
        return Promises(self.connection, self.now)

    @cached_property
    def rule_versions(self) -> RuleVersions:
        """What rules.yaml said, and who wrote it."""
        return RuleVersions(self.connection, self.now)

    @cached_property
    def rescoring(self) -> Rescoring:
        """Leads that are to be scored again."""
        return Rescoring(self.connection, self.now)

    @cached_property
    def renewals(self) -> Renewals:
        """How far a new model's round through all leads is."""
        return Renewals(self.connection, self.now)

    @cached_property
    def reviews(self) -> Reviews:
        """How far leads were looked through after what scores follow has changed."""
        return Reviews(self.connection, self.now)

    @cached_property
    def agreements(self) -> Agreements:
        """Versions of the agreement, proposed cutoffs and signatures."""
        return Agreements(self.connection, self.now)

    @cached_property
    def audit(self) -> Audit:
        """The sealed log of who did what."""
        return Audit(self.connection, self.now)

    @cached_property
    def keys(self) -> Keys:
        """API keys."""
        return Keys(self.connection, self.now)

    @cached_property
    def users(self) -> Users:
        """People who use the console, and their sessions."""
        return Users(self.connection, self.now)

    @cached_property
    def saved_views(self) -> SavedViews:
        """Views of the worklist that people keep."""
        return SavedViews(self.connection, self.now)

    @cached_property
    def sign_in_tries(self) -> SignInTries:
        """Tries to sign in."""
        return SignInTries(self.connection, self.now)

    @cached_property
    def idempotency(self) -> Idempotency:
        """Requests that were answered before."""
        return Idempotency(self.connection, self.now)

    @cached_property
    def subscriptions(self) -> Subscriptions:
        """Webhook endpoints."""
        return Subscriptions(self.connection, self.now)

    @cached_property
    def outbox(self) -> Outbox:
        """Messages that are to be sent."""
        return Outbox(self.connection, self.now)

    @cached_property
    def inbound(self) -> Inbound:
        """What CRMs told."""
        return Inbound(self.connection, self.now)

    @cached_property
    def leases(self) -> Leases:
        """Tasks that one process at a time does."""
        return Leases(self.connection, self.now)

    @cached_property
    def consents(self) -> Consents:
        """What people allowed and forbade."""
        return Consents(self.connection, self.now)

    @cached_property
    def erasure(self) -> Erasure:
        """Erasing and exporting a person."""
        return Erasure(self.connection, self.now)
