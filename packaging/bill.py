"""What is linked into the static binary: the bill of materials (CycloneDX 1.5) and the licences that go with it."""
import base64
import hashlib
import json
import pathlib
import subprocess
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Debian's package, and the name under which its project is known.
DEBIAN_PACKAGES = {"libc6-dev": "glibc", "libgcc-12-dev": "gcc runtime", "libstdc++-12-dev": "libstdc++", "libtbb-dev": "oneTBB",
                   "libre2-dev": "RE2", "libpcre2-dev": "PCRE2", "libyaml-dev": "libyaml", "libyaml-cpp-dev": "yaml-cpp",
                   "libutf8proc-dev": "utf8proc", "zlib1g-dev": "zlib", "libboost-dev": "Boost", "nlohmann-json3-dev": "nlohmann/json",
                   "libcli11-dev": "CLI11", "libssl-dev": "OpenSSL"}
NPM_PACKAGES = ["tree-sitter", "@tree-sitter-grammars/tree-sitter-hcl"]
MODULES = ROOT / "third_party/tree_sitter"


def debian_version(package):
    return subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], check=True, capture_output=True, text=True).stdout


def debian_copyright(package):
    folder = pathlib.Path("/usr/share/doc") / package
    return (folder / "copyright").read_text(errors="replace")


def npm_entries():
    lock = json.loads((MODULES / "package-lock.json").read_text())["packages"]
    return [(name, lock[f"node_modules/{name}"]) for name in NPM_PACKAGES]


def notices():
    """The licences of all that is linked, one behind the other."""
    out = ["Assay is linked with the works below; their licences follow each name.\n"]
    for package, name in sorted(DEBIAN_PACKAGES.items()):
        out.append(f"\n{'=' * 78}\n{name} {debian_version(package)} (Debian package {package})\n{'=' * 78}\n{debian_copyright(package)}")
    for name, entry in npm_entries():
        text = (MODULES / "node_modules" / name / "LICENSE").read_text()
        out.append(f"\n{'=' * 78}\n{name} {entry['version']} (npm)\n{'=' * 78}\n{text}")
    return "".join(out)


def cyclonedx(version, binary, epoch):
    components = []
    for package, name in sorted(DEBIAN_PACKAGES.items()):
        number = debian_version(package)
        purl = f"pkg:deb/debian/{package.replace('+', '%2B')}@{number.replace(':', '%3A').replace('+', '%2B')}"
        components.append({"type": "library", "bom-ref": purl, "name": name, "version": number, "purl": purl})
    for name, entry in npm_entries():
        purl = f"pkg:npm/{name.replace('@', '%40')}@{entry['version']}"
        algorithm, digest = entry["integrity"].split("-", 1)
        components.append({"type": "library", "bom-ref": purl, "name": name, "version": entry["version"], "purl": purl,
                           "hashes": [{"alg": algorithm.upper().replace("SHA", "SHA-"), "content": base64.b64decode(digest).hex()}],
                           "licenses": [{"license": {"id": entry.get("license", "MIT")}}]})
    digest = hashlib.sha256(binary).hexdigest()
    own = {"type": "application", "bom-ref": f"assay@{version}", "name": "assay", "version": version,
           "licenses": [{"license": {"id": "Apache-2.0"}}], "hashes": [{"alg": "SHA-256", "content": digest}]}
    document = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
                "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}",
                "metadata": {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch)), "component": own},
                "components": components,
                "dependencies": [{"ref": own["bom-ref"], "dependsOn": [c["bom-ref"] for c in components]}]}
    return json.dumps(document, indent=2) + "\n"
