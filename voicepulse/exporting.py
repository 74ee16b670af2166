"""What an export of a wave holds: all tables with who said what, or of an anonymous study only what its report shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from voicepulse import pipeline
from voicepulse.comparison.types import ComparedWave
from voicepulse.errors import VoicePulseError
from voicepulse.instruments import Instruments
from voicepulse.progress import Progress, silent
from voicepulse.report.rows import Table
from voicepulse.report.tables import full_tables, leader_tables, study_document
from voicepulse.report.types import Findings
from voicepulse.workspace import OpenStudy


@dataclass(frozen=True, slots=True)
class Exported:
    """The tables, and the documents by name."""

    tables: Sequence[Table]
    documents: Mapping[str, object]


def exported(
    opened: OpenStudy, wave: str, instruments: Instruments, progress: Progress = silent, *, complete: bool
) -> Exported:
    """What there is of a wave, compared first where it was not; `complete` with who said what.

    Raises:
        VoicePulseError: nothing of the wave has been read, or too few for an anonymous study to show any.
    """
    compared = pipeline.compare(opened, wave, instruments, progress, everyone=complete)
    comparison, given = compared[-1].comparison, compared[-1].answers
    if not given and complete:
        raise VoicePulseError(f"No answer of the wave {wave} has been read yet.", "Read them with `voicepulse run`.")
    if not given:
        raise VoicePulseError(
            f"Too few answers of the wave {wave} have been read for an anonymous study to show any.",
            "Read more with `voicepulse run`; --researcher writes what there is, for the researcher alone.",
        )
    findings = _findings(opened, compared, instruments, complete)
    documents: dict[str, object] = {"findings": asdict(findings)}
    if not complete:
        return Exported(leader_tables(opened.study, findings), documents)
    documents["study"] = study_document(opened.study, comparison, given)
    return Exported(full_tables(opened.study, compared, findings, instruments.settings.thresholds), documents)


def _findings(opened: OpenStudy, compared: list[ComparedWave], instruments: Instruments, complete: bool) -> Findings:
    """What the waves show. Where everything is written nothing is withheld, and the study is still called what it is."""
    if not complete:
        return pipeline.findings(opened, compared, instruments)
    told = replace(opened, study=opened.study.model_copy(update={"mode": "attributed"}))
    return replace(pipeline.findings(told, compared, instruments), mode=opened.study.mode)
