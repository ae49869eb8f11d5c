// IdentityRun: one call of a function of library_identity*.cc: the resource it is about, its policies, the world, and
// where the answer is to be seen. Policies are read once for all rules and worlds of a resource.
//
// Threads: as Eval.
#pragma once

#include <string>
#include <string_view>

#include "rules/identity/access.h"
#include "rules/identity/cluster.h"
#include "rules/identity/principals.h"
#include "rules/lang/cel/eval.h"

namespace assay::rules::cel {

class IdentityRun {
 public:
  // `subject` is `resource`, or a document inside it.
  IdentityRun(Eval& eval, const Val& subject);

  RunContext& context() { return *context_; }
  identity::Asker& asker() { return asker_; }
  Eval& eval() { return eval_; }
  const identity::Principals& principals();
  const identity::Cluster& cluster();
  // The view that is judged; null when there is none.
  const model::Value* view() const { return subject_; }
  // Its policies; null when there are none, or when the document is judged where it is used. Unknown documents are in
  // Access::unread.
  const identity::Access* access();
  // The document of the view, or the view itself; null when there is none.
  const identity::Document* document(const model::Value& written);

  // --- Where and what.
  void say(std::string message) { context_->message = std::move(message); }
  void point(const identity::Grant& grant);
  void point(const model::Value& value);
  // A part of a text: `at` is where in the file; the whole value when invalid.
  void point_inside(const model::Value& value, core::Span at);
  void relate(const identity::Grant& grant, std::string message);
  void relate(core::Span span, std::string message);

  // The canonical type of the view that is judged; "" when unknown.
  static std::string_view type_of(const RunContext& context);

 private:
  template <typename T, typename Make>
  const T* remember(const void* of, const void* tag, Make&& make);

  Eval& eval_;
  RunContext* context_;
  const model::Value* subject_ = nullptr;
  const Path* path_ = nullptr;
  identity::Asker asker_;
};

}  // namespace assay::rules::cel
