"""What the Debian packaging repeats of the tree is what stands there; building, installing and purging
the packages is tests/package's."""

import re

from conftest import ROOT

PACKAGING = ROOT / "packaging"
CONTROL = (PACKAGING / "debian" / "control").read_text()
# Every Debian build has these (build-essential); the others bring debhelper's parts.
ESSENTIAL = {"gcc", "libc6-dev", "make"}
DEBHELPER = {"debhelper-compat", "dh-sequence-installsysusers"}


def depends(field, text):
    """The package names of a field that stands in lines of its own."""
    lines = re.search(rf"^{field}:\n((?: .*\n)+)", text, re.M)[1]
    return {name for name in re.findall(r"^ ([a-z0-9.+-]+)", lines, re.M)}


def test_it_is_built_with_what_install_deps_installs():
    listed = re.search(r"^build=\((.*?)\)", (PACKAGING / "install-deps").read_text(), re.M | re.S)[1]
    assert depends("Build-Depends", CONTROL) == set(listed.split()) - ESSENTIAL | DEBHELPER


def test_who_links_the_library_gets_what_it_links():
    library = CONTROL.split("Package: libchatd-dev")[1]
    needs = {name for name in depends("Build-Depends", CONTROL) if name.startswith(("lib", "zlib"))}
    assert depends("Depends", library) - {"libchatd0"} == needs - {"libcmocka-dev", "libsystemd-dev"}  # the programs'


def test_the_version_is_that_of_the_build():
    changelog = (PACKAGING / "debian" / "changelog").read_text()
    built = re.search(r"^project\(chatd VERSION ([\d.]+) ", (ROOT / "CMakeLists.txt").read_text(), re.M)
    assert changelog.startswith(f"chatd ({built[1]}) ")


def test_the_group_that_the_package_names_is_the_one_that_it_makes():
    shipped = (ROOT / "conf" / "chatd.yaml").read_text()
    rule = re.search(r"sed -i 's/(\S.*?)\$\$/(.*?)/'", (PACKAGING / "debian" / "rules").read_text())
    assert re.search(rule[1] + "$", shipped, re.M) and rule[2].split() == ["group:", "chatd"]
    assert re.search(r"^u chatd ", (PACKAGING / "debian" / "chatd.sysusers").read_text(), re.M)
