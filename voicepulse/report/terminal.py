"""The findings in a terminal."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from voicepulse.report.types import Findings, NextSteps, OptionRow, QuestionFindings

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
    if findings.nothing_yet:
        console.print(Padding(Text(findings.nothing_yet), (0, 0, 1, 0)))
    for question in () if findings.nothing_yet else findings.questions:
        console.print(_question(question))
    console.print(_overall(findings))
    console.print(_next(findings.next_steps))
    if findings.alpha is not None:
        low, high = findings.alpha_interval or (None, None)
        interval = f", 95 % interval {low:.2f} to {high:.2f}" if low is not None else ""
        console.print(
            Text(f"Krippendorff's alpha {findings.alpha:.2f}{interval} ({findings.alpha_basis})", style="dim")
        )
    for note in findings.notes:
        console.print(Text(f"Note: {note}", style="dim"))


def _overall(findings: Findings) -> RenderableType:
    """What holds over the whole study: cells, groups, movement, patterns found; the report shows all of it."""
    lines = [
        f"{p.name}{' (not settled)' if p.unsettled else ''}: {p.sentence}"
        for p in findings.patterns
        if p.state == "found"
    ]
    lines += [f"{m.name}, {m.earlier} to {m.later}: {m.sentence}" for m in findings.movements]
    lines += [view.sentence for view in (findings.cells, findings.levels, findings.teams) if view and view.sentence]
    lines += [f"{s.name}{f', {s.unit}' if s.unit else ''}: {s.sentence}" for s in findings.spending]
    return Group(*(Padding(Text(line), (0, 0, 1 if n == len(lines) - 1 else 0, 0)) for n, line in enumerate(lines)))


def _next(steps: NextSteps) -> RenderableType:
    if not steps.rules and not steps.settle:
        return Group()
    drafts = [f"{draft.question}: {draft.text} {draft.note}" for draft in (*steps.settle, *steps.rules)]
    lines = [Padding(Text(draft), (0, 0, 0, 4)) for draft in drafts]
    return Group(Text("What to do next (drafts)", style="bold"), *lines, Text(""))


def _question(question: QuestionFindings) -> RenderableType:
    title = Text.assemble(
        (f"{question.name}  ", "bold"),
        (question.verdict_name, VERDICT_STYLES.get(question.verdict or "", "bold")),
        (" (not settled)" if question.verdict and question.settled is False else "", "dim"),
    )
    parts: list[RenderableType] = [title, Padding(Text(question.sentence), (0, 0, 0, 4))]
    if question.options:
        parts.append(Padding(_bars(question.options), (0, 0, 0, 4)))
    for cluster in [c for c in question.clusters if c.has_reason and c.quotes][:MOST_CLUSTERS]:
        typical = f", for instance {cluster.quotes[0].speaker}" if cluster.quotes[0].speaker else ""
        who = cluster.names[0] if len(cluster.names) == 1 else f"{cluster.count} people{typical}"
        parts.append(Padding(Text.assemble((f"{who}: ", "dim"), f"“{cluster.quotes[0].text}”"), (0, 0, 0, 4)))
    parts += [
        Padding(Text(f"“{c.one.text}” ({c.one.speaker}) against “{c.other.text}” ({c.other.speaker})"), (0, 0, 0, 4))
        for c in question.contradictions
    ]
    parts.append(Padding(Text(_how_sure(question), style="dim"), (0, 0, 1, 4)))
    return Group(*parts)


def _how_sure(question: QuestionFindings) -> str:
    told = [f"agreement {question.band}"] if question.band else []
    if question.verdict and question.stability is not None:
        told.append(f"same verdict in {question.stability:.0%} of resamples")
    if question.verdict and question.first_impression:
        told.append("a first impression")
    if question.unsure != 0:
        unsure = "some" if question.unsure is None else question.unsure
        told.append(f"{unsure} unsure reading{'s' * (question.unsure != 1)}")
    return "; ".join(told)


def _bars(options: tuple[OptionRow, ...]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(max_width=60)
    table.add_column()
    table.add_column()
    for row in options:
        names = ", ".join(person.id + ("?" if person.unsure else "") for person in row.people)
        table.add_row(
            Text(("▸ " if row.intended else "  ") + row.mark.label),
            Text("█" * round((row.share or 0) * 20), style="cyan"),
            Text(f"{'withheld' if row.count is None else row.count}  {names}"),
        )
    return table
