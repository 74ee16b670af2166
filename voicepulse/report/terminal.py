"""The findings in a terminal."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from voicepulse.report.types import Findings, OptionRow, QuestionFindings

VERDICT_STYLES = {"aligned": "bold green", "hidden": "bold magenta", "open": "bold red", "unresolved": "bold yellow"}
MOST_CLUSTERS = 4


def print_findings(console: Console, findings: Findings) -> None:
    """Print the verdicts and what they rest on. What people said is printed as it is: it is never markup."""
    console.print(
        Panel(
            Group(Text(findings.strategy, style="italic"), Text(findings.headline, style="bold")),
            title=Text(f"{findings.title} · {findings.wave}"),
        )
    )
    for question in findings.questions:
        console.print(_question(question))
    if findings.alpha is not None:
        console.print(Text(f"Krippendorff's alpha {findings.alpha:.2f} ({findings.alpha_basis})", style="dim"))
    for note in findings.notes:
        console.print(Text(f"Note: {note}", style="dim"))


def _question(question: QuestionFindings) -> RenderableType:
    title = Text.assemble(
        (f"{question.id}  ", "bold"),
        (question.verdict_name, VERDICT_STYLES.get(question.verdict or "", "bold")),
        (" (not settled)" if question.verdict and not question.settled else "", "dim"),
    )
    parts: list[RenderableType] = [title, Padding(Text(question.sentence), (0, 0, 0, 4))]
    if question.options:
        parts.append(Padding(_bars(question.options), (0, 0, 0, 4)))
    for cluster in [c for c in question.clusters if c.has_reason and c.quotes][:MOST_CLUSTERS]:
        who = ", ".join(cluster.names) or f"{cluster.count} people"
        parts.append(Padding(Text.assemble((f"{who}: ", "dim"), f"“{cluster.quotes[0].text}”"), (0, 0, 0, 4)))
    if question.verdict and question.stability is not None:
        impression = "; a first impression" if question.first_impression else ""
        unsure = f"; {question.unsure} unsure reading{'s' * (question.unsure > 1)}" if question.unsure else ""
        parts.append(
            Padding(
                Text(
                    f"agreement {question.band}; same verdict in {question.stability:.0%} of resamples{impression}{unsure}",
                    style="dim",
                ),
                (0, 0, 1, 4),
            )
        )
    return Group(*parts)


def _bars(options: tuple[OptionRow, ...]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(max_width=60)
    table.add_column()
    table.add_column()
    for row in options:
        names = ", ".join(person.id + ("?" if person.unsure else "") for person in row.people)
        table.add_row(
            Text(("▸ " if row.intended else "  ") + row.label),
            Text("█" * round(row.share * 20), style="cyan"),
            Text(f"{row.count}  {names}"),
        )
    return table
