"""The fallback's rules: read in words, changed through forms, tried out on leads before they are saved, and undone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from http import HTTPStatus
from urllib.parse import quote

from starlette.responses import Response

from features.catalog.event_wording import KindInWords
from features.domain import InputError, LeadscoreError, Text, say
from features.schema import Schema
from features.vocabulary.email_domains import NAMES
from features.vocabulary.job_titles import FUNCTIONS, SENIORITY
from models.rules.editing import RuleChange
from models.rules.facts import Fact, fact_columns, known_answers
from models.rules.in_words import conditions_in_words
from models.rules.rule import PointGroup, Rule
from serving.api.operations import READERS
from serving.calls.rules import Preview, RuleBook, model_weights, preview, read_book, restore_rules, revise_rules
from serving.calls.rules.weights import LOOKED_AT, Weight
from serving.console.paths import LEAD_PREFIX
from serving.console.rule_form import RuleForm
from serving.console.rule_mistakes import Mistake, mistake_of
from serving.console.visit import Visit
from serving.console.words import rules as words
from serving.errors import Problem, RefusedError
from serving.store import Transaction
from serving.store.keys import Role
from serving.store.rule_versions import RuleVersion

PATH = "/rules"
EDITORS = frozenset({Role.MARKETING, Role.ADMIN})
"""Who may change the rules."""

_HISTORY = 20


@dataclass(frozen=True, slots=True)
class Row:
    """A rule in words.

    Parameters
    ----------
    name : Text
        What its reason says; without such a sentence, its name in the file.
    when : tuple of Text
        Its conditions; all must hold.
    weight : Weight or None
        What the model gives instead, where that was asked for and can be told.
    edit : str
        Address of its form.
    """

    rule: Rule
    name: Text
    when: tuple[Text, ...]
    weight: Weight | None
    group: Text
    edit: str


@dataclass(frozen=True, slots=True)
class Version:
    """A line of the history: what was done to what, and whether it is what the file says now."""

    kept: RuleVersion
    subject: Text
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class RulesPage:
    """What stands on the page of all rules."""

    book: RuleBook
    rows: tuple[Row, ...]
    limits: tuple[Text, ...]
    versions: tuple[Version, ...]
    may_edit: bool
    is_model_serving: bool
    compares: bool
    looked_at: int = LOOKED_AT

    @property
    def has_weights(self) -> bool:
        """Whether the model's weight of any rule is known."""
        return any(row.weight is not None for row in self.rows)

    @property
    def is_changed_by_hand(self) -> bool:
        """Whether the file says something else than the newest version that was kept."""
        return bool(self.versions) and self.versions[0].kept.sha256 != self.book.sha256


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that a rule may be about."""

    value: str
    name: Text


@dataclass(frozen=True, slots=True)
class EditPage:
    """What stands on the page of one rule.

    Parameters
    ----------
    form : RuleForm
        As filled in.
    is_new : bool
        Whether the file has the rule not yet.
    when : tuple of Text
        Conditions that the form cannot hold, in words; empty where it can.
    seen : str
        SHA-256 of the rules that the form was made for.
    known : tuple of Text
        Which answers there are to questions about job titles and e-mail addresses.
    removes : bool
        Whether the rule is to be removed.
    tried : Preview or None
        What the change would do; None before it was tried out.
    mistake : Mistake or None
        Why it cannot be saved.
    """

    form: RuleForm
    is_new: bool
    when: tuple[Text, ...]
    seen: str
    attributes: tuple[Choice, ...]
    events: tuple[Choice, ...]
    groups: tuple[Choice, ...]
    known: tuple[Text, ...]
    is_model_serving: bool
    removes: bool = False
    tried: Preview | None = None
    mistake: Mistake | None = None
    shows_leads: bool = False

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """The form's fields by name."""
        return tuple((one.name, getattr(self.form, one.name)) for one in fields(self.form))

    def address(self, lead_id: str) -> str:
        """Return the address of a lead's page."""
        return LEAD_PREFIX + quote(lead_id, safe="")


async def show(visit: Visit) -> Response:
    """Show all rules."""
    book = _book(visit)
    compares = "compare" in visit.request.query_params

    def read(tx: Transaction) -> tuple[Mapping[str, Weight], list[RuleVersion]]:
        return model_weights(tx, book) if compares else {}, tx.rule_versions.history(_HISTORY)

    weights, kept = await visit.read(read)
    rows = tuple(
        Row(
            rule, _name(rule), conditions_in_words(rule, book.schema, book.spelled), weights.get(rule.rule_id),
            _group_name(book.rule_set.group_of[rule.rule_id]), f"{PATH}/edit?rule={quote(rule.rule_id, safe='')}",
        )
        for rule in book.rule_set.rules
    )  # fmt: skip
    is_model_serving = visit.scoring.scoring.champion.loaded is not None
    versions = tuple(_version(one, is_newest=place == 0, book=book) for place, one in enumerate(kept))
    limits = tuple(limit for group in book.rule_set.groups for limit in _limits(group))
    context = RulesPage(book, rows, limits, versions, visit.may(EDITORS), is_model_serving, compares)
    return visit.page("rules.html", context, words)


async def edit(visit: Visit) -> Response:
    """Show the form of a rule, or an empty one for a new rule."""
    book = _book(visit)
    rule_id = visit.request.query_params.get("rule")
    if rule_id is None:
        return _form(visit, book, RuleForm())
    entry = book.entries.get(rule_id)
    if entry is None:
        raise RefusedError(Problem("not-found", "There is no such rule."))
    return _form(visit, book, RuleForm.of(rule_id, entry, visit.language))


