// The YAML reader: bytes to one Tree with exact byte spans, comments, styles, tags and anchors.
//
// It stands on libyaml's events, because libyaml has the lineage of what kubectl, Helm and the
// CloudFormation tools accept, and adds what libyaml does not give: byte offsets (libyaml counts
// code points), comments (read from the gaps between scalars), duplicate keys, resolved aliases
// with bomb and cycle protection, limits, and recovery: after an error the next document is read.
//
// Shape: kStream > kDocument... > at most one value (none when the document is empty).
//   kMapping > kPair > key, value. An empty value without a tag is kNull with an empty span behind
//   the colon. Spans of nodes start at the content, spans of pairs at "?", tag or anchor, if any.
//   kAlias: child 0 is the target node, null when it is undefined, cyclic or too large (Problem).
//   NodeExtra::tag is the short form of the resolved tag: "!Sub", "!!str", "!<any:other,uri>".
//   kRecovered marks a document, and the collections open in it, that a syntax error cut short.
//
// Callers: formats and policy languages. Ownership: the tree owns its nodes; texts view the tree's
// arena or `source`, which must outlive the tree. Threads: reads are independent of each other.
#pragma once

#include <memory>
#include <string_view>

#include "parsers/core/span.h"
#include "parsers/syntax/tree.h"
#include "parsers/syntax/yaml/entries.h"

namespace assay::syntax {

// Never null. Problem codes: yaml-syntax, yaml-encoding, yaml-duplicate-key, yaml-undefined-alias,
// yaml-cyclic-alias, limit-file-size, limit-nesting, limit-nodes, limit-alias-expansion,
// limit-directives, limit-problems. `accepted` is false when libyaml or its composer would refuse.
std::unique_ptr<Tree> read_yaml(core::FileId file, std::string_view source);

// True when the text is not YAML but a template that yields YAML: it has Go template ("{{ ... }}",
// Helm) or Jinja ("{% ... %}") actions where YAML would not let them be, that is outside quoted
// scalars, block scalars and comments. `'{{path}}'` and `name: app-{{name}}` are plain YAML.
bool looks_like_template(std::string_view source);

}  // namespace assay::syntax
