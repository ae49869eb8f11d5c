"""artifacts.py STAGE OUT VERSION: every package of one static binary.

STAGE holds the stripped binary `assay`, `assay.{bash,zsh,fish}` and `man/*.1`; build.sh makes it. OUT gets a tar
archive, a wheel, an npm package, a .deb, an OCI image layout and the bill of materials. Nothing in here reads a clock or
depends on the order of a directory: SOURCE_DATE_EPOCH is the time of everything.
"""
import base64
import csv
import gzip
import hashlib
import io
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile

import bill

ROOT = pathlib.Path(__file__).resolve().parent.parent
EPOCH = int(os.environ["SOURCE_DATE_EPOCH"])
SUMMARY = "Static analyzer for infrastructure as code: Terraform, Kubernetes, CloudFormation"
HOMEPAGE = "https://github.com/assay-iac/assay"
# What each world calls this processor.
MACHINE = platform.machine()
DEBIAN = {"x86_64": "amd64", "aarch64": "arm64"}[MACHINE]
NODE = {"x86_64": "x64", "aarch64": "arm64"}[MACHINE]
# The binary asks for nothing but a kernel; these are the oldest tags that pip takes for glibc and musl.
WHEEL_TAGS = [f"manylinux_2_5_{MACHINE}", f"manylinux1_{MACHINE}", f"musllinux_1_1_{MACHINE}"]
if MACHINE == "aarch64":
    WHEEL_TAGS = [f"manylinux_2_17_{MACHINE}", f"musllinux_1_1_{MACHINE}"]


