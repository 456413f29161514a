"""``ostraka policy``: what pictures are judged by."""

from __future__ import annotations

import textwrap

import typer

from ostraka.assembly import options
from ostraka.assembly.compose import chosen_stack, open_release
from ostraka.assembly.listing import RuleLine
from ostraka.assembly.session import session_of
from ostraka.moderation.judge import Judge

app = typer.Typer(no_args_is_help=True, help="Show the policies that pictures are judged by.")


@app.callback()
def _group() -> None:
    """Show the policies that pictures are judged by."""


@app.command("list")
def list_policies(
    context: typer.Context,
    *,
    json: options.Json = False,
    release: options.ReleaseFolder = None,
) -> None:
    """List the policies: what each forbids, what it reads, how many votes decide.

    Example: ostraka policy list
    """
    session = session_of(context)
    settings = session.settings_with(release=release)
    judge = open_release(settings, stack_id=chosen_stack(settings).identity()).judge()
    for line in _rules(judge):
        if json:
            session.out.print(line.model_dump_json(), markup=False)
        else:
            session.out.print(_words(line), markup=False)


def _rules(judge: Judge) -> list[RuleLine]:
    return [
        RuleLine(
            policy=rule.policy.name,
            title=rule.policy.title,
            text=rule.policy.text,
            reads=space.space,
            taught=rule.taught,
            votes_to_block=rule.thresholds.block_votes,
            votes_to_publish=rule.thresholds.benign_votes,
            shards=rule.thresholds.shard_count,
            detectors=dict(rule.detector_limits),
        )
        for space in judge.spaces
        for rule in space.rules
    ]


def _words(line: RuleLine) -> str:
    votes = (
        f"{line.votes_to_block} of {line.shards} votes block, {line.votes_to_publish} publish"
        if line.taught
        else "untaught: nothing to vote on"
    )
    asks = "".join(
        f"; {name} asks for a person from {at:.2f}" for name, at in line.detectors.items()
    )
    body = f"{line.title}. {line.text}\nReads {line.reads}; {votes}{asks}."
    return f"{line.policy}\n{textwrap.indent(body, '  ')}"
