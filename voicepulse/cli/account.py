"""`voicepulse account`: who may log in as a researcher or a leader."""

from __future__ import annotations

import sys
from dataclasses import asdict
from enum import Enum
from typing import Annotated

import typer

from voicepulse.cli.arguments import Json, StudyPath

app = typer.Typer(help="Accounts of researchers (the desk) and leaders (the report).", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The account's name.")]
FromInput = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


class RoleName(str, Enum):
    """What an account may see."""

    researcher = "researcher"
    leader = "leader"


@app.command("add")
def add(
    study: StudyPath,
    name: Name,
    role: Annotated[RoleName, typer.Option(help="A researcher sees who said what; a leader sees the report.")],
    password_stdin: FromInput = False,
) -> None:
    """Make an account; the password is asked for."""
    from voicepulse.accounts import add_account
    from voicepulse.cli.console import screen
    from voicepulse.workspace import open_study

    with open_study(study) as opened:
        add_account(opened.store.access, name, role.value, _password(password_stdin))
    screen.print(f"{name} may log in as a {role.value}.", markup=False)


@app.command("password")
def password(study: StudyPath, name: Name, password_stdin: FromInput = False) -> None:
    """Set a new password; whoever is logged in under the old one is logged out."""
    from voicepulse.accounts import change_password
    from voicepulse.cli.console import screen
    from voicepulse.workspace import open_study

    with open_study(study) as opened:
        change_password(opened.store.access, name, _password(password_stdin))
    screen.print(f"{name} has a new password.", markup=False)


@app.command("remove")
def remove(study: StudyPath, name: Name) -> None:
    """Remove an account; what it corrected stays, under its name."""
    from voicepulse.cli.console import screen
    from voicepulse.errors import AccessError
    from voicepulse.workspace import open_study

    with open_study(study) as opened:
        if not opened.store.access.remove_account(name):
            raise AccessError(f"There is no account '{name}'.", "List them: voicepulse account list STUDY")
    screen.print(f"{name} may not log in any more.", markup=False)


@app.command("list")
def list_accounts(study: StudyPath, json: Json = False) -> None:
    """Who may log in."""
    from voicepulse.cli.console import print_json, screen
    from voicepulse.workspace import open_study

    with open_study(study) as opened:
        accounts = [{k: v for k, v in asdict(a).items() if k != "password"} for a in opened.store.access.accounts()]
    if json:
        print_json(accounts)
        return
    for account in accounts:
        screen.print(f"{account['name']:24} {account['role']:12} since {account['made_at'][:10]}", markup=False)
    if not accounts:
        screen.print(f"Nobody may log in yet: voicepulse account add {study} NAME --role researcher", markup=False)


def _password(from_input: bool) -> str:
    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
