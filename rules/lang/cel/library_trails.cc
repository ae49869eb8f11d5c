// What watches a CloudTrail trail: metric filters on its log group, and alarms on their metrics.
//
//   trail.watched(x)         does any metric filter read the log group of the trail? True where the group is not in the scan
//   trail.unwatched(x, what) does an alarm miss what some of `what` is about? False where the group is not in the scan, and
//                            where no filter reads it at all. The kinds are the rows of kKinds.
//
// A pattern is read for the events, errors and user types that it names; that further conditions narrow it is not seen, so
// that a doubtful pattern counts as one that watches.
#include <algorithm>

#include "parsers/core/text.h"
#include "rules/identity/glob.h"
#include "rules/lang/cel/identity_run.h"

namespace assay::rules::cel {
namespace {

constexpr std::string_view kFilterType = "aws/cloudwatch/metric-filter";
constexpr std::string_view kAlarmType = "aws/cloudwatch/alarm";

using Args = std::span<const Val>;
using model::EdgeKind;
using model::Resource;
using model::Value;

// The events that have to be watched; those that another names alone are left out.
struct Kind {
  std::string_view name;
  std::string_view field;   // the selector that tells them apart
  std::string_view source;  // a pattern that names the event source alone sees all of its events
  std::string_view values;  // separated by blanks
};
constexpr Kind kKinds[] = {
    {"unauthorized calls", "errorCode", "", "AccessDenied UnauthorizedOperation"},
    {"sign-in without a second factor", "additionalEventData.MFAUsed", "", ""},
    {"use of the root user", "userIdentity.type", "", "Root"},
    {"changes of IAM policies", "eventName", "iam.amazonaws.com",
     "DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy CreatePolicy DeletePolicy CreatePolicyVersion "
     "DeletePolicyVersion AttachRolePolicy DetachRolePolicy AttachUserPolicy DetachUserPolicy AttachGroupPolicy DetachGroupPolicy"},
    {"changes of CloudTrail", "eventName", "cloudtrail.amazonaws.com", "CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging"},
    {"failed console sign-ins", "errorMessage", "", "Failed&authentication"},
    {"customer keys being disabled or deleted", "eventName", "kms.amazonaws.com", "DisableKey ScheduleKeyDeletion"},
    {"changes of bucket policies", "eventName", "s3.amazonaws.com",
     "PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication DeleteBucketPolicy DeleteBucketCors DeleteBucketLifecycle "
     "DeleteBucketReplication"},
    {"changes of AWS Config", "eventName", "config.amazonaws.com", "StopConfigurationRecorder DeleteDeliveryChannel PutDeliveryChannel PutConfigurationRecorder"},
    {"changes of security groups", "eventName", "ec2.amazonaws.com",
     "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup"},
    {"changes of network ACLs", "eventName", "ec2.amazonaws.com",
     "CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry ReplaceNetworkAclAssociation"},
    {"changes of network gateways", "eventName", "ec2.amazonaws.com",
     "CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway DeleteInternetGateway DetachInternetGateway"},
    {"changes of route tables", "eventName", "ec2.amazonaws.com",
     "CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable DeleteRoute DisassociateRouteTable"},
    {"changes of VPCs", "eventName", "ec2.amazonaws.com",
     "CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection CreateVpcPeeringConnection DeleteVpcPeeringConnection RejectVpcPeeringConnection"},
    {"changes in AWS Organizations", "eventName", "organizations.amazonaws.com",
     "AcceptHandshake AttachPolicy CreateAccount CreateOrganizationalUnit CreatePolicy DeclineHandshake DeleteOrganization DeleteOrganizationalUnit "
     "DeletePolicy DetachPolicy DisablePolicyType EnablePolicyType InviteAccountToOrganization LeaveOrganization MoveAccount RemoveAccountFromOrganization "
     "UpdatePolicy UpdateOrganizationalUnit"},
};

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find(' ', at), text.size());
    std::string word(text.substr(at, end - at));
    std::replace(word.begin(), word.end(), '&', ' ');
    if (!word.empty()) out.push_back(std::move(word));
    at = end + 1;
  }
  return out;
}

