#!/usr/bin/env python3
"""Makes provider_facts.bin: what the AWS, Azure, Google and Kubernetes providers say of the
arguments of their resources, in the layout that provider_facts.h reads.

  generate.py [DIRECTORY OF aws.jsonl, azurerm.jsonl, google.jsonl, kubernetes.jsonl] [OUTPUT]

One line of input is one resource type, data source or provider (see the README beside the data).
The same input gives the same bytes. The output is committed: a build needs no input of this script.

Everything is a little-endian 32-bit word:
  header   magic, words in all, then (count, first word) of: names, types, members, shapes, bodies,
           declarations, and (bytes, first word) of the text of the names
  names    sorted by bytes: first byte of each in the text, and one more for the end
  types    low 4 bits: kind as in model::TypeKind; above: element type, or first word in members
  members  of an object type: count, then name << 16 | type, sorted by name
  shapes   of attributes: type << 4 | flags (1 required, 2 computed, 4 sensitive, 8 write-only)
  bodies   attributes | blocks << 16; attributes: name << 16 | shape; blocks: name << 16 |
           nesting (0 single, 1 list, 2 set, 3 map) | 4 also written as an attribute |
           8 at most one | 16 at least one, then the first word of its body
  declarations  kind (0 resource, 1 data, 2 provider, 3 ephemeral) << 16 | name, then the first
           word of the body; sorted
"""
import json
import os
import struct
import sys

MAGIC = 0x31465341  # "ASF1"
SOURCES = ["aws", "azurerm", "google", "kubernetes"]
KINDS = {"resource": 0, "data": 1, "provider": 2, "ephemeral": 3}
PRIMITIVES = {"dynamic": 0, "bool": 1, "number": 2, "string": 3}
COLLECTIONS = {"list": 4, "set": 5, "map": 6}
OBJECT = 8
NESTING = {"single": 0, "list": 1, "set": 2, "map": 3}
REQUIRED, COMPUTED, SENSITIVE, WRITE_ONLY = 1, 2, 4, 8

# The data names sensitive arguments of AWS only. Of the others, these names of string arguments are
# sensitive wherever the providers' documentation has them.
SENSITIVE_NAMES = {
    "azurerm": {
        "administrator_login_password", "administrator_password", "admin_password", "client_secret",
        "primary_access_key", "secondary_access_key", "primary_connection_string",
        "secondary_connection_string", "primary_blob_connection_string",
        "secondary_blob_connection_string", "storage_account_access_key", "shared_access_key",
        "kube_config_raw", "kube_admin_config_raw", "admin_password_wo",
        "administrator_password_wo", "administrator_login_password_wo",
    },
    "google": {"root_password", "client_secret", "private_key", "shared_secret", "secret_data",
               "secret_data_wo", "password_wo"},
    "kubernetes": set(),
}


