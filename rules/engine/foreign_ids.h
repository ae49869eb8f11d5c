// What other tools call the same check under more than one name: Trivy's short and long ids
// (tfsec's are the long ones), with and without "AVD-". Rule files name one of them; whoever comes
// from such a tool may have written any.
//
// Called by names_rule(). Threads: pure functions over a constant table.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace assay::rules {

// Are both ids of one check of Trivy's? "AVD-AWS-0086" is "AWS-0086", "AVD-KSV-0014" and "KSV-0014"
// are "KSV014".
bool same_trivy_id(std::string_view a, std::string_view b);
// Equal for those ids and no others.
std::string trivy_key(std::string_view id);

// Is `test` true of a long name of the check, such as aws-s3-no-public-access-with-acl of
// AVD-AWS-0092?
bool any_trivy_name(std::string_view id, const std::function<bool(std::string_view)>& test);

}  // namespace assay::rules
