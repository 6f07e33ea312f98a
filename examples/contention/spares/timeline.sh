#!/bin/sh
# A guest sits on a spare; a node fails, the spare is needed, and the guest goes.
. "$(dirname "$0")/../stage.sh"

say "09:00 a run starts with a spare"
compile 2026-03-02T09:00:00Z

say "10:00 a guest without budget sits on the spare"
commit 01-guest
compile 2026-03-02T10:00:00Z
run "jobtree explain sweep ."

say "12:00 a-01 has failed"
commit 02-node-fails
compile 2026-03-02T12:00:00Z --state state/nodes.yaml
excerpt closures
endings

say "14:00 a-01 is repaired"
commit 03-node-is-back
compile 2026-03-02T14:00:00Z --state state/nodes.yaml

check
