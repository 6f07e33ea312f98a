#!/bin/sh
# A pull request gives a team fewer GPUs: what that does to everybody, before anybody merges it.
# The fleet is that of ../two-domains, in the new folder $1, which stays, or else in a temporary one.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -gt 0 ]; then
  place=$1
  mkdir "$place"
else
  place=$(mktemp -d)
  trap 'rm -rf "$place"' EXIT
fi
cp -R "$here/../two-domains/." "$place"
cd "$place"
rm -rf rendered ledger

# git without anybody's settings, and always the same commits.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=jobtree GIT_AUTHOR_EMAIL=jobtree@example.com
export GIT_COMMITTER_NAME=jobtree GIT_COMMITTER_EMAIL=jobtree@example.com
export GIT_AUTHOR_DATE=2026-03-02T09:00:00Z GIT_COMMITTER_DATE=2026-03-02T09:00:00Z

say() {
  printf '\n## %s\n' "$1"
}

run() {
  printf '\n$ %s\n' "$1"
  eval "$1" 2>&1
}

say "main: a fleet, its plan, and both committed"
git init -q -b main
run "jobtree compile . --now 2026-03-02T09:00:00Z | tail -2"
git add -A
git commit -q -m "The fleet and its plan"

say "a branch: MM and AUD get fewer GPUs, and so does AL, whose run is on them"
git checkout -q -b smaller-budgets
sed -i.bak -e '12s/concurrency: 8/concurrency: 4/' -e '40s/concurrency: 48/concurrency: 40/' budgets/mm.yaml
sed -i.bak -e '26s/concurrency: 64/concurrency: 32/' budgets/rai.yaml
rm budgets/*.bak
git commit -q -a -m "Smaller budgets"
run "git diff --unified=0 main | grep '^[-+] '"

say "what that does to everybody"
run "jobtree plan . --base main"

say "the same as a comment on the pull request"
run "jobtree plan . --base main -o markdown"

say "and for programs"
run "jobtree plan . --base main -o json | grep -c effects"
