// The policy language "cel": listed in rules/lang/all.cc.
#pragma once

#include "rules/lang/policy_language.h"

namespace assay::rules::cel {

const PolicyLanguage& language();

}  // namespace assay::rules::cel
