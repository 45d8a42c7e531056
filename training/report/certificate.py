"""The certificate in words: clause by clause what can be promised, and where it cannot, the ways out."""

from __future__ import annotations

from features.domain import Text
from features.domain.say import percent, sentence, whole
from models.cutoffs import Cutoff
from models.cutoffs.words import MEANINGS, STATES, certified_told, meaning_told, measured_told, promise_told
from models.preregistration import Preregistration
from training.pages.agreement import TONES
from training.pages.content import Fact, Section, Table, Tone
from training.report.material import Material


def certificate(material: Material) -> Section:
    """Return the section on the certificate."""
    cutoffs = material.judgement.cutoffs
    stages = (("MQL", cutoffs.mql), ("SQL", cutoffs.sql))
    facts = tuple(
        Fact(
            sentence("{stage} from {p}", "{stage} ab {p}", stage=stage, p=percent(cutoff.probability)),
            STATES[cutoff.state], certified_told(cutoff),
            TONES.get(cutoff.state, Tone.PLAIN),
        )
        for stage, cutoff in stages
    )  # fmt: skip
    return Section(
        "certificate",
        Text("The certificate", "Das Zertifikat"),
        (
            meaning_told(cutoffs, material.valid_until), *_stages(stages), *_ways_out(stages),
            *_registered(material.registered),
        ),
        facts,
        tables=tuple(_promises(stage, cutoff) for stage, cutoff in stages if cutoff.clauses),
        points=tuple(option.sentence for _, cutoff in stages for option in cutoff.options),
    )  # fmt: skip


def _registered(row: Preregistration) -> tuple[Text, ...]:
    before = sentence(
        "What was to be certified was written down before these outcomes were looked at: row {digest} of the audit "
        "log.",
        "Was zertifiziert werden sollte, stand fest, bevor diese Ergebnisse angesehen wurden: Zeile {digest} im "
        "Prüfprotokoll.",
        digest=row.digest,
    )
    if not row.earlier_agreements:
        return (before,)
    again = sentence(
        "The same outcomes were judged by other agreements before ({n}). The confidence does not cover promises that "
        "were chosen after a look at the same leads: certify on leads that came later.",
        "Dieselben Ergebnisse wurden zuvor schon nach anderen Vereinbarungen beurteilt ({n}). Die Sicherheit gilt "
        "nicht für Zusagen, die nach einem Blick auf dieselben Leads gewählt wurden: Zertifizieren Sie an Leads, die "
        "später kamen.",
        n=whole(row.earlier_agreements),
    )
    return (before, again)


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
        MEANINGS,
        (
            Text("Promise", "Zusage"),
            Text("State", "Stand"),
            Text("Measured (95 % interval)", "Gemessen (95-%-Intervall)"),
            Text("In words", "In Worten"),
        ),
        tuple(
            (promise_told(clause.name, clause.promise), STATES[clause.state], measured_told(clause), clause.sentence)
            for clause in cutoff.clauses
        ),
        wordy=True,
    )