def tar_bytes(entries, compress):
    """A tar archive of (path, bytes or None for a directory, mode), with owners and times fixed."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, data, mode in entries:
            info = tarfile.TarInfo(path)
            info.mode, info.mtime = mode, EPOCH
            info.uname = info.gname = "root"
            if data is None:
                info.type = tarfile.DIRTYPE
                tar.addfile(info)
            else:
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    return gzip.compress(raw.getvalue(), mtime=EPOCH) if compress else raw.getvalue()


class Parts:
    """The files that packages carry."""

    def __init__(self, stage, version):
        self.stage, self.version = stage, version
        self.binary = (stage / "assay").read_bytes()
        self.license = (ROOT / "LICENSE").read_bytes()
        self.notices = bill.notices().encode()
        self.man = {page.name: page.read_bytes() for page in sorted((stage / "man").iterdir())}
        self.shells = {shell: (stage / f"assay.{shell}").read_bytes() for shell in ("bash", "zsh", "fish")}


def write_tar(parts, out):
    top = f"assay-{parts.version}-linux-{MACHINE}"
    entries = [(top, None, 0o755), (f"{top}/assay", parts.binary, 0o755), (f"{top}/LICENSE", parts.license, 0o644),
               (f"{top}/THIRD-PARTY", parts.notices, 0o644), (f"{top}/man", None, 0o755)]
    entries += [(f"{top}/man/{name}", data, 0o644) for name, data in parts.man.items()]
    entries += [(f"{top}/completions", None, 0o755)]
    entries += [(f"{top}/completions/assay.{shell}", data, 0o644) for shell, data in parts.shells.items()]
    (out / f"{top}.tar.gz").write_bytes(tar_bytes(entries, compress=True))


def write_wheel(parts, out):
    """The binary as a script of the wheel: pip puts it into bin/ as it is, and no Python runs when it is called."""
    name, version = "assay_iac", parts.version
    info = f"{name}-{version}.dist-info"
    metadata = (f"Metadata-Version: 2.1\nName: assay-iac\nVersion: {version}\nSummary: {SUMMARY}\nHome-page: {HOMEPAGE}\n"
                "License: Apache-2.0\nRequires-Python: >=3.7\nClassifier: License :: OSI Approved :: Apache Software License\n"
                "Classifier: Operating System :: POSIX :: Linux\nDescription-Content-Type: text/markdown\n\n"
                + (ROOT / "README.md").read_text())
    wheel = "Wheel-Version: 1.0\nGenerator: assay\nRoot-Is-Purelib: false\n"
    wheel += "".join(f"Tag: py3-none-{tag}\n" for tag in WHEEL_TAGS)
    files = [(f"{name}-{version}.data/scripts/assay", parts.binary, 0o755),
             (f"{info}/licenses/LICENSE", parts.license, 0o644), (f"{info}/licenses/THIRD-PARTY", parts.notices, 0o644),
             (f"{info}/METADATA", metadata.encode(), 0o644), (f"{info}/WHEEL", wheel.encode(), 0o644)]
    record = io.StringIO()
    rows = csv.writer(record, lineterminator="\n")
    for path, data, _ in files:
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.writerow([path, f"sha256={digest}", len(data)])
    rows.writerow([f"{info}/RECORD", "", ""])
    files.append((f"{info}/RECORD", record.getvalue().encode(), 0o644))
    stamp = time.gmtime(max(EPOCH, 315532800))[:6]  # zip knows no time before 1980
    with zipfile.ZipFile(out / f"{name}-{version}-py3-none-{'.'.join(WHEEL_TAGS)}.whl", "w") as archive:
        for path, data, mode in files:
            entry = zipfile.ZipInfo(path, stamp)
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)


def write_npm(parts, out):
    """`npm pack` of a folder with the binary as `bin`: npx and node_modules/.bin start it without Node."""
    folder = parts.stage / "npm"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/assay").write_bytes(parts.binary)
    (folder / "bin/assay").chmod(0o755)
    (folder / "LICENSE").write_bytes(parts.license)
    (folder / "THIRD-PARTY").write_bytes(parts.notices)
    shutil.copyfile(ROOT / "README.md", folder / "README.md")
    package = {"name": "assay-iac", "version": parts.version, "description": SUMMARY, "homepage": HOMEPAGE,
               "repository": {"type": "git", "url": f"git+{HOMEPAGE}.git"}, "license": "Apache-2.0",
               "bin": {"assay": "bin/assay"}, "files": ["bin/", "THIRD-PARTY"], "os": ["linux"], "cpu": [NODE]}
    (folder / "package.json").write_text(json.dumps(package, indent=2) + "\n")
    subprocess.run(["npm", "pack", "--silent", "--pack-destination", str(out)], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)


def write_deb(parts, out):
    folder = parts.stage / "deb"

    def put(path, data, mode=0o644):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        file.chmod(mode)

    put("usr/bin/assay", parts.binary, 0o755)
    for name, data in parts.man.items():
        put(f"usr/share/man/man1/{name}.gz", gzip.compress(data, mtime=0))
    put("usr/share/bash-completion/completions/assay", parts.shells["bash"])
    put("usr/share/zsh/vendor-completions/_assay", parts.shells["zsh"])
    put("usr/share/fish/vendor_completions.d/assay.fish", parts.shells["fish"])
    copyright_text = ("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
                      f"Upstream-Name: Assay\nSource: {HOMEPAGE}\n\nFiles: *\nCopyright: 2026 the authors of Assay\nLicense: Apache-2.0\n"
                      " On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.\n"
                      " What is linked into the binary is listed in THIRD-PARTY.gz beside this file.\n")
    put("usr/share/doc/assay/copyright", copyright_text.encode())
    put("usr/share/doc/assay/THIRD-PARTY.gz", gzip.compress(parts.notices, mtime=0))
    changes = (f"assay ({parts.version}) stable; urgency=medium\n\n  * See CHANGELOG.md of the sources.\n\n"
               f" -- Assay <noreply@assay-iac.invalid>  {time.strftime('%a, %d %b %Y %H:%M:%S +0000', time.gmtime(EPOCH))}\n")
    put("usr/share/doc/assay/changelog.gz", gzip.compress(changes.encode(), mtime=0))
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) // 1024
    put("DEBIAN/control", (f"Package: assay\nVersion: {parts.version}\nArchitecture: {DEBIAN}\nSection: devel\nPriority: optional\n"
                           f"Maintainer: Assay <noreply@assay-iac.invalid>\nInstalled-Size: {size}\nSuggests: git\nHomepage: {HOMEPAGE}\n"
                           "Description: static analyzer for infrastructure as code\n"
                           " Reads Terraform, Kubernetes, CloudFormation and Azure templates, evaluates\n"
                           " them and checks them for secrets, over-privilege and compliance.\n Needs no network.\n").encode())
    for file in [folder, *folder.rglob("*")]:
        if file.is_dir():
            file.chmod(0o755)
        os.utime(file, (EPOCH, EPOCH))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(folder),
                    str(out / f"assay_{parts.version}_{DEBIAN}.deb")], check=True, stdout=subprocess.DEVNULL)


def write_oci(parts, out):
    """An OCI image layout of one layer: the binary, a user without rights, and a place to mount the repository."""
    layout = out / f"assay-{parts.version}-oci"
    blobs = layout / "blobs/sha256"
    blobs.mkdir(parents=True)

    def blob(data, media_type):
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}

    entries = [("etc", None, 0o755), ("etc/passwd", b"nonroot:x:65532:65532::/work:/sbin/nologin\n", 0o644),
               ("etc/group", b"nonroot:x:65532:\n", 0o644), ("tmp", None, 0o1777),
               ("usr", None, 0o755), ("usr/bin", None, 0o755), ("usr/bin/assay", parts.binary, 0o755),
               ("usr/share", None, 0o755), ("usr/share/doc", None, 0o755), ("usr/share/doc/assay", None, 0o755),
               ("usr/share/doc/assay/LICENSE", parts.license, 0o644), ("usr/share/doc/assay/THIRD-PARTY", parts.notices, 0o644),
               ("work", None, 0o755)]
    plain = tar_bytes(entries, compress=False)
    layer = blob(gzip.compress(plain, mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip")
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(EPOCH))
    config = {"created": created, "architecture": DEBIAN, "os": "linux",
              "config": {"User": "65532:65532", "WorkingDir": "/work", "Entrypoint": ["/usr/bin/assay"], "Cmd": ["scan", "."],
                         "Env": ["PATH=/usr/bin"],
                         "Labels": {"org.opencontainers.image.title": "assay", "org.opencontainers.image.version": parts.version,
                                    "org.opencontainers.image.source": HOMEPAGE, "org.opencontainers.image.licenses": "Apache-2.0"}},
              "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(plain).hexdigest()]},
              "history": [{"created": created, "created_by": "packaging/artifacts.py"}]}
    encode = lambda value: json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    config_blob = blob(encode(config), "application/vnd.oci.image.config.v1+json")
    manifest = blob(encode({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                            "config": config_blob, "layers": [layer]}), "application/vnd.oci.image.manifest.v1+json")
    manifest["annotations"] = {"org.opencontainers.image.ref.name": parts.version}
    manifest["platform"] = {"architecture": DEBIAN, "os": "linux"}
    (layout / "index.json").write_bytes(encode({"schemaVersion": 2, "manifests": [manifest],
                                                "mediaType": "application/vnd.oci.image.index.v1+json"}))
    (layout / "oci-layout").write_bytes(encode({"imageLayoutVersion": "1.0.0"}))


def main():
    stage, out, version = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    parts = Parts(stage, version)
    for write in (write_tar, write_wheel, write_npm, write_deb, write_oci):
        write(parts, out)
    (out / f"assay-{version}.cdx.json").write_text(bill.cyclonedx(version, parts.binary, EPOCH))


if __name__ == "__main__":
    main()
