# What every timeline.sh begins with: a copy of its fleet to play in, and the words to tell the story with.
# The copy is made in the new folder $1, which stays, or else in a temporary one, which goes at the end.
set -eu
story=$(cd "$(dirname "$0")" && pwd)
if [ $# -gt 0 ]; then
  place=$1
  mkdir "$place"
else
  place=$(mktemp -d)
  trap 'rm -rf "$place"' EXIT
fi
cp -R "$story/fleet/." "$place"
cd "$place"

# A heading of the story.
say() {
  printf '\n## %s\n' "$1"
}

# What people commit now: the files of a folder of steps/, beside or over those that are there.
commit() {
  printf '\n(committed: steps/%s)\n' "$1"
  cp -R "$story/steps/$1/." .
}

# A command line, and below it what it prints, findings first.
run() {
  printf '\n$ %s\n' "$1"
  eval "$1" 2>&1
}

# The compile of an instant, with further options.
compile() {
  run "jobtree compile . --now $*"
}

# A list of plan.json.
excerpt() {
  run "sed -n '/\"$1\": \\[/,/^  \\]/p' rendered/plan.json"
}

# Why leases ended, counted over the whole ledger.
endings() {
  run "cat ledger/*.jsonl | grep -o 'closureReason\":\"[A-Za-z]*' | cut -d '\"' -f 3 | sort | uniq -c"
}

# The independent checker, and every draw again.
check() {
  say "Anyone can check it"
  run "jobtree verify ."
  run "jobtree verify . --lottery"
}
