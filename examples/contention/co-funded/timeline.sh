#!/bin/sh
# Three payers for one run. What family gives can be recalled; what was lent stays until the run ends.
. "$(dirname "$0")/../stage.sh"

say "09:00 the run's own budget and a sponsor pay; family uses its own"
compile 2026-03-02T09:00:00Z

say "10:00 family is done for now, and pays for one group more"
compile 2026-03-02T10:00:00Z
run "jobtree explain train ."

say "11:00 both others want their own: speech recalls, vision waits"
commit 01-both-want-theirs
compile 2026-03-02T11:00:00Z

say "13:00 speech is done again"
compile 2026-03-02T13:00:00Z

check
