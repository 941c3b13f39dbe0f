"""Odoo servers that are watched, talked to and killed while they work."""

import contextlib
import json
import os
import signal
import subprocess
import time
import urllib.request
from http.cookiejar import CookieJar

from . import databases, odoo_command
from .core import LOGS, ROOT, STORE, Problem, tail, write
from .python_packages import PYTHON
from .runners import free_port

SCRIPT = STORE / "small-chunks"
# The server of odoo_command, with little work in each part, so that a few dozen
# accounts make many of them. Odoo starts its helpers from this file, too.
_SCRIPT_TEXT = f"""#!{PYTHON}
import sys

from odoo.cli.command import main
from odoo.tools import config

config.parse_config([word for word in sys.argv[1:] if word != "gevent"])

from odoo.addons.customer_centricity.models import (
    customer_account_figures,
    customer_account_refresh,
    customer_ltv_run_apply,
    customer_ltv_run_compute,
    customer_profit_month,
)

customer_account_figures.BATCH_SIZE = customer_account_refresh.BATCH_SIZE = 12
customer_ltv_run_compute.CHUNK_SIZE = customer_ltv_run_apply.MOVE_SIZE = 3
customer_profit_month.ROWS_AT_ONCE = 60

sys.exit(main())
"""
_CLIENT = """
import json, sys, psycopg2
connection = psycopg2.connect(dbname=sys.argv[1])
connection.autocommit = True
cursor = connection.cursor()
for line in sys.stdin:
    cursor.execute(json.loads(line))
    rows = cursor.fetchall() if cursor.description else []
    print(json.dumps(rows, default=str), flush=True)
"""
PATIENCE = 90  # seconds to wait for anything


class Database:
    """A connection that answers fast enough to meet a server in the middle."""

    def __init__(self, name):
        self.name = name
        self._process = subprocess.Popen(
            [PYTHON, "-c", _CLIENT, name],
            env=odoo_command.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._process.stderr.close()

    def sql(self, statement):
        """Return the rows of a statement, as lists."""
        try:
            self._process.stdin.write(json.dumps(statement) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise Problem(f"{statement}\n{self._process.stderr.read()}")
        return json.loads(answer)

    def value(self, statement):
        """Return the only value of a statement."""
        [[found]] = self.sql(statement)
        return found

    def wait(self, statement, wanted=True, patient=False):
        """Wait until a statement says what is wanted.

        Servers look for scheduled actions once a minute; here they are told to every
        now and then (the database "postgres" is where they listen): what a killed
        process was at may still be locked the first time.

        :param patient: leave it to the server
        """
        start = told = time.monotonic()
        while (found := self.value(statement)) != wanted:
            now = time.monotonic()
            if now - start > PATIENCE:
                raise Problem(f"{self.name}: {found!r} instead of {wanted!r}")
            if now - told > 0.3 and not patient:
                databases.sql(f"SELECT pg_notify('cron_trigger', '{self.name}')")
                told = now
            time.sleep(0.004)


class Server:
    """An Odoo server with scheduled actions, in a process of its own.

    :param arguments: more of Odoo's options
    :param variables: more of its environment
    :param script: another start script than the one with little work in each part
    """

    def __init__(
        self,
        name,
        databases,
        crons,
        workers=0,
        arguments=(),
        variables=None,
        script=SCRIPT,
    ):
        self.log = LOGS / f"test-runs-{name}.log"
        self._script = script
        self.databases = databases
        self.crons = crons
        self.workers = workers
        self.arguments = arguments
        self.variables = variables or {}
        self.port = free_port()
        self._process = None
        write(SCRIPT, _SCRIPT_TEXT)
        LOGS.mkdir(parents=True, exist_ok=True)
        self.log.unlink(missing_ok=True)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_error):
        self.stop()

    def start(self):
        """Start the server and wait until its scheduled actions can be woken."""
        command = [
            *[PYTHON, self._script, "-d", ",".join(self.databases)],
            *["--http-port", self.port, "--gevent-port", free_port()],
            *["--workers", self.workers, "--max-cron-threads", self.crons],
            *self.arguments,
        ]
        with self.log.open("a") as output:
            self._process = subprocess.Popen(
                list(map(str, command)),
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**odoo_command.environment(), **self.variables},
                cwd=ROOT,
                # all of its processes can be ended together
                start_new_session=True,
            )
        start = time.monotonic()
        while len(self.cron_pids()) < self.crons or not self._answers():
            if self._process.poll() is not None or time.monotonic() - start > PATIENCE:
                last = "\n".join(tail(self.log, 15))
                raise Problem(f"The server has not started.\n{last}")
            time.sleep(0.05)

    def kill(self):
        """Kill every process of the server, as a power cut does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self):
        """Stop the server; what does not end by itself is killed."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
        self.kill()

    def cron_pids(self):
        """Return a process id for each connection that waits to be woken."""
        with Database("postgres") as postgres:
            rows = postgres.sql(
                "SELECT application_name FROM pg_stat_activity"
                " WHERE query LIKE 'LISTEN cron_trigger%' OR query = 'COMMIT'"
                "   AND datname = 'postgres'"
            )
        pids = [int(name.partition("-")[2]) for [name] in rows if "odoo-" in name]
        return [pid for pid in pids if self._is_own(pid)]

    def _is_own(self, pid):
        """Whether a process is the server, or one that it has for scheduled actions:
        these are nicer than the others."""
        try:
            own = os.getpgid(pid) == self._process.pid
            niceness = os.getpriority(os.PRIO_PROCESS, pid)
        except ProcessLookupError:
            return False
        nice = niceness > os.getpriority(os.PRIO_PROCESS, 0)
        return own and (nice or not self.workers)

    def _answers(self):
        try:
            with urllib.request.urlopen(self.url("/web/health"), timeout=5):
                return True
        except OSError:
            return False

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"


class Refused(Exception):
    """What the server answered instead of a result."""


class Session:
    """A person at a web browser."""

    def __init__(self, server, database, login):
        self._server = server
        self._open = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar())
        ).open
        answer = self._post(
            "/web/session/authenticate",
            {"db": database, "login": login, "password": login},
        )
        self.uid = answer["uid"]

    def call(self, model, method, *arguments, **options):
        """Call a method as a page does."""
        return self._post(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": arguments, "kwargs": options},
        )

    def _post(self, path, parameters):
        request = urllib.request.Request(
            self._server.url(path),
            json.dumps({"jsonrpc": "2.0", "params": parameters}).encode(),
            {"Content-Type": "application/json"},
        )
        with self._open(request, timeout=PATIENCE) as response:
            answer = json.load(response)
        if "error" in answer:
            data = answer["error"].get("data", {})
            raise Refused(f"{data.get('name')}: {data.get('message')}")
        return answer.get("result")
