// Where in an object a finding lies, in the words of Kubernetes: "spec.template.spec.containers[0].securityContext.privileged".
// Rules speak of views (a pod template with the containers of all lists); the API server, kubectl and people speak of the
// object that was sent.
//
// Called by judge.cc. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "parsers/model/resource.h"
#include "rules/engine/finding.h"

namespace assay::serve {

struct Place {
  std::string field;    // path in the object; empty: the object as a whole
  std::string key;      // the same with names for numbers: equal in an object whose list has changed elsewhere
  std::string element;  // 'container "app"'; empty where there is none
};

// `view`: the one that the finding's attribute is seen from.
Place place_of(const model::Value& object, const model::Value& view, const rules::Finding& finding);

}  // namespace assay::serve
