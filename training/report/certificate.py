"""The certificate in words: clause by clause what can be promised, and where it cannot, the ways out."""

from __future__ import annotations

from datetime import timedelta

from features.domain import Text
from features.domain.say import NOTHING, day, given, number, percent, sentence, span, whole
from models.cutoffs import Clause, Cutoff, State
from training.pages.agreement import CLAUSES, STATES, TONES
from training.pages.content import Fact, Section, Table, Tone
from training.report.material import Material


def certificate(material: Material) -> Section:
    """Return the section on the certificate."""
    cutoffs = material.judgement.cutoffs
    stages = (("MQL", cutoffs.mql), ("SQL", cutoffs.sql))
    facts = tuple(
        Fact(
            sentence("{stage} from {p}", "{stage} ab {p}", stage=stage, p=percent(cutoff.probability)),
            STATES[cutoff.state], sentence("{n} promises", "{n} Zusagen", n=whole(len(cutoff.clauses))),
            TONES.get(cutoff.state, Tone.PLAIN),
        )
        for stage, cutoff in stages
    )  # fmt: skip
    return Section(
        "certificate",
        Text("The certificate", "Das Zertifikat"),
        (_meaning(material), *_stages(stages), *_ways_out(stages)),
        facts,
        tables=tuple(_promises(stage, cutoff) for stage, cutoff in stages if cutoff.clauses),
        points=tuple(option.sentence for _, cutoff in stages for option in cutoff.options),
    )


def _meaning(material: Material) -> Text:
    cutoffs, sla = material.judgement.cutoffs, material.sla
    clauses = [clause for cutoff in (cutoffs.mql, cutoffs.sql) for clause in cutoff.clauses]
    if not clauses:
        return Text(
            "sla.yaml promises nothing that could be measured, so nothing is certified.",
            "sla.yaml sagt nichts Messbares zu, daher ist nichts zertifiziert.",
        )
    certified = sum(clause.state is State.CERTIFIED for clause in clauses)
    if not certified:
        return sentence(
            "None of the {n} promises in sla.yaml is certified: treat the cutoffs as a proposal, not as a promise.",
            "Keine der {n} Zusagen in sla.yaml ist zertifiziert: Behandeln Sie die Schwellen als Vorschlag, nicht als "
            "Zusage.",
            n=whole(len(clauses)),
        )  # fmt: skip
    once, out_of = _odds(cutoffs.confidence)
    return sentence(
        "Certified: {k} of {n} promises. In {once} of {out_of} such calibrations all that is certified is true. It "
        "holds until {day}, is measured on {leads} leads, and would be cancelled automatically if the weekly results "
        "turned. It says nothing of a single lead.",
        "Zertifiziert: {k} von {n} Zusagen. In {once} von {out_of} solchen Kalibrierungen trifft alles Zertifizierte "
        "zu. Das Zertifikat gilt bis {day}, beruht auf {leads} Leads und würde automatisch aufgehoben, wenn die "
        "wöchentlichen Ergebnisse kippen. Über einen einzelnen Lead sagt es nichts.",
        k=whole(certified), n=whole(len(clauses)), once=once, out_of=out_of,
        day=day(material.card.trained_at + timedelta(days=sla.certificate_days)), leads=whole(cutoffs.leads),
    )  # fmt: skip


def _odds(confidence: float) -> tuple[Text, Text]:
    """Return a confidence as so many out of so many, e.g. 19 of 20."""
    for out_of in (10, 20, 50, 100, 200, 1000):
        if abs(out_of * confidence - round(out_of * confidence)) < 1e-9:
            return whole(round(out_of * confidence)), whole(out_of)
    return number(100 * confidence, 1), whole(100)


def _stages(stages: tuple[tuple[str, Cutoff], ...]) -> tuple[Text, ...]:
    told = []
    for stage, cutoff in stages:
        parts = [cutoff.sentence, *([] if cutoff.outlook is None else [cutoff.outlook])]
        told.append(
            Text(f"{stage}: {' '.join(part.en for part in parts)}", f"{stage}: {' '.join(part.de for part in parts)}")
        )
    return tuple(told)


def _ways_out(stages: tuple[tuple[str, Cutoff], ...]) -> tuple[Text, ...]:
    if not any(cutoff.options for _, cutoff in stages):
        return ()
    return (
        Text(
            "Ways out, the least important promise first, are listed at the end of this section.",
            "Auswege, die am wenigsten wichtige Zusage zuerst, stehen am Ende dieses Abschnitts.",
        ),
    )


def _promises(stage: str, cutoff: Cutoff) -> Table:
    return Table(
        sentence("Promises for {stage}s", "Zusagen für {stage}s", stage=stage),
        Text(
            "Certified: shown by the data. Provisional: not shown yet, and not excluded. Cannot be kept: excluded by "
            "the data. Not measured: the history does not tell.",
            "Zertifiziert: durch die Daten belegt. Vorläufig: noch nicht belegt, aber auch nicht ausgeschlossen. Nicht "
            "einzuhalten: durch die Daten ausgeschlossen. Nicht gemessen: Die Historie sagt dazu nichts.",
        ),
        (
            Text("Promise", "Zusage"),
            Text("State", "Stand"),
            Text("Measured (95 % interval)", "Gemessen (95-%-Intervall)"),
            Text("In words", "In Worten"),
        ),
        tuple(
            (_promise(clause), STATES[clause.state], _measured(clause), clause.sentence) for clause in cutoff.clauses
        ),
        wordy=True,
    )


def _promise(clause: Clause) -> Text:
    name = CLAUSES.get(clause.name, Text.same(clause.name))
    if isinstance(clause.promise, str):
        promise = _span(clause.promise)
    else:
        promise = given(clause.promise) if clause.promise < 1 else whole(clause.promise)
    return sentence("{name} {promise}", "{name} {promise}", name=name, promise=promise)


def _span(written: str) -> Text:
    """Return a time span as sla.yaml writes it, in both languages."""
    amount, *business, unit = written.split()
    german = {"hour": "Stunden", "day": "Tagen"}.get(unit.removesuffix("s"), unit)
    if amount == "1":
        german = {"hour": "Stunde", "day": "Tag"}.get(unit, unit)
    work = {"Stunden": "Arbeitsstunden", "Stunde": "Arbeitsstunde", "Tagen": "Arbeitstagen", "Tag": "Arbeitstag"}
    return Text(written, f"{amount.replace('.', ',')} {work.get(german, german) if business else german}")


def _measured(clause: Clause) -> Text:
    if clause.estimate is None or clause.interval is None:
        return NOTHING
    return sentence(
        "{value} ({span}), {k} of {n}", "{value} ({span}), {k} von {n}",
        value=percent(clause.estimate), span=span(*clause.interval), k=whole(clause.k), n=whole(clause.n),
    )  # fmt: skip
