"""Records what Slurm prints of a small cluster: ``python bench/slurm/record.py examples/from-slurm``.

A database, slurmdbd and slurmctld run as children on loopback, without nodes, in a folder that goes when they go. What
the administrator and the users of the lab typed stands in ``lab.sh`` and ``lab_jobs.sh``; the batch scripts are those
of the folder given. The users are invented by nss_wrapper, so no account of the system is made.
"""

import getpass
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from string import Template

from controller import PATH, PATIENCE, Client, answered, daemon, free_ports, munged

HERE = Path(__file__).parent
PACKAGES = ("slurmctld", "slurm-client", "slurmdbd", "munge", "mariadb-server", "libnss-wrapper")
USERS = ("alice", "bob", "carol", "dave")
DATABASE = ("--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db")
SQUEUE = (
    "JobArrayID:|,Name:|,UserName:|,Account:|,Partition:|,QOS:|,State:|,Reason:|,SubmitTime:|,StartTime:|,"
    "TimeLimit:|,NumNodes:|,NumTasks:|,Feature:|,tres-alloc:|,tres-per-job:|,tres-per-node:|,tres-per-task:|,"
    "Dependency:|,Requeue:|,ReqSwitch:|,Deadline:|"
)
ASSOCIATION = (
    "format=Cluster,Account,ParentName,User,Partition,Share,Priority,GrpJobs,GrpTRES,GrpTRESMins,GrpTRESRunMins,GrpWall,"
    "MaxJobs,MaxTRES,MaxTRESMins,MaxWall,QOS,DefaultQOS"
)
SACCT = (
    "--format=JobID,JobName,User,Account,Partition,QOS,State,Submit,Start,End,ElapsedRaw,TimelimitRaw,NNodes,AllocTRES"
)
OUTPUTS = {
    "config.txt": ("scontrol", "show", "config"),
    "partitions.txt": ("scontrol", "show", "partition"),
    "nodes.txt": ("scontrol", "-o", "show", "node"),
    "topology.txt": ("scontrol", "show", "topology"),
    "reservations.txt": ("scontrol", "show", "reservation"),
    "associations.txt": ("sacctmgr", "-P", "show", "assoc", ASSOCIATION),
    "qos.txt": ("sacctmgr", "-P", "show", "qos"),
    "queue.txt": ("squeue", "--all", "--Format", SQUEUE),
    "history.txt": ("sacct", "-P", "-X", "-a", "-S", "now-1days", SACCT),
}
"""File to command."""


def main() -> None:
    """Starts everything, types what was typed, records, stops everything."""
    if len(sys.argv) != 2:
        raise SystemExit(f"usage: record.py FOLDER; as root, with {' '.join(PACKAGES)} installed")
    folder = Path(sys.argv[1]).resolve()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the daemons are stopped then too
    with lab() as client:
        typed(client, "lab.sh")
        time.sleep(3)  # the controller hears of new associations from slurmdbd
        typed(client, "lab_jobs.sh", str(folder))
        time.sleep(8)  # two cycles of backfill
        for name, command in OUTPUTS.items():
            (folder / name).write_text(scrubbed(client(*command)), encoding="utf-8")
        print(client("slurmctld", "-V").strip())


@contextmanager
def lab() -> Iterator[Client]:
    """A controller that has accounts. However the block ends, its daemons are stopped."""
    with tempfile.TemporaryDirectory(prefix="jobtree-slurm-") as name, ExitStack() as daemons:
        folder = Path(name)
        folder.chmod(0o711)  # munged insists that everybody can reach its socket
        client = configured(folder)
        daemons.enter_context(database(folder, client))
        daemons.enter_context(daemon(munged(folder), folder, client))
        daemons.enter_context(daemon(("slurmdbd", "-D"), folder, client))
        until(lambda: client("sacctmgr", "-n", "show", "cluster") is not None, folder)
        client("sacctmgr", "--immediate", "add", "cluster", "lab")
        daemons.enter_context(daemon(("slurmctld", "-D"), folder, client))
        answered(client, folder)
        yield client


def configured(folder: Path) -> Client:
    """slurm.conf, slurmdbd.conf, topology.conf and passwd, on ports that are free now."""
    (folder / "state").mkdir()
    port, node_port = free_ports()
    storage_port, database_port = free_ports()
    values = {
        "folder": folder, "user": getpass.getuser(), "port": port, "node_port": node_port,
        "storage_port": storage_port, "database_port": database_port,
    }  # fmt: skip
    for template, name in (("lab.conf", "slurm.conf"), ("lab_dbd.conf", "slurmdbd.conf")):
        text = Template((HERE / f"{template}.template").read_text("utf-8")).substitute(values)
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o600)  # slurmdbd insists
    shutil.copy(HERE / "lab_topology.conf", folder / "topology.conf")
    people = [f"{user}:x:{5001 + index}:5000::/tmp:/bin/sh" for index, user in enumerate(USERS)]
    (folder / "passwd").write_text("\n".join(["root:x:0:0::/root:/bin/sh", *people, ""]), encoding="utf-8")
    (folder / "group").write_text("root:x:0:\nlab:x:5000:\n", encoding="utf-8")
    return Client(
        {
            **os.environ, "PATH": PATH, "SLURM_CONF": str(folder / "slurm.conf"), "TZ": "UTC",
            "LD_PRELOAD": "libnss_wrapper.so", "NSS_WRAPPER_PASSWD": str(folder / "passwd"),
            "NSS_WRAPPER_GROUP": str(folder / "group"), "DATABASE_PORT": str(database_port),
        }
    )  # fmt: skip


@contextmanager
def database(folder: Path, client: Client) -> Iterator[None]:
    """A MariaDB of its own, reached by TCP on loopback."""
    data, user = folder / "data", getpass.getuser()
    port = client.environment["DATABASE_PORT"]
    client("mariadb-install-db", *DATABASE, f"--datadir={data}", f"--user={user}")
    server = (
        "mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={folder / 'sql'}", f"--port={port}",
        "--bind-address=127.0.0.1", f"--user={user}", f"--pid-file={folder / 'sql.pid'}",
    )  # fmt: skip
    grant = "CREATE USER slurm@'127.0.0.1' IDENTIFIED BY 'slurm'; GRANT ALL ON *.* TO slurm@'127.0.0.1'"
    with daemon(server, folder, client):
        until(lambda: client("mariadb", "--no-defaults", f"--socket={folder / 'sql'}", "-uroot", "-e", grant), folder)
        yield


def until(ask, folder: Path) -> None:
    """Waits until a daemon answers."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            ask()
            return
        except subprocess.CalledProcessError:
            if time.monotonic() > deadline:
                logs = "\n".join(path.read_text(errors="replace")[-2_000:] for path in sorted(folder.glob("*.out")))
                raise SystemExit(f"a daemon does not answer\n{logs}") from None
            time.sleep(0.5)


def typed(client: Client, script: str, *arguments: str) -> None:
    """Runs a script of the lab."""
    folder = arguments[0] if arguments else str(HERE)
    subprocess.run(("sh", HERE / script, *arguments), env=client.environment, cwd=folder, check=True)


def scrubbed(text: str) -> str:
    """Without the names of this machine and of the temporary folder."""
    text = re.sub(r"/\S*jobtree-slurm-[^/\s]+", "/var/lib/slurm-lab", text)
    for name, other in ((os.uname().nodename, "head"), (os.uname().release, "6.1.0")):
        text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", other, text)
    return text


if __name__ == "__main__":
    main()
