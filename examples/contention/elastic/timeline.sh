#!/bin/sh
# A run that may be wide grows where nobody else needs the GPUs, yields width to a claim, and grows back.
. "$(dirname "$0")/../stage.sh"

say "09:00 it starts on the 8 GPUs that are left"
compile 2026-03-02T09:00:00Z

say "10:00 prep is over: one step wider"
compile 2026-03-02T10:00:00Z

say "10:15 and another"
compile 2026-03-02T10:15:00Z

say "11:00 vision ask for 16 GPUs"
commit 01-claim
compile 2026-03-02T11:00:00Z

say "11:15 the claim is due: width goes, the highest group first"
compile 2026-03-02T11:15:00Z

say "12:15 the claim is over: it grows again, in a new group"
compile 2026-03-02T12:15:00Z
run "grep '^  group:' rendered/gpu-a/nlp/leases/wide.yaml"

say "12:30 its owner wants only 8"
commit 02-less
compile 2026-03-02T12:30:00Z
endings

check
