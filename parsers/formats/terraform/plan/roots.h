// Which root a plan belongs to, and where the sources lie that it was made from.
//
// A plan that the user names is judged: with the sources inside it or beside it, whose values it then
// replaces, else alone. One that is only found beside its sources is passed over: the sources are judged,
// and nothing is reported twice or hidden by a plan of last week. Found alone, it is judged.
// Called by format.cc.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "parsers/formats/terraform/plan/lower_plan.h"
#include "parsers/formats/terraform/plan/plan.h"

namespace assay::formats::terraform {

bool is_plan(const InputFile& file, std::string_view text);

struct PlanPlace {
  const InputFile* plan = nullptr;
  std::optional<std::string> directory;  // of its root module's sources
  std::string skip_reason;               // not empty: it is not judged
};

using Directories = std::map<std::string, std::vector<const InputFile*>>;
std::vector<PlanPlace> place_plans(const std::vector<const InputFile*>& plans, const Directories& directories,
                                   const LoadContext& context);
// Gives the plan to the root of its directory, or makes it a root of its own.
void attach_plan(const PlanPlace& place, std::vector<RootSpec>& roots);
// The sources in a binary plan at `path`: where they lie on disk if all are the same there, or if
// nothing is there; else below "PATH!".
std::vector<EmbeddedFile> embedded_sources(std::string_view path, std::string_view text,
                                           const core::FileSystem& files, const std::string& base);

}  // namespace assay::formats::terraform
