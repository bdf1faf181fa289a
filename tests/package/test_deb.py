"""The Debian packages: built twice, linted, installed into clean roots, used, upgraded, removed, purged.

Needs root, as a root of Debian's own is made (mmdebstrap) and entered by chroot. systemd does not run in
a chroot: there the packages' own tests start the server as the unit would, and tests/pages lets systemd
judge the units.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUITE = re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(), re.M)[1]
# What apt, dpkg and systemd (which comes along) write down for themselves; and the users, which stay.
KEEPS = re.compile(
    r"/(var/(cache|log/(?!chatd)[^/]+|lib/(apt|dpkg|systemd))|run|tmp|proc|dev)(/|$)"
    r"|/etc/((passwd|group|shadow|gshadow|subuid|subgid)-?|\.pwd\.lock|ld\.so\.cache)$"
    r"|/(etc/(machine-id|mtab)|root/\.ssh|var/(log|lib/private))$"
)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="clean roots are made by root")


def run(*command, check=True, **how):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, **how)
    assert not check or done.returncode == 0, f"{command}:\n{done.stdout[-8000:]}"
    return done.stdout


def build(directory, **environment):
    """The packages of the last commit, by name."""
    run(ROOT / "packaging" / "build-deb", directory,
        env=os.environ | {"DEB_BUILD_OPTIONS": "nocheck"} | environment)
    return {file.name: file for file in Path(directory).iterdir() if file.is_file()}


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    return build(tmp_path_factory.mktemp("deb") / "built")


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    """A minimal Debian as a tarball: made once, unpacked for each test that spoils one."""
    tarball = tmp_path_factory.mktemp("base") / "base.tar.gz"
    run("mmdebstrap", "--variant=minbase", SUITE, tarball)
    return tarball


@pytest.fixture
def root(base, tmp_path):
    """A clean root; its policy lets no service start, as in every chroot."""
    directory = tmp_path / "root"
    directory.mkdir()
    run("tar", "-xf", base, "-C", directory)
    (directory / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
    (directory / "usr/sbin/policy-rc.d").chmod(0o755)
    yield directory
    run("rm", "-rf", "--one-file-system", directory)


def within(root, *command, **how):
    """Runs in the root, with a /proc that ends with the command."""
    return run("unshare", "--mount", "--propagation=private", "sh", "-ec",
               'mount -t proc proc "$0/proc"; exec chroot "$0" "$@"', root, *command,
               env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive",
                    "LC_ALL": "C.UTF-8"}, **how)


def install(root, package):
    (root / "tmp" / package.name).write_bytes(package.read_bytes())
    return within(root, "apt-get", "-y", "--no-install-recommends", "install", f"/tmp/{package.name}")


def deb(packages, name):
    return next(file for found, file in packages.items()
                if found.startswith(f"{name}_") and found.endswith(".deb"))


def changes(packages):
    return next(file for name, file in packages.items() if name.endswith(".changes"))


def files(root):
    found = set()
    for directory, names, others in os.walk(root):
        for name in names + others:
            path = "/" + os.path.relpath(os.path.join(directory, name), root)
            if not KEEPS.match(path):
                found.add(path)
    return found


def test_two_builds_give_the_same_bytes(packages, tmp_path):
    """Elsewhere, in another time zone, language and umask, with another number of jobs."""
    other = tmp_path / "a-longer-name" / "built"
    other.parent.mkdir()
    os.umask(0o027)
    try:
        again = build(other, TZ="Pacific/Auckland", LC_ALL="C", DEB_BUILD_OPTIONS="nocheck parallel=1")
    finally:
        os.umask(0o022)
    same = {name: file.read_bytes() == again[name].read_bytes() for name, file in packages.items()
            if name.endswith((".deb", ".tar.xz", ".dsc"))}
    assert len(same) >= 5 and all(same.values()), same


def test_lintian_says_nothing(packages):
    found = run("lintian", "--allow-root", "--pedantic", "--show-overrides", changes(packages))
    assert found == ""


def test_the_packages_pass_their_own_tests(packages, root):
    """They are installed, talked to, and another server is built on the library (debian/tests)."""
    (root / "usr/sbin/policy-rc.d").unlink()
    said = run("unshare", "--mount", "--propagation=private", "sh", "-ec",
               'mount -t proc proc "$0/proc"; exec "$@"', root,
               "autopkgtest", "--apt-upgrade", changes(packages), "--", "chroot", root)
    assert re.findall(r"^(\w+) +PASS$", said.split("@@ summary")[1], re.M) == ["chat", "embed"]


def test_an_upgrade_keeps_the_configuration_and_a_purge_leaves_nothing(packages, root, tmp_path):
    within(root, "apt-get", "update")
    before = files(root)
    package = deb(packages, "chatd")
    install(root, package)
    with_dependencies = files(root)
    assert {"/usr/sbin/chatd", "/usr/bin/chatctl", "/etc/chatd/chatd.yaml"} <= with_dependencies
    within(root, "chatd", "-t")
    assert "chatd" in within(root, "getent", "group", "chatd")
    config = root / "etc/chatd/chatd.yaml"
    config.write_text(config.read_text().replace("max: 100000 ", "max: 77 "))
    mine = config.read_text()

    later = tmp_path / "later"
    run("dpkg-deb", "-R", package, later)
    control = later / "DEBIAN" / "control"
    control.write_text(re.sub(r"^(Version: .*)$", r"\1+later", control.read_text(), flags=re.M))
    run("dpkg-deb", "--root-owner-group", "-b", later, tmp_path / "chatd_later.deb")
    install(root, tmp_path / "chatd_later.deb")
    assert "+later" in within(root, "dpkg-query", "-W", "chatd")
    assert config.read_text() == mine

    state = root / "var/lib/chatd"
    state.mkdir(exist_ok=True)
    (state / "something").write_text("of the server's\n")
    within(root, "apt-get", "-y", "remove", "chatd")
    assert config.read_text() == mine and state.exists()
    assert not (root / "usr/sbin/chatd").exists()
    within(root, "apt-get", "-y", "purge", "chatd")
    within(root, "apt-get", "-y", "--purge", "autoremove")
    left = files(root) - before
    assert left == set()


def test_a_running_server_is_restarted_by_an_upgrade_and_stopped_by_a_removal(packages, tmp_path):
    """As the scripts say; they cannot do it where systemd does not run."""
    run("dpkg-deb", "-e", deb(packages, "chatd"), tmp_path / "control")
    scripts = {name: (tmp_path / "control" / name).read_text() for name in ("postinst", "prerm")}
    assert re.search(r"_dh_action=restart\n.*deb-systemd-invoke \$_dh_action 'chatd.service'",
                     scripts["postinst"], re.S)
    assert re.search(r'"\$1" = remove .*deb-systemd-invoke stop', scripts["prerm"], re.S)


def test_piuparts_finds_nothing(packages, base):
    run("piuparts", "--no-eatmydata", "--no-upgrade-test", "--warn-on-leftovers-after-purge",
        "--warn-on-usr-move", "disabled", "--basetgz", base, "--distribution", SUITE,
        "--mirror", "http://deb.debian.org/debian main",
        deb(packages, "chatd"), deb(packages, "libchatd0"), deb(packages, "libchatd-dev"))
