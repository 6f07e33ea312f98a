# What an administrator and the users of the lab typed: sourced by record.py's shell, with Slurm's commands on PATH.
set -eu
add() { sacctmgr --immediate --quiet add "$@" >/dev/null; }
modify() { sacctmgr --immediate --quiet modify "$@" >/dev/null; }

add qos high set Priority=1000 Preempt=normal GrpTRES=gres/gpu=32 MaxWall=1-00:00:00
add qos scavenger set Priority=0 PreemptMode=requeue UsageFactor=0.25
modify qos normal set Preempt=scavenger MaxTRESPerUser=gres/gpu=96

add account ai set Fairshare=80 GrpTRES=gres/gpu=128 QOS=normal,high,scavenger
add account vision parent=ai set Fairshare=50 GrpTRES=gres/gpu:h100=64,gres/gpu:a100=8 GrpTRESMins=gres/gpu:h100=3000000
add account nlp parent=ai set Fairshare=30 GrpTRES=gres/gpu=96
add account bio_chem set Fairshare=20 GrpTRES=gres/gpu:a100=16 MaxTRES=gres/gpu=8 QOS=normal
add user alice account=vision
add user bob account=vision GrpTRES=gres/gpu:h100=16
add user carol account=nlp
add user dave account=bio_chem
