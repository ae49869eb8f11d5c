// What a value made of others keeps of them: the chain to what it was made of, and a name by which equal makings are
// known as equal. Shared by the evaluators of templates (CloudFormation, Azure Resource Manager).
//
// Ownership: results live in the given arena, or are copies. Threads: an arena is one thread's.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "parsers/core/arena.h"
#include "parsers/model/origin.h"
#include "parsers/model/value.h"

namespace assay::model {

inline constexpr size_t kMaxName = 512;  // bytes of such a name; longer ones are not worth comparing

// An origin of `kind` over the origins of `from`; what was written down without one becomes a literal (a reference, where
// it is unknown). `what` must live as long as the arena.
const Origin* origin_of(core::Arena& arena, OriginKind kind, core::Span span, std::string_view what,
                        std::span<const Value> from);

// What a reader would call the value: the name of an unknown behind its root, the text of a literal, a list of such.
// Empty where there is none, or where a list's gets longer than kMaxName.
std::string name_of(const Value& value);

}  // namespace assay::model
