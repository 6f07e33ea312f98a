#!/bin/sh
# A budget is cut while its runs go on: a claim takes what is unfunded. The next claim finds only funded work, and a
# lottery decides.
. "$(dirname "$0")/../stage.sh"

say "09:00 the fleet is full, and everything is funded"
compile 2026-03-02T09:00:00Z

say "11:00 the budget of nlp is cut to 8 GPUs; robots, which have budget, ask for 8"
commit 01-cut-and-claim
compile 2026-03-02T11:00:00Z

say "11:15 the claim is due"
compile 2026-03-02T11:15:00Z --entropy 0a11ce

say "11:45 robots ask for 8 more; all that could be cut is funded"
commit 02-second-claim
compile 2026-03-02T11:45:00Z
run "jobtree explain grasp ."

say "12:00 the second claim is due"
compile 2026-03-02T12:00:00Z --entropy 5eed
run "jobtree explain grasp ."
endings

check
