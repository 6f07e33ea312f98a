# What the users of the lab submitted: $1 is the folder of the batch scripts.
set -eu
cd "$1"
submit() { user=$1; shift; sbatch --parsable --uid="$user" "$@"; }

scontrol create reservation reservationname=cooling starttime=2030-01-07T08:00:00 duration=04:00:00 nodes=h[01-08] users=root flags=maint,ignore_jobs >/dev/null

# These start.
train=$(submit alice train.sbatch)
submit bob --account=vision --qos=high --gres=gpu:h100:8 --time=12:00:00 --job-name=notebook --wrap=true
submit carol finetune.sbatch
submit dave --account=bio_chem --nodes=2 --gres=gpu:a100:4 --time=06:00:00 --job-name=fold --wrap=true
submit dave --account=bio_chem --partition=cpu --ntasks=32 --job-name=align --wrap=true
sleep 5
# The day of the move: the partitions are closed, and what is submitted from now on waits.
for partition in gpu long debug cpu; do scontrol update partitionname=$partition state=DOWN; done
submit alice --dependency="afterok:$train" evaluate.sbatch
submit alice --account=vision --nodes=4 --gres=gpu:h100:8 --time=10:00:00 --job-name=ablation --wrap=true
submit alice sweep.sbatch
submit bob --account=vision --nodes=2 --gres=gpu:h100:8 --time=04:00:00 --no-requeue --job-name=Render_Video --wrap=true
submit carol --account=nlp --nodes=8 --gres=gpu:h100:8 --time=1-00:00:00 --job-name=pretrain --switches=1 --wrap=true
submit carol --account=nlp --qos=scavenger --partition=debug --gpus=a100:2 --hold --job-name=tokenise --wrap=true
submit dave --account=bio_chem --ntasks=4 --gpus-per-task=1 --constraint=ib --time=06:00:00 --job-name=screen --wrap=true
