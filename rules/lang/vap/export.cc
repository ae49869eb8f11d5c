#include "rules/lang/vap/export.h"

#include <algorithm>
#include <vector>

#include "parsers/core/json_writer.h"
#include "rules/lang/admission/kinds.h"
#include "rules/lang/cel/program.h"
#include "rules/lang/vap/translate.h"

namespace assay::rules::vap {
namespace {

constexpr std::string_view kTemplateView = "kubernetes/pod-template";
constexpr size_t kMaxMessage = 900;

// Resources by what rules call their kinds.
struct Kind {
  std::string_view view, group, version;
  std::vector<std::string_view> resources;
};
const std::vector<Kind>& kinds() {
  static const std::vector<Kind> kKinds = {
      {"config-map", "", "v1", {"configmaps"}},
      {"cron-job", "batch", "v1", {"cronjobs"}},
      {"daemon-set", "apps", "v1", {"daemonsets"}},
      {"deployment", "apps", "v1", {"deployments"}},
      {"horizontal-pod-autoscaler", "autoscaling", "v2", {"horizontalpodautoscalers"}},
      {"ingress", "networking.k8s.io", "v1", {"ingresses"}},
      {"job", "batch", "v1", {"jobs"}},
      {"mutating-webhook-configuration", "", "", {}},
      {"namespace", "", "v1", {"namespaces"}},
      {"network-policy", "networking.k8s.io", "v1", {"networkpolicies"}},
      {"persistent-volume", "", "v1", {"persistentvolumes"}},
      {"persistent-volume-claim", "", "v1", {"persistentvolumeclaims"}},
      {"pod", "", "v1", {"pods"}},
      {"pod-disruption-budget", "policy", "v1", {"poddisruptionbudgets"}},
      {"replica-set", "apps", "v1", {"replicasets"}},
      {"role", "rbac.authorization.k8s.io", "v1", {"roles", "clusterroles"}},
      {"role-binding", "rbac.authorization.k8s.io", "v1", {"rolebindings", "clusterrolebindings"}},
      {"secret", "", "v1", {"secrets"}},
      {"service", "", "v1", {"services"}},
      {"service-account", "", "v1", {"serviceaccounts"}},
      {"stateful-set", "apps", "v1", {"statefulsets"}},
      {"storage-class", "storage.k8s.io", "v1", {"storageclasses"}},
  };
  return kKinds;
}
const std::vector<Kind>& workloads() {
  static const std::vector<Kind> kKinds = {
      {"", "", "v1", {"pods", "replicationcontrollers"}},
      {"", "apps", "v1", {"deployments", "daemonsets", "statefulsets", "replicasets"}},
      {"", "batch", "v1", {"jobs", "cronjobs"}},
  };
  return kKinds;
}

std::string json(std::string_view text) {
  std::string out;
  core::append_json_string(out, text);
  return out;
}

std::string rule_line(std::string_view group, std::string_view version, const std::vector<std::string_view>& resources) {
  std::string out = "    - {apiGroups: [" + json(group) + "], apiVersions: [" + std::string(version) + "], operations: [CREATE, UPDATE], resources: [";
  for (size_t i = 0; i < resources.size(); ++i) out += (i ? ", " : "") + std::string(resources[i]);
  return out + "]}\n";
}

// "containers[].ports" over `item`: nested lists from the outside in.
bool each_path(std::string_view path, std::vector<std::string>& steps) {
  while (!path.empty()) {
    size_t end = path.find("[].");
    steps.emplace_back(path.substr(0, end));
    if (end == std::string_view::npos) break;
    path = path.substr(end + 3);
  }
  return std::all_of(steps.begin(), steps.end(), [](const std::string& step) { return step.find('[') == std::string::npos; });
}

std::string optional_path(std::string_view base, std::string_view path) {
  std::string out(base);
  while (!path.empty()) {
    size_t dot = path.find('.');
    out += ".?" + std::string(path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return out;
}

std::string folded(std::string_view text, size_t indent) {
  // One line in a block: quoting would hide what people want to read.
  return ">-\n" + std::string(indent, ' ') + std::string(text) + "\n";
}

}  // namespace

Exported export_rule(const Rule& rule, std::string_view action) {
  Exported out;
  out.name = "assay-" + rule.info.name;
  auto refuse = [&](std::string reason) {
    out.reason = std::move(reason);
    return out;
  };
  if (rule.language != "cel") return refuse("its language is " + rule.language);
  bool of_templates = false;
  std::string constraints;
  for (const std::string& resource : rule.info.resources) {
    if (!resource.starts_with("kubernetes/")) return refuse("it judges " + resource + " as well");
    std::string_view view = std::string_view(resource).substr(11);
    if (resource == kTemplateView || view == "workload") {
      of_templates = resource == kTemplateView;
      for (const Kind& kind : workloads()) constraints += rule_line(kind.group, kind.version, kind.resources);
      continue;
    }
    auto kind = std::find_if(kinds().begin(), kinds().end(), [&](const Kind& k) { return k.view == view; });
    if (kind == kinds().end()) return refuse("objects of " + resource + " are none that clusters have today, or any at all");
    if (kind->resources.empty()) return refuse("admission never judges objects that configure admission");
    constraints += rule_line(kind->group, kind->version, kind->resources);
  }
  if (of_templates && rule.info.resources.size() > 1) return refuse("it judges pod templates and other objects alike");

  Meanings names;
  std::string variables;
  if (of_templates) {
    variables =
        "  variables:\n"
        "  - name: template\n"
        "    expression: 'object.kind == \"Pod\" ? object : object.kind == \"CronJob\" ? object.spec.jobTemplate.spec.template : object.spec.template'\n"
        "  - name: containers\n"
        "    expression: >-\n"
        "      variables.template.?spec.?initContainers.orValue([]) + variables.template.?spec.?containers.orValue([]) +\n"
        "      variables.template.?spec.?ephemeralContainers.orValue([])\n";
    names["resource"] = {"variables.template", false};
    names["resource.containers"] = {"variables.containers", false};
    names["resource.workload"] = {"object", false};
    names["resource.kind"] = {"object.kind", false};
    names["resource.apiVersion"] = {"object.apiVersion", false};
  } else {
    names["resource"] = {"object", false};
  }
  std::string before, after;
  if (!rule.each.empty()) {
    std::vector<std::string> steps;
    if (!each_path(rule.each, steps)) return refuse("the list that it judges has no counterpart");
    std::string base = of_templates ? "variables.template" : "object";
    for (size_t i = 0; i < steps.size(); ++i) {
      bool last = i + 1 == steps.size();
      std::string variable = last ? "item" : "outer" + std::to_string(i);
      std::string over = of_templates && i == 0 && steps[i] == "containers" ? "variables.containers" : optional_path(base, steps[i]) + ".orValue([])";
      before += over + ".exists(" + variable + ", ";
      after += ")";
      base = variable;
    }
    names["item"] = {"item", false};
  }
  Translation translated = translate_condition(rule.logic, names);
  if (translated.text.empty()) return refuse(translated.reason);
  std::string violation = before + translated.text + after;
  std::string expression = violation.starts_with('(') ? "!" + violation : "!(" + violation + ")";

  // What does not compile there is not exported.
  cel::Environment environment(&cel::kubernetes_environment());
  const cel::Type* dyn = cel::simple_type(cel::TypeKind::kDyn);
  environment.add_object_type("kubernetes.variables", {{"template", dyn}, {"containers", dyn}});
  environment.add_lazy_variable("variables.template", dyn);
  environment.add_lazy_variable("variables.containers", dyn);
  cel::Issues issues;
  std::unique_ptr<cel::Program> program = cel::compile(environment, expression, {}, issues);
  if (!program) return refuse("its translation does not compile: " + issues[0].message);
  if (program->type->kind != cel::TypeKind::kBool) return refuse("its translation is no bool");

  std::string message = rule.info.id + " " + rule.info.name + ": " + (rule.info.message.empty() ? rule.info.title : rule.info.message);
  std::replace(message.begin(), message.end(), '\n', ' ');
  if (message.size() > kMaxMessage) message.resize(kMaxMessage);
  out.yaml = "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata:\n  name: " + out.name +
             "\n  labels: {app.kubernetes.io/managed-by: assay}\n  annotations: {assay/rule: " + json(rule.info.id) + ", assay/severity: " +
             std::string(severity_name(rule.info.severity)) + "}\nspec:\n  failurePolicy: Fail\n  matchConstraints:\n    resourceRules:\n" + constraints +
             variables + "  validations:\n  - message: " + json(message) + "\n    expression: " + folded(expression, 6) +
             "---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata:\n  name: " + out.name +
             "\n  labels: {app.kubernetes.io/managed-by: assay}\nspec:\n  policyName: " + out.name + "\n  validationActions: [" + std::string(action) + "]\n";
  return out;
}

}  // namespace assay::rules::vap
