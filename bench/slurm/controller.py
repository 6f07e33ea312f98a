"""A private slurmctld and munged on loopback, as child processes in a folder that goes when they go."""

import getpass
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template

from output import TIME_FORMAT

PACKAGES = ("slurmctld", "slurm-client", "munge")
INSTALL = ("apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES)
PROGRAMS = ("munged", "slurmctld", "sbatch", "squeue", "scontrol", "sdiag")
PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
PATIENCE = 30
"""Seconds in which a daemon has to answer, or to stop."""


@dataclass(frozen=True, slots=True)
class Client:
    """Runs Slurm's commands against one controller."""

    environment: Mapping[str, str]

    def __call__(self, *command: str) -> str:
        """What the command printed; raises CalledProcessError when it failed."""
        return subprocess.run(command, env=self.environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def missing() -> tuple[str, ...]:
    """Programs that are not installed."""
    return tuple(name for name in PROGRAMS if shutil.which(name, path=PATH) is None)


@contextmanager
def controller(nodes: int, cpus: int, scheduler: str) -> Iterator[Client]:
    """A controller of so many nodes with its partition down. However the block ends, its daemons are stopped."""
    with tempfile.TemporaryDirectory(prefix="jobtree-slurm-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # munged insists that everybody can reach its socket
        conf = _configured(folder, nodes, cpus, scheduler)
        client = Client({**os.environ, "PATH": PATH, "SLURM_CONF": str(conf), "SLURM_TIME_FORMAT": TIME_FORMAT})
        with daemon(munged(folder), folder, client), daemon(("slurmctld", "-D"), folder, client):
            answered(client, folder)
            yield client


def _configured(folder: Path, nodes: int, cpus: int, scheduler: str) -> Path:
    """slurm.conf, with two ports that are free now."""
    (folder / "state").mkdir()
    template = Template((Path(__file__).parent / "slurm.conf.template").read_text(encoding="utf-8"))
    port, node_port = free_ports()
    values = {"folder": folder, "user": getpass.getuser(), "port": port, "node_port": node_port}
    conf = folder / "slurm.conf"
    conf.write_text(template.substitute(values, nodes=nodes, cpus=cpus, scheduler=scheduler), encoding="utf-8")
    return conf


def free_ports() -> tuple[int, int]:
    """Two ports of loopback that are free now."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def munged(folder: Path) -> tuple[str, ...]:
    """The command of a munged with a key, a socket and files of its own."""
    home = folder / "munge"
    home.mkdir(mode=0o711)
    key = home / "key"
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(128))
    files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
    return ("munged", "--foreground", *(f"--{option}={home / name}" for option, name in files.items()))


@contextmanager
def daemon(command: Sequence[str], folder: Path, client: Client) -> Iterator[None]:
    """A child while the block runs, in a session of its own: Ctrl-C reaches us alone and we stop it in our order."""
    log = folder / f"{command[0]}.out"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env=client.environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answered(client: Client, folder: Path) -> None:
    """Waits until the controller serves requests."""
    deadline = time.monotonic() + PATIENCE
    while subprocess.run(("scontrol", "ping"), env=client.environment, capture_output=True, check=False).returncode:
        if time.monotonic() > deadline:
            logs = "\n".join(path.read_text(errors="replace")[-2_000:] for path in sorted(folder.glob("*.out")))
            raise SystemExit(f"slurmctld does not answer\n{logs}")
        time.sleep(0.2)
