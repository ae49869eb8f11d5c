// The JSON reader: bytes to one Tree with exact byte spans, for templates, plans, parameter files
// and policies. Own code, because no library gives positions, comments and recovery together.
//
// Shape: kStream > kDocument > value, out of kMapping > kPair (kString, value), kSequence, kString
// (span with the quotes, text decoded), kNumber, kBool, kNull (text as written) and kError (what is
// no JSON value). A missing value is kNull with an empty span. Further values behind the first are
// errors, kept as further documents.
//
// JSON with comments and trailing commas (JSONC) is read; `accepted` is then false and a note says
// so once. Other mistakes (missing commas and brackets, bare keys, single quotes, Python literals)
// are Problems, and the rest is read. Problem codes: json-syntax, json-comment,
// json-trailing-comma, json-duplicate-key, json-encoding, limit-file-size, limit-nesting,
// limit-nodes, limit-problems.
//
// Ownership: the tree owns its nodes; texts view the tree's arena or `source`, which must outlive
// the tree. Threads: reads are independent of each other.
#pragma once

#include <memory>
#include <string_view>

#include "parsers/core/limits.h"
#include "parsers/core/span.h"
#include "parsers/syntax/tree.h"

namespace assay::syntax {

// Never null. Follows RFC 8259; an empty text has no document and is an error. Texts of more than
// `max_bytes` are not read.
std::unique_ptr<Tree> read_json(core::FileId file, std::string_view source, size_t max_bytes = core::kMaxFileBytes);

}  // namespace assay::syntax