async def try_out(visit: Visit) -> Response:
    """Show what a change would do to the leads, without keeping anything."""
    book, form, removes = _book(visit), RuleForm.sent(visit.sent), visit.sent("do") == "remove"
    agreement = visit.scoring.scoring.agreement
    try:
        after = book.after(_change(visit, book, form, removes=removes), book.rule_set.version + 1)
    except LeadscoreError as error:
        return _form(visit, book, form, error=error)
    tried = await visit.read(lambda tx: preview(tx, agreement, book, after))
    return _form(visit, book, form, tried=tried, removes=removes)


async def save(visit: Visit) -> Response:
    """Keep a change."""
    book, form, removes = _book(visit), RuleForm.sent(visit.sent), visit.sent("do") == "remove"
    workspace, seen, by = visit.scoring.scoring.workspace, visit.sent("seen"), visit.visitor.name
    try:
        change = _change(visit, book, form, removes=removes)
        await visit.change(lambda tx: revise_rules(tx, workspace, book.schema, change, seen=seen, by=by))
    except LeadscoreError as error:
        return _form(visit, _book(visit), form, error=error)
    return visit.done(PATH, "removed" if removes else "saved")


async def restore(visit: Visit) -> Response:
    """Put an earlier version in force again."""
    book, workspace, by = _book(visit), visit.scoring.scoring.workspace, visit.visitor.name
    number, seen = visit.sent("number"), visit.sent("seen")
    if not number.isascii() or not number.isdecimal() or len(number) > len(str(2**31)):
        raise RefusedError(Problem("invalid-request", "No version of the rules was named."))
    await visit.change(lambda tx: restore_rules(tx, workspace, book.schema, int(number), seen=seen, by=by))
    return visit.done(PATH, "restored")


def _book(visit: Visit) -> RuleBook:
    return read_book(visit.scoring.scoring.workspace, visit.scoring.scoring.schema)


def _change(visit: Visit, book: RuleBook, form: RuleForm, *, removes: bool) -> RuleChange:
    if removes:
        return RuleChange(form.rule_id, None)
    change = form.change(book.entries.get(form.rule_id), visit.language)
    if not form.rule_id and change.rule_id in book.entries:
        raise InputError(
            Text(f"There is a rule {change.rule_id!r} already.", f"Eine Regel {change.rule_id!r} gibt es schon."),
            Text("a rule that says something new.", "eine Regel, die etwas Neues sagt."),
            Text("Change its sentence.", "Ändern Sie ihren Satz."),
        )
    return change


def _form(
    visit: Visit,
    book: RuleBook,
    form: RuleForm,
    *,
    tried: Preview | None = None,
    error: LeadscoreError | None = None,
    removes: bool = False,
) -> Response:
    rule = next((one for one in book.rule_set.rules if one.rule_id == form.rule_id), None)
    known = RuleForm() if rule is None else RuleForm.of(rule.rule_id, book.entries[rule.rule_id], visit.language)
    is_fixed = rule is not None and not known.about
    context = EditPage(
        form=form,
        is_new=rule is None,
        when=conditions_in_words(rule, book.schema, book.spelled) if rule is not None and is_fixed else (),
        seen=book.sha256,
        attributes=_attributes(book.schema),
        events=tuple(Choice(f"event:{kind}", KindInWords(kind).label) for kind in book.schema.engagement_kinds),
        groups=tuple(Choice(group.name, _group_name(group)) for group in book.rule_set.groups),
        known=tuple(_known_answers(book.schema)),
        is_model_serving=visit.scoring.scoring.champion.loaded is not None,
        removes=removes,
        tried=tried,
        mistake=None if error is None else mistake_of(error),
        shows_leads=visit.may(READERS),
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error is not None else HTTPStatus.OK
    title = words.NEW_TITLE if rule is None else words.EDIT_TITLE
    return visit.page("rule.html", context, words, title=title, status=status)


def _name(rule: Rule) -> Text:
    return rule.text or Text.same(rule.rule_id)


def _group_name(group: PointGroup) -> Text:
    return words.GROUPS.get(group.name, group.text)


def _limits(group: PointGroup) -> Iterator[Text]:
    for limit, told in ((group.cap, words.AT_MOST), (group.floor, words.AT_LEAST)):
        if limit is not None:
            yield say.sentence(told.en, told.de, group=_group_name(group), points=say.short(limit))


def _version(kept: RuleVersion, *, is_newest: bool, book: RuleBook) -> Version:
    subject = str(kept.change.get("rule", kept.change.get("version", "")))
    names = {rule.rule_id: _name(rule) for rule in book.rule_set.rules} if "rule" in kept.change else {}
    return Version(kept, names.get(subject, Text.same(subject)), is_newest and kept.sha256 == book.sha256)


def _known_answers(schema: Schema) -> Iterator[Text]:
    levels = {str(number): text for number, text in enumerate(SENIORITY, start=1)}
    kinds = {name: NAMES[name] for name in sorted(known_answers(Fact.EMAIL_KIND))}
    told = {
        Fact.SENIORITY: (words.LEVELS, levels), Fact.FUNCTION: (words.FUNCTIONS, FUNCTIONS),
        Fact.EMAIL_KIND: (words.KINDS_OF_ADDRESS, kinds),
    }  # fmt: skip
    for fact in fact_columns(schema):
        sentence, answers = told[fact]
        english = ", ".join(f"{name} ({text.en})" for name, text in answers.items())
        german = ", ".join(f"{name} ({text.de})" for name, text in answers.items())
        yield say.sentence(sentence.en, sentence.de, all=Text(english, german))


def _attributes(schema: Schema) -> tuple[Choice, ...]:
    facts = tuple(Choice(f"fact:{fact.value}", words.FACTS[fact.value]) for fact in fact_columns(schema))
    return (*(Choice(f"attribute:{one.name}", one.called) for one in schema.used_columns), *facts)