class Writer:
    def __init__(self):
        self.names = set()
        self.declarations = []  # (kind, name, block, provider, sensitive)

    def collect_type(self, kind):
        if isinstance(kind, list):
            if kind[0] == "object":
                for name, member in kind[1].items():
                    self.names.add(name)
                    self.collect_type(member)
            else:
                self.collect_type(kind[1])

    def collect(self, block):
        for name, (kind, _) in block.get("attributes", {}).items():
            self.names.add(name)
            self.collect_type(kind)
        for name, inner in block.get("blocks", {}).items():
            self.names.add(name)
            self.collect(inner)

    def read(self, directory):
        for provider in SOURCES:
            with open(os.path.join(directory, provider + ".jsonl"), encoding="utf-8") as lines:
                for line in lines:
                    row = json.loads(line)
                    self.names.add(row["type"])
                    self.collect(row)
                    self.declarations.append(
                        (KINDS[row["kind"]], row["type"], row, provider, {path.replace("[*]", "") for path in row.get("sensitive", [])}))

    def type_index(self, kind):
        key = json.dumps(kind, sort_keys=True)
        known = self.type_of.get(key)
        if known is not None:
            return known
        if isinstance(kind, str):
            word = PRIMITIVES[kind]
        elif kind[0] in COLLECTIONS:
            word = COLLECTIONS[kind[0]] | self.type_index(kind[1]) << 4
        else:
            assert kind[0] == "object", kind
            pairs = sorted((self.id_of[name], self.type_index(member)) for name, member in kind[1].items())
            word = OBJECT | len(self.members) << 4
            self.members.append(len(pairs))
            self.members.extend(name << 16 | member for name, member in pairs)
        self.type_of[key] = len(self.types)
        self.types.append(word)
        assert len(self.types) < 1 << 16
        return self.type_of[key]

    def shape_index(self, word):
        if word not in self.shape_of:
            self.shape_of[word] = len(self.shapes)
            self.shapes.append(word)
            assert len(self.shapes) < 1 << 16
        return self.shape_of[word]

    def body(self, block, provider, kind, sensitive, path=""):
        words = []
        attributes = block.get("attributes", {})
        for name in sorted(attributes, key=lambda n: self.id_of[n]):
            type_, given = attributes[name]
            flags = {"r": REQUIRED, "o": 0, "c": COMPUTED}[given]
            # The provider gives every resource its id, whatever the list says.
            if not path and name == "id" and kind == KINDS["resource"]:
                flags |= COMPUTED
            if path + name in sensitive or (type_ == "string" and name in SENSITIVE_NAMES.get(provider, ())):
                flags |= SENSITIVE
            if name.endswith("_wo") and name + "_version" in attributes:
                flags |= WRITE_ONLY | SENSITIVE
            shape = self.shape_index(self.type_index(type_) << 4 | flags)
            words.append(self.id_of[name] << 16 | shape)
        blocks = block.get("blocks", {})
        for name in sorted(blocks, key=lambda n: self.id_of[n]):
            inner = blocks[name]
            flags = NESTING[inner["nesting"]]
            flags |= 4 if inner.get("attribute") else 0
            flags |= 8 if inner.get("max") == 1 else 0
            flags |= 16 if inner.get("min", 0) >= 1 else 0
            at = self.body(inner, provider, kind, sensitive, path + name + ".")
            words += [self.id_of[name] << 16 | flags, at]
        words.insert(0, len(attributes) | len(blocks) << 16)
        key = tuple(words)
        if key not in self.body_at:
            self.body_at[key] = len(self.bodies)
            self.bodies.extend(words)
        return self.body_at[key]

    def write(self):
        names = sorted(self.names, key=lambda n: n.encode())
        assert len(names) < 1 << 16
        self.id_of = {name: index for index, name in enumerate(names)}
        self.types, self.type_of, self.members = [], {}, []
        self.shapes, self.shape_of = [], {}
        self.bodies, self.body_at = [], {}
        for kind in PRIMITIVES:
            self.type_index(kind)
        rows = []
        for kind, name, row, provider, sensitive in self.declarations:
            rows.append((kind << 16 | self.id_of[name], self.body(row, provider, kind, sensitive)))
        rows.sort()
        text, ends = b"", [0]
        parts = []
        for name in names:
            parts.append(name.encode())
            ends.append(ends[-1] + len(parts[-1]))
        text = b"".join(parts)
        sections = [ends, self.types, self.members, self.shapes, self.bodies,
                    [w for row in rows for w in row]]
        counts = [len(names), len(self.types), len(self.members), len(self.shapes), len(self.bodies), len(rows)]
        head = 2 + 2 * len(sections) + 2
        first = head
        header = []
        for count, words in zip(counts, sections):
            header += [count, first]
            first += len(words)
        header += [len(text), first]
        text += b"\0" * (-len(text) % 4)
        body = b"".join(struct.pack("<%dI" % len(words), *words) for words in sections)
        all_words = first + len(text) // 4
        return struct.pack("<%dI" % head, MAGIC, all_words, *header) + body + text


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(here))))
    shared = os.environ.get("ASSAY_SHARED", os.path.join(root, "..", "shared"))
    source = sys.argv[1] if len(sys.argv) > 1 else os.path.join(shared, "data", "terraform-schema")
    output = sys.argv[2] if len(sys.argv) > 2 else os.path.join(here, "provider_facts.bin")
    writer = Writer()
    writer.read(source)
    blob = writer.write()
    with open(output, "wb") as file:
        file.write(blob)
    print(f"{output}: {len(blob)} bytes, {len(writer.declarations)} declarations, {len(writer.id_of)} names, "
          f"{len(writer.types)} types, {len(writer.bodies)} words of bodies")


if __name__ == "__main__":
    main()
