// Any bytes as a plan of Terraform, as JSON, as an archive, as a message and as a value: no crash, no
// hang; what is read becomes resources that belong together.
#include "parsers/core/check.h"
#include "parsers/formats/terraform/plan/json_plan.h"
#include "parsers/formats/terraform/plan/lower_plan.h"
#include "parsers/formats/terraform/plan/wire.h"
#include "parsers/syntax/json/reader.h"

namespace {

using namespace assay;
using namespace assay::formats::terraform;

void lower(const Plan& plan, model::Root& root) {
  lower_plan(plan, root);
  add_change_views(plan, root);
  for (const model::Edge& edge : root.edges) {
    ASSAY_CHECK(edge.from < root.resources.size() && edge.to < root.resources.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  {
    auto tree = syntax::read_json(0, text);
    model::Root root;
    Plan plan;
    if (is_json_plan(*tree) && read_json_plan(*tree, root, true, &plan)) {
      for (const core::Span& span : plan.secrets) ASSAY_CHECK(span.begin <= span.end && span.end <= size);
      lower(plan, root);
    }
  }
  model::Root root;
  Plan plan;
  if (read_binary_plan(0, text, root, &plan)) lower(plan, root);
  else ASSAY_CHECK(!root.problems.empty());
  (void)plan_sources(text);
  (void)read_message_pack(text, root.arena, [](std::string_view, const model::Unknown&) { return model::null_value(); });
  return 0;
}
