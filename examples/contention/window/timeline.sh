#!/bin/sh
# A window opens tomorrow: its run is promised for that very second, and starts in it.
. "$(dirname "$0")/../stage.sh"

say "Monday 09:00 the promise"
compile 2026-03-02T09:00:00Z
run "jobtree explain nlp/train ."

say "Monday 10:00 a newcomer could start now, and would be in the way at midnight"
commit 01-newcomer
compile 2026-03-02T10:00:00Z

say "Tuesday 00:00 the window opens"
compile 2026-03-03T00:00:00Z

check
