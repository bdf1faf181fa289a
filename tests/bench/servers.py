"""The servers that the bench measures: how each is built, started and read. NOTES.md says how each was
tuned; their sources stand in peers/."""
import collections
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
READY_SECONDS = 20
CHAT = []
RAW = ["--protocol", "raw", "--settle", "0.3"]


class Missing(Exception):
    """What a peer or a workload lacks on this machine."""


class Failed(Exception):
    """A run whose deliveries were not right, or that did not end."""


def sh(*command, **options):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode != 0:
        raise Missing(f"{command[0]} failed:\n{done.stdout.strip()[-2000:]}")
    return done.stdout


def compile_c(binary, sources):
    sh(os.environ.get("CC", "cc"), "-O2", "-g", "-std=gnu11", "-Wall", "-Wextra", "-o", binary,
       *sources, "-lz", "-lssl", "-lcrypto")


class Server:
    """A peer that runs: its processes, the CPUs they may use, its port, and its last words. It says its
    port in a line with `ready`, or has been told it."""

    def __init__(self, command, cpus, env=None, port=None, workers=0):
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, env={**os.environ, **(env or {})},
            preexec_fn=lambda: os.sched_setaffinity(0, cpus))
        self.last_words = collections.deque(maxlen=20)
        self.port, self.is_ready = port, threading.Event()
        threading.Thread(target=self.listen, daemon=True).start()
        if not (self.answers(workers) if port else self.is_ready.wait(READY_SECONDS) and self.port):
            self.stop()
            raise Failed(f"{command[0]} does not get ready:\n{''.join(self.last_words)}")

    def listen(self):
        for line in self.process.stderr:
            self.last_words.append(line)
            words = line.split()
            if self.port is None and "ready" in words:
                ports = [word[5:] for word in words if word.startswith("port=")]
                self.port = ports[0] if ports else None
                self.is_ready.set()
        self.is_ready.set()

    def answers(self, workers):
        """One that says nothing is ready when its workers are there and its port accepts."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if len(self.pids()) == 1 + workers:
                try:
                    socket.create_connection(("127.0.0.1", self.port), 1).close()
                    return True
                except OSError:
                    pass
            time.sleep(0.01)
        return False

    def pids(self):
        """The process and its children, which nginx's workers are."""
        found = [self.process.pid]
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(stat.read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == self.process.pid:
                found.append(int(stat.parent.name))
        return found

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(READY_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Peer:
    """build makes it ready to start and says which version it is; install gets what Debian lacks."""
    most_workers = 256
    load_flags = CHAT
    flags = []

    def install(self):
        pass


class Chatd(Peer):
    name = "chatd"
    # Limits that a benchmark is meant to pass; an option is left out where this chatd has none of the name.
    unlimited = ["limits.connections_per_address", "limits.handshakes_per_second",
                 "limits.messages_per_second", "limits.joins_per_second"]

    def __init__(self, build, directory):
        self.build_directory, self.directory = build, directory
        self.binary, self.flags = build / "bin" / "chatd", []

    def build(self):
        cache = self.build_directory / "CMakeCache.txt"
        if not cache.exists():
            sh("cmake", "-S", ROOT, "-B", self.build_directory, "-DCMAKE_BUILD_TYPE=Release")
        sh("cmake", "--build", self.build_directory, "--target", "chatd")
        self.flags = []
        for setting in [f"{option}=0" for option in self.unlimited] + [f"state={self.directory}"]:
            check = [self.binary, "-t", "-c", self.config(1), "-s", setting]
            if subprocess.run(check, capture_output=True, check=False).returncode == 0:
                self.flags += ["-s", setting]
        kind = [line for line in cache.read_text().splitlines()
                if line.startswith("CMAKE_BUILD_TYPE:")]
        return f"chatd ({kind[0].partition('=')[2] or 'Release'} build)"

    def config(self, workers):
        path = self.directory / f"chatd-{workers}.yaml"
        path.write_text(f"listen: {{address: 127.0.0.1, port: 0}}\nworkers: {workers}\n"
                        f"admin: {{socket: {self.directory}/admin.sock}}\n")
        return path

    def start(self, workload, cpus):
        tls = ["-s", f"listen.tls={self.certificate()}"] if "--tls" in workload.flags else []
        return Server([self.binary, "-c", self.config(workload.workers), *self.flags, *tls,
                       *workload.options["chatd"]], cpus)

    def certificate(self):
        chain, key = self.directory / "chain.pem", self.directory / "key.pem"
        if not chain.exists():
            sh("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
               "-nodes", "-keyout", key, "-out", chain, "-days", "30", "-subj", "/CN=localhost")
        return f"{{certificate: {chain}, key: {key}}}"


class Go(Peer):
    name = "go"

    def __init__(self, build, directory):
        self.binary = build / "bench" / "go-hub"

    def build(self):
        if shutil.which("go") is None:
            raise Missing("go is not installed (Debian: golang-go)")
        path = os.environ.get("GOPATH", "/usr/share/gocode")
        if not pathlib.Path(path, "src/github.com/gorilla/websocket").exists():
            raise Missing("gorilla/websocket is not installed "
                          "(Debian: golang-github-gorilla-websocket-dev)")
        sh("go", "build", "-o", self.binary, ".", cwd=HERE / "peers" / "go",
           env={**os.environ, "GOPATH": path, "GO111MODULE": "off"})
        return f"{self.name}: {sh('go', 'version').split()[2]}"

    def start(self, workload, cpus):
        return Server([self.binary, *self.flags, *workload.options["go"]], cpus,
                      {"GOMAXPROCS": str(workload.workers)})


class GoBatch(Go):
    """The same hub, but what waits for a client is written at once; not what its users have."""
    name = "go-batch"
    flags = ["-batch"]


class Nchan(Peer):
    """nginx with nchan: each worker is a process, and the first process only starts them."""
    name = "nchan"
    load_flags = RAW
    modules = pathlib.Path("/usr/lib/nginx/modules")
    tries = 3

    def __init__(self, build, directory):
        self.directory = directory / "nchan"

    def build(self):
        # Debian has it in /usr/sbin, which is not on everybody's path.
        self.binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if self.binary is None:
            raise Missing("nginx is not installed (Debian: nginx)")
        if not (self.modules / "ngx_nchan_module.so").exists():
            raise Missing("nchan is not installed (Debian: libnginx-mod-nchan)")
        self.directory.mkdir(exist_ok=True)
        return f"{self.name}: {sh(self.binary, '-v').strip().rpartition(' ')[2]}"

    def config(self, workers, port):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        connections = 20000 if hard == resource.RLIM_INFINITY else min(20000, hard)
        text = (HERE / "peers" / "nchan" / "nginx.conf").read_text()
        for name, value in (("MODULES", self.modules), ("WORKERS", workers), ("PORT", port),
                            ("CONNECTIONS", connections)):
            text = text.replace(f"@{name}@", str(value))
        path = self.directory / "nginx.conf"
        path.write_text(text)
        return path

    def start(self, workload, cpus):
        """nginx cannot take any free port, so one is found that is free now, and may be lost again."""
        for turn in range(self.tries):
            with socket.create_server(("127.0.0.1", 0)) as probe:
                port = probe.getsockname()[1]
            try:
                return Server([self.binary, "-p", self.directory, "-c",
                               self.config(workload.workers, port)], cpus, port=port,
                              workers=workload.workers)
            except Failed as failure:
                if turn + 1 == self.tries or "bind() to" not in str(failure):
                    raise


class Ws(Peer):
    """npm's ws in the version of peers/ws/package.json, else the one that Debian packs."""
    name = "ws"
    most_workers = 1
    manifest = HERE / "peers" / "ws" / "package.json"
    wanted = json.loads(manifest.read_text())["dependencies"]["ws"]
    debian = pathlib.Path("/usr/share/nodejs")

    def __init__(self, build, directory):
        self.directory = build / "bench" / "ws"
        self.modules = self.directory / "node_modules"

    def install(self):
        if self.version(self.modules) == self.wanted or shutil.which("npm") is None:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.manifest, self.directory)
        try:
            sh("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock",
               cwd=self.directory, timeout=60)
        except (Missing, subprocess.TimeoutExpired) as failure:
            print(f"npm brings no ws@{self.wanted}: {failure}", file=sys.stderr)

    def build(self):
        if shutil.which("node") is None:
            raise Missing("node is not installed (Debian: nodejs)")
        if self.version(self.modules) != self.wanted:
            self.modules = self.debian
        version = self.version(self.modules)
        if version is None:
            raise Missing(f"ws is not installed (npm: ws@{self.wanted}; Debian: node-ws)")
        return f"{self.name}: {version} on node {sh('node', '--version').strip()}"

    @staticmethod
    def version(modules):
        try:
            return json.loads((modules / "ws" / "package.json").read_text())["version"]
        except OSError:
            return None

    def start(self, workload, cpus):
        return Server(["node", HERE / "peers" / "ws" / "server.js", *self.flags,
                       *workload.options["ws"]], cpus, {"NODE_PATH": str(self.modules)})


class WsBatch(Ws):
    """The same server, but it frames once and holds its sockets back to the end of the turn, which needs
    what ws keeps private; not what its users have."""
    name = "ws-batch"
    flags = ["--batch"]


class Floor(Peer):
    """No chat server: what the kernel asks for the same work, to read the others against."""
    name = "floor"
    most_workers = 1

    def __init__(self, build, directory):
        self.binary = build / "bench" / "floor"

    def build(self):
        compile_c(self.binary, [HERE / "peers" / "floor.c"])
        return "floor: peers/floor.c"

    def start(self, workload, cpus):
        return Server([self.binary], cpus)


PEERS = {peer.name: peer for peer in (Chatd, Go, Nchan, Ws, Floor, GoBatch, WsBatch)}
# The others only on request.
USUAL = ["chatd", "go", "nchan", "ws", "floor"]
