"""``kubectl runs``: parses the line, opens a backend, calls a verb."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from jobtree.adapters.collector import collect_rarely
from jobtree.cli.front_door import print_version, run_app
from jobtree.cli.given import given_instant
from jobtree.cli.runs import budgets, completion, editing, explain, leases, plan, sponsors, state, watch
from jobtree.cli.runs.arguments import hoisted
from jobtree.cli.runs.opening import Asked
from jobtree.cli.runs.verb import Line, with_common
from jobtree.cli.terminal import open_terminal

NAME = "kubectl runs"

app = typer.Typer(
    name=NAME,
    help="Submit runs and see when they start, where, and who pays: on a cluster, in a fleet repository (--repo), or "
    "offline, in what kubectl printed (--state).",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 fine, 1 refused or not found, 3 a house rule denies, 4 the verifier refused a plan, "
    "64 wrong usage.",
)
app.command(epilog=with_common(editing.SUBMIT_EXAMPLES))(editing.submit)
app.command(epilog=with_common(state.EXAMPLES))(state.state)
app.command(epilog=with_common(plan.EXAMPLES))(plan.plan)
app.command(epilog=with_common(watch.EXAMPLES))(watch.watch)
app.command(epilog=with_common(explain.EXAMPLES))(explain.explain)
app.command(epilog=with_common(leases.EXAMPLES))(leases.leases)
app.add_typer(budgets.app, name="budgets")
app.add_typer(sponsors.app, name="sponsors")
app.command(epilog=with_common(editing.SHRINK_EXAMPLES))(editing.shrink)
app.command(epilog=with_common(completion.EXAMPLES))(completion.completion)


@app.callback()
def _options(
    context: typer.Context,
    state: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A snapshot: what kubectl get nodes,budgets,runs,reservations,leases -A -o yaml prints.",
        ),
    ] = None,
    repo: Annotated[Path | None, typer.Option(metavar="DIR", help="A fleet repository.")] = None,
    commit: Annotated[bool, typer.Option("--commit", help="With --repo: commit what was edited.")] = False,
    branch: Annotated[str | None, typer.Option(metavar="NAME", help="With --commit: on this branch.")] = None,
    kubeconfig: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Of the cluster, without the two above.")
    ] = None,
    context_name: Annotated[str | None, typer.Option("--context", metavar="NAME", help="Of the kubeconfig.")] = None,
    namespace: Annotated[str | None, typer.Option("--namespace", "-n", metavar="NAME", help="Only there.")] = None,
    all_namespaces: Annotated[bool, typer.Option("--all-namespaces", "-A", help="Everywhere.")] = False,
    now: Annotated[str | None, typer.Option(metavar="T", help="Plan as of this instant; default: now.")] = None,
    colour: Annotated[bool, typer.Option("--color/--no-color", help="Colours, on a terminal.")] = True,
    _version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    asked = Asked(
        state=state,
        repo=repo,
        commit=commit,
        branch=branch,
        kubeconfig=kubeconfig,
        context=context_name,
        namespace=namespace,
        all_namespaces=all_namespaces,
        now=given_instant(now),
    )
    context.obj = Line(asked, open_terminal(colour=colour))


def run(arguments: Sequence[str]) -> int:
    """Runs a command line, as it stands after ``kubectl runs``, and returns its exit code."""
    return run_app(app, hoisted(arguments), name=NAME)


def main() -> NoReturn:
    """The console script ``kubectl-runs``, which kubectl finds on the path."""
    collect_rarely()
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