// The values that a pattern compares `$.field` with: { ($.eventName = DeleteTrail) || ($.eventName = "Stop*") }.
// With a negated comparison everything is seen. A field whose path ends in `field` counts as well.
struct Compared {
  bool named = false;    // the field occurs
  bool negated = false;  // with != or NOT EXISTS
  std::vector<std::string> values;
};
Compared compared(std::string_view pattern, std::string_view field) {
  Compared out;
  for (size_t at = pattern.find(field); at != std::string_view::npos; at = pattern.find(field, at + 1)) {
    size_t end = at + field.size();
    bool starts = at > 0 && pattern[at - 1] == '.';
    bool ends = end >= pattern.size() || !(core::is_alpha(pattern[end]) || core::is_digit(pattern[end]) || pattern[end] == '.' || pattern[end] == '_');
    if (!starts || !ends) continue;
    out.named = true;
    auto skip = [&] { while (end < pattern.size() && core::is_space(pattern[end])) ++end; };
    skip();
    if (end < pattern.size() && pattern[end] == '!') out.negated = true;
    if (end >= pattern.size() || pattern[end] != '=') continue;
    ++end;
    skip();
    char quote = end < pattern.size() && (pattern[end] == '"' || pattern[end] == '\'') ? pattern[end++] : '\0';
    // Quotes that a template escaped are still quotes.
    size_t from = end;
    while (end < pattern.size() && (quote ? pattern[end] != quote : !core::is_space(pattern[end]) && pattern[end] != ')' && pattern[end] != '}' && pattern[end] != '&' && pattern[end] != '|')) ++end;
    out.values.emplace_back(pattern.substr(from, end - from));
  }
  return out;
}

// Of the values of a kind those that the pattern does not look for are left in `missing`.
void take_seen(std::string_view pattern, const Kind& kind, std::vector<std::string>& missing, bool& seen) {
  Compared found = compared(pattern, kind.field);
  if (kind.values.empty()) {
    seen = seen || found.named;
    return;
  }
  if (kind.name == "failed console sign-ins") {
    // The response says so as well.
    Compared response = compared(pattern, "responseElements.ConsoleLogin");
    if (std::any_of(response.values.begin(), response.values.end(), [](const std::string& value) { return identity::glob_matches(value, "Failure", false); })) missing.clear();
  }
  if (!kind.source.empty() && !found.named) {
    Compared source = compared(pattern, "eventSource");
    if (std::any_of(source.values.begin(), source.values.end(), [&](const std::string& value) { return identity::glob_matches(value, kind.source, false); })) missing.clear();
  }
  std::erase_if(missing, [&](const std::string& value) {
    return std::any_of(found.values.begin(), found.values.end(), [&](const std::string& written) {
      if (identity::glob_matches(written, value, false)) return true;
      // "*UnauthorizedOperation" and "AccessDenied*" are how the errors of most services are caught.
      return kind.field == "errorCode" && written.find(value) != std::string::npos;
    });
  });
}

class Watch {
 public:
  Watch(IdentityRun& run) : run_(run), project_(*run.context().project), self_(*run.context().resource) {
    for (const model::Edge& edge : project_.edges_from(self_.index)) {
      if (edge.kind != EdgeKind::kRefers) continue;
      static constexpr std::string_view kNames[] = {"cloud_watch_logs_group_arn", "CloudWatchLogsLogGroupArn", "cloudwatch_logs_log_group_arn"};
      if (std::none_of(std::begin(kNames), std::end(kNames), [&](std::string_view name) { return edge.path.starts_with(name); })) continue;
      const Resource& other = *project_.resources[edge.to];
      if (view_of(other, "aws/cloudwatch/log-group") && other.kind != "data") group_ = &other;
    }
    if (!group_) return;
    model::ask(model::TieKind::kView, kFilterType);
    for (const Resource* resource : project_.resources) {
      const Value* filter = view_of(*resource, kFilterType);
      if (!filter) continue;
      switch (linked(*resource, *filter, "log_group_name", *group_, "aws/cloudwatch/log-group", {"name"})) {
        case identity::Tri::kYes:
          if (run.asker().holds(resource->root, resource->exists)) filters_.push_back({resource, filter});
          break;
        case identity::Tri::kMaybe:
          if (resource->root == self_.root) open_.push_back(filter);
          break;
        case identity::Tri::kNo: break;
      }
    }
  }
  const Resource* group() const { return group_; }
  bool any() const { return !filters_.empty(); }
  const std::vector<const Value*>& open() const { return open_; }

  // What of the kind nobody is told about; empty: all is well, or cannot be said.
  std::string missing(const Kind& kind) {
    std::vector<std::string> without_filter = words_of(kind.values), without_alarm = without_filter;
    bool filtered = false, alarmed = false;
    for (const auto& [resource, filter] : filters_) {
      const Value* pattern = filter->find("pattern");
      if (!pattern || !pattern->is_string()) {
        if (pattern) open_.push_back(pattern);
        continue;
      }
      take_seen(pattern->text(), kind, without_filter, filtered);
      if (has_alarm(*resource, *filter)) take_seen(pattern->text(), kind, without_alarm, alarmed);
    }
    bool none = kind.values.empty();
    if (none ? alarmed : without_alarm.empty()) return {};
    bool no_filter = none ? !filtered : !without_filter.empty();
    std::string out = no_filter ? "no metric filter on " + std::string(group_->address) + " looks for " : "no alarm tells of ";
    out += kind.name;
    const std::vector<std::string>& rest = no_filter ? without_filter : without_alarm;
    if (!none && rest.size() < words_of(kind.values).size()) {
      out += ": " + rest[0];
      if (rest.size() > 1) out += " and " + std::to_string(rest.size() - 1) + " more events are left out";
      else out += " is left out";
    }
    return out;
  }

