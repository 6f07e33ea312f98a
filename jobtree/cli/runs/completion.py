"""``kubectl runs completion SHELL``: how tab completes ``kubectl runs``, for each shell."""

from enum import StrEnum
from typing import Annotated

import typer

EXAMPLES = """\b
Examples:
  source <(kubectl runs completion bash)     # now
  kubectl runs completion bash >> ~/.bashrc  # always
  kubectl runs completion zsh > "${fpath[1]}/_kubectl_runs"
  kubectl runs completion fish > ~/.config/fish/completions/kubectl-runs.fish
"""
_BASH = """\
# kubectl completes its plugins itself: it asks kubectl_complete-runs, which jobtree installs beside kubectl-runs.
# So all that bash needs is kubectl's own completion, and an entry for the plugin when it is called by its own name.
if [[ $(type -t __start_kubectl) != function ]]; then
    source <(kubectl completion bash)
fi
__kubectl_runs() {
    local line directive
    mapfile -t line < <(kubectl_complete-runs "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    directive=${line[-1]#:}
    unset 'line[-1]'
    COMPREPLY=($(compgen -W "${line[*]%%$'\\t'*}" -- "${COMP_WORDS[COMP_CWORD]}"))
    if (( directive & 4 )); then compopt +o default; else compopt -o default; fi
}
complete -o nosort -o default -F __kubectl_runs kubectl-runs
"""
_ZSH = """\
#compdef kubectl-runs
# kubectl completes its plugins itself: it asks kubectl_complete-runs, which jobtree installs beside kubectl-runs.
# So all that zsh needs is kubectl's own completion, and an entry for the plugin when it is called by its own name.
(( $+functions[_kubectl] )) || source <(kubectl completion zsh)
_kubectl_runs() {
    local -a lines
    lines=("${(@f)$(kubectl_complete-runs "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    local directive=${lines[-1]#:}
    lines=("${(@)lines[1,-2]}")
    local tab=$'\\t'
    lines=("${(@)lines//:/\\:}")
    lines=("${(@)lines//$tab/:}")
    _describe 'kubectl runs' lines
    (( directive & 4 )) || _files
}
compdef _kubectl_runs kubectl-runs
"""
_FISH = """\
# kubectl completes its plugins itself: it asks kubectl_complete-runs, which jobtree installs beside kubectl-runs.
# So all that fish needs is kubectl's own completion, and an entry for the plugin when it is called by its own name.
functions -q __kubectl_perform_completion; or kubectl completion fish | source
function __kubectl_runs
    set -l words (commandline -opc) (commandline -ct)
    set -l lines (kubectl_complete-runs $words[2..-1] 2>/dev/null)
    if test "$lines[-1]" = ":4"
        string match -v ':4' -- $lines
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c kubectl-runs -f -a '(__kubectl_runs)'
"""


class Shell(StrEnum):
    """Shells that have a script."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


SCRIPTS = {Shell.BASH: _BASH, Shell.ZSH: _ZSH, Shell.FISH: _FISH}


def completion(shell: Annotated[Shell, typer.Argument(metavar="bash|zsh|fish", help="Your shell.")]) -> None:
    """Print the script that lets a shell complete kubectl runs.

    Where kubectl's own completion is loaded nothing more is needed for `kubectl runs`: kubectl asks
    kubectl_complete-runs, which is installed beside this plugin.
    """
    typer.echo(SCRIPTS[shell], nl=False)
