#!/bin/sh
# A claim lacks 60 GPUs on one island, while the family pays for a spare on the other.
. "$(dirname "$0")/../stage.sh"

say "06:00 island A is full, and 4 GPUs of B are free"
compile 2026-03-02T06:00:00Z

say "10:00 AUD asks for 64 GPUs on B"
commit 01-claim
compile 2026-03-02T10:00:00Z
run "jobtree explain mm3 ."

say "10:15 the claim is due"
compile 2026-03-02T10:15:00Z --entropy 5eed
endings

check