 private:
  static const Value* view_of(const Resource& resource, std::string_view type) {
    for (const model::View& view : resource.views) {
      if (view.type.text() == type) return &view.value;
    }
    return nullptr;
  }

  // Does `attribute` of a view name the other resource: by an edge, or by a text that equals one of its names?
  identity::Tri linked(const Resource& from, const Value& view, std::string_view attribute, const Resource& to, std::string_view to_type,
                       std::initializer_list<std::string_view> names) {
    for (const model::Edge& edge : project_.edges_from(from.index)) {
      if (edge.kind == EdgeKind::kRefers && edge.to == to.index) return identity::Tri::kYes;
    }
    const Value* written = view.find(attribute);
    if (!written || written->is_null()) return identity::Tri::kNo;
    const Value* named = view_of(to, to_type);
    for (std::string_view name : names) {
      const Value* own = named ? model::at_path(*named, name) : nullptr;
      if (written->is_string() && own && own->is_string()) return written->text() == own->text() ? identity::Tri::kYes : identity::Tri::kNo;
    }
    if (written->is_string()) return identity::Tri::kNo;  // the name of the group is not known, but it is another's text
    // A reference to another group of the scan is none to this one.
    for (const model::Edge& edge : project_.edges_from(from.index)) {
      if (edge.kind == EdgeKind::kRefers && view_of(*project_.resources[edge.to], to_type)) return identity::Tri::kNo;
    }
    return identity::Tri::kMaybe;
  }

  bool has_alarm(const Resource& filter, const Value& view) {
    if (alarms_.empty() && !looked_) {
      looked_ = true;
      model::ask(model::TieKind::kView, kAlarmType);
      for (const Resource* resource : project_.resources) {
        if (const Value* alarm = view_of(*resource, kAlarmType)) alarms_.push_back({resource, alarm});
      }
    }
    for (const auto& [resource, alarm] : alarms_) {
      const Value* enabled = alarm->find("actions_enabled");
      if (enabled && enabled->is_bool() && !enabled->boolean) continue;
      if (!alarm->find("metric_name")) {
        if (alarm->find("metric_query") || alarm->find("metrics")) return true;  // a formula: not read
        continue;
      }
      identity::Tri same = linked(*resource, *alarm, "metric_name", filter, "aws/cloudwatch/metric-filter", {"metric_transformation.name", "metric_transformation.metric_name"});
      if (same == identity::Tri::kYes && run_.asker().holds(resource->root, resource->exists)) return true;
      if (same == identity::Tri::kMaybe && resource->root == self_.root) {
        open_.push_back(alarm->find("metric_name"));
        return true;
      }
    }
    return false;
  }

  IdentityRun& run_;
  const model::Project& project_;
  const Resource& self_;
  const Resource* group_ = nullptr;
  std::vector<std::pair<const Resource*, const Value*>> filters_, alarms_;
  bool looked_ = false;
  std::vector<const Value*> open_;
};

void point_at_group(IdentityRun& run) {
  if (const Value* place = run.view()->find("cloud_watch_logs_group_arn")) run.point(*place);
}

Val watched(Eval& eval, Args args) {
  IdentityRun run(eval, args[0]);
  if (!run.view() || !run.context().project) return bool_val(true);
  Watch watch(run);
  if (!watch.group() || watch.any()) return bool_val(true);
  if (!watch.open().empty() && run.asker().ask("reads", watch.open(), "the log group of the trail")) return bool_val(true);
  run.say("no metric filter reads " + std::string(watch.group()->address) + ", where the trail delivers");
  point_at_group(run);
  return bool_val(false);
}

Val unwatched(Eval& eval, Args args) {
  std::string_view what = args[1].text();
  const Kind* kind = std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& one) { return one.name == what; });
  if (kind == std::end(kKinds)) return eval.error("trail.unwatched: there is no such kind of events");
  IdentityRun run(eval, args[0]);
  if (!run.view() || !run.context().project) return bool_val(false);
  Watch watch(run);
  if (!watch.group() || !watch.any()) return bool_val(false);
  std::string missing = watch.missing(*kind);
  if (missing.empty()) return bool_val(false);
  if (!watch.open().empty() && run.asker().ask("covers", watch.open(), what)) return bool_val(false);
  run.say(std::move(missing));
  point_at_group(run);
  return bool_val(true);
}

constexpr FunctionRow kRows[] = {
    {"trail.watched", "(dyn) bool", watched, kSeesUnknown},
    {"trail.unwatched", "(dyn, string) bool", unwatched, kSeesUnknown},
};

}  // namespace

std::span<const std::string_view> searched_views() {
  static constexpr std::string_view kTypes[] = {kFilterType, kAlarmType};
  return kTypes;
}

std::span<const FunctionRow> trails_library() { return kRows; }

}  // namespace assay::rules::cel
