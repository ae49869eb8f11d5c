// Ref, GetAtt, pseudo parameters and dynamic references: where values come from outside of the
// expression at hand.
#include <algorithm>

#include "parsers/core/suggest.h"
#include "parsers/formats/cloudformation/evaluator.h"

namespace assay::formats::cloudformation {

using core::ProblemSeverity;
using core::Span;
using model::OriginKind;
using model::Value;
using syntax::Node;

namespace {

bool is_secret_store(std::string_view reference) {
  return reference.starts_with("resolve:ssm-secure:") ||
         reference.starts_with("resolve:secretsmanager:");
}

// What the region's name says of its partition.
constexpr Partition kPartitions[] = {
    {"cn-", "aws-cn", "amazonaws.com.cn"},  {"us-gov-", "aws-us-gov", "amazonaws.com"},
    {"us-iso-", "aws-iso", "c2s.ic.gov"},   {"us-isob-", "aws-iso-b", "sc2s.sgov.gov"},
    {"eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"}, {"us-isof-", "aws-iso-f", "csp.hci.ic.gov"},
    {"eusc-", "aws-eusc", "amazonaws.eu"},  {"", "aws", "amazonaws.com"}};

struct Echo {
  std::string_view type, attribute;
};
// Candidates looked at for "did you mean", over all problems of a template.
constexpr size_t kMaxSuggestionWork = 200'000;

// Attributes that give back the property of the same name.
constexpr Echo kEchoes[] = {
    {"AWS::EC2::VPC", "CidrBlock"},         {"AWS::EC2::VPC", "InstanceTenancy"},
    {"AWS::EC2::Subnet", "CidrBlock"},      {"AWS::EC2::Subnet", "AvailabilityZone"},
    {"AWS::EC2::Subnet", "VpcId"},          {"AWS::EC2::SecurityGroup", "VpcId"},
    {"AWS::Lambda::Version", "FunctionName"}, {"AWS::SSM::Parameter", "Value"},
    {"AWS::SSM::Parameter", "Type"},
};

// Types whose Ref gives the name that a property sets (AWS CloudFormation template reference, "Return
// values" of each type). Not those whose Ref gives an ARN, an address or an id of the service's own.
// Sorted by type. Where the service folds names (RDS makes "mydb" of "MyDb"), only folded ones are known.
struct NamedBy {
  std::string_view type, property;
  bool folds = false;
};
constexpr NamedBy kNamed[] = {
    {"AWS::ApiGateway::Stage", "StageName"},
    {"AWS::ApiGatewayV2::Stage", "StageName"},
    {"AWS::Athena::WorkGroup", "Name"},
    {"AWS::AutoScaling::AutoScalingGroup", "AutoScalingGroupName"},
    {"AWS::AutoScaling::LaunchConfiguration", "LaunchConfigurationName"},
    {"AWS::CloudWatch::Alarm", "AlarmName"},
    {"AWS::CloudWatch::Dashboard", "DashboardName"},
    {"AWS::CodeBuild::Project", "Name"},
    {"AWS::CodeDeploy::Application", "ApplicationName"},
    {"AWS::CodePipeline::Pipeline", "Name"},
    {"AWS::DocDB::DBCluster", "DBClusterIdentifier", true},
    {"AWS::DynamoDB::GlobalTable", "TableName"},
    {"AWS::DynamoDB::Table", "TableName"},
    {"AWS::EC2::KeyPair", "KeyName"},
    {"AWS::ECR::Repository", "RepositoryName"},
    {"AWS::ECS::Cluster", "ClusterName"},
    {"AWS::EKS::Cluster", "Name"},
    {"AWS::ElastiCache::ReplicationGroup", "ReplicationGroupId", true},
    {"AWS::ElasticBeanstalk::Application", "ApplicationName"},
    {"AWS::ElasticBeanstalk::Environment", "EnvironmentName"},
    {"AWS::ElasticLoadBalancing::LoadBalancer", "LoadBalancerName"},
    {"AWS::Elasticsearch::Domain", "DomainName"},
    {"AWS::Events::EventBus", "Name"},
    {"AWS::Glue::Crawler", "Name"},
    {"AWS::Glue::Job", "Name"},
    {"AWS::IAM::Group", "GroupName"},
    {"AWS::IAM::InstanceProfile", "InstanceProfileName"},
    {"AWS::IAM::Role", "RoleName"},
    {"AWS::IAM::User", "UserName"},
    {"AWS::IoT::Policy", "PolicyName"},
    {"AWS::IoT::Thing", "ThingName"},
    {"AWS::IoT::TopicRule", "RuleName"},
    {"AWS::KMS::Alias", "AliasName"},
    {"AWS::Kinesis::Stream", "Name"},
    {"AWS::KinesisFirehose::DeliveryStream", "DeliveryStreamName"},
    {"AWS::Lambda::Function", "FunctionName"},
    {"AWS::Logs::LogGroup", "LogGroupName"},
    {"AWS::Logs::LogStream", "LogStreamName"},
    {"AWS::Neptune::DBCluster", "DBClusterIdentifier", true},
    {"AWS::OpenSearchService::Domain", "DomainName"},
    {"AWS::RDS::DBCluster", "DBClusterIdentifier", true},
    {"AWS::RDS::DBInstance", "DBInstanceIdentifier", true},
    {"AWS::RDS::DBParameterGroup", "DBParameterGroupName", true},
    {"AWS::RDS::DBSubnetGroup", "DBSubnetGroupName", true},
    {"AWS::Redshift::Cluster", "ClusterIdentifier", true},
    {"AWS::S3::Bucket", "BucketName"},
    {"AWS::SES::ConfigurationSet", "Name"},
    {"AWS::SSM::Document", "Name"},
    {"AWS::SSM::Parameter", "Name"},
    {"AWS::Serverless::Function", "FunctionName"},
    {"AWS::Serverless::SimpleTable", "TableName"},
};

static_assert(std::is_sorted(std::begin(kNamed), std::end(kNamed),
                             [](const NamedBy& a, const NamedBy& b) { return a.type < b.type; }));

bool has_upper_case(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

const Partition& partition_of(std::string_view region) {
  for (const Partition& partition : kPartitions) {
    if (region.starts_with(partition.prefix)) return partition;
  }
  return kPartitions[std::size(kPartitions) - 1];
}

Value Evaluator::call(const Call& call) {
  switch (call.function) {
    case Function::kRef: return fn_ref(call);
    case Function::kGetAtt: return fn_get_att(call);
    case Function::kSub: return fn_sub(call);
    case Function::kJoin: return fn_join(call);
    case Function::kSelect: return fn_select(call);
    case Function::kSplit: return fn_split(call);
    case Function::kFindInMap: return fn_find_in_map(call);
    case Function::kIf: return fn_if(call);
    case Function::kCidr: return fn_cidr(call);
    case Function::kBase64:
    case Function::kGetAZs:
    case Function::kImportValue:
    case Function::kLength:
    case Function::kToJsonString: return fn_unary(call);
    case Function::kTransform: return fn_transform(call);
    case Function::kRefAll:
    case Function::kValueOf:
    case Function::kValueOfAll: return opaque(call.name, values().span(*call.node));
    case Function::kGetStackOutput: return opaque("Fn::GetStackOutput", values().span(*call.node));
    case Function::kUnknown: break;
    case Function::kDirective:
      not_expanded(call.name, values().span(*call.node));
      return opaque(values().keep(call.name), values().span(*call.node));
    default:
      return wrong_call(call, std::string(call.name) +
                                  " gives a condition: it can stand in Conditions and Rules only");
  }
  std::string message = "there is no function " + std::string(call.name);
  std::string meant = closest_function(call.name);
  if (!meant.empty()) message.append("; did you mean ").append(meant).append("?");
  return wrong_call(call, std::move(message));
}

Value Evaluator::through(OriginKind kind, Span at, std::string_view what, Value value) {
  std::span<const Value> from(&value, 1);
  if (value.is_unknown() && !value.origin) from = {};
  const model::Origin* hop = origin(kind, at, arena_.copy(what), from);
  return with_origin(with_span(with_guard(value, model::kAlways), at), hop);
}

Value Evaluator::fn_ref(const Call& call) {
  auto text = plain_text(call.argument);
  Span at = values().span(*call.node);
  if (!text) return wrong_call(call, "Ref needs the name of a parameter or resource");
  std::string_view name = bind_text(values().keep(*text));
  auto [label, is_new] = ref_labels_.try_emplace(name);
  if (is_new) label->second = arena_.copy(std::string_view("Ref " + std::string(name)));
  return reference(name, at, label->second);
}

Value Evaluator::fn_get_att(const Call& call) {
  Span at = values().span(*call.node);
  std::string_view resource, attribute_name;
  if (is_sequence(call.argument)) {
    std::vector<const Node*> parts = arguments(call);
    if (parts.size() < 2 || !parts[0]) {
      return wrong_call(call, "Fn::GetAtt needs a logical id and an attribute");
    }
    Value first = with_guard(evaluate(parts[0]), model::kAlways);
    if (first.is_unknown() || first.is_alternatives()) {
      return with_span(derived("GetAtt", nullptr, {&first, 1}), at);
    }
    if (!first.is_string()) {
      return wrong_call(call, "Fn::GetAtt needs a logical id and an attribute");
    }
    resource = first.text();
    if (parts.size() == 2 && !plain_text(parts[1])) {
      // The attribute is itself computed.
      Value named = evaluate(parts[1]);
      if (named.is_string()) {
        attribute_name = named.text();
      } else {
        refer(resource);
        return with_span(derived("GetAtt " + std::string(resource), nullptr, {&named, 1}), at);
      }
    } else {
      std::string joined;
      for (size_t i = 1; i < parts.size(); ++i) {
        auto part = plain_text(parts[i]);
        if (!part) return wrong_call(call, "Fn::GetAtt needs a logical id and an attribute");
        joined.append(i > 1 ? "." : "").append(*part);
      }
      attribute_name = bind_text(arena_.copy(std::string_view(joined)));
    }
  } else {
    auto text = plain_text(call.argument);
    size_t dot = text ? text->find('.') : std::string_view::npos;
    if (dot == std::string_view::npos) {
      return wrong_call(call, "Fn::GetAtt needs a logical id and an attribute: LogicalId.Attribute");
    }
    std::string_view whole = bind_text(values().keep(*text));
    dot = whole.find('.');
    resource = whole.substr(0, dot);
    attribute_name = whole.substr(dot + 1);
  }
  std::string what = "GetAtt ";
  what.append(resource).append(1, '.').append(attribute_name);
  return attribute(resource, attribute_name, at, arena_.copy(std::string_view(what)));
}

Value Evaluator::reference(std::string_view name, Span at, std::string_view what) {
  auto through = [&](const Value& value) {
    return this->through(OriginKind::kReference, at, what, value);
  };
  for (const Binding* binding = scope_; binding; binding = binding->outer) {
    if (!binding->name.empty() && binding->name == name) return through(binding->value);
  }
  if (name.starts_with("AWS::")) return pseudo(name, at);
  auto parameter = parameter_index_.find(name);
  if (parameter != parameter_index_.end()) return through(parameters_[parameter->second].value);

  uint32_t resource = find_resource(name);
  if (resource == kNoResource && undefined(name, at)) return undefined_value(name, at);
  refer(name);
  Value made = physical_id(resource, name);
  return through(made.is_unknown() ? with_span(made, at) : made);
}

// What Ref gives for a resource: the name it is given, else an unknown that names it.
Value Evaluator::physical_id(uint32_t resource, std::string_view name) {
  auto known = physical_ids_.find(name);
  if (known != physical_ids_.end()) return known->second;
  if (resource != kNoResource) {
    const Node* body = resources_[resource].value;
    std::string_view type = is_mapping(body) ? plain_text(syntax::lookup(*body, "Type")).value_or("") : "";
    auto named = std::lower_bound(std::begin(kNamed), std::end(kNamed), type,
                                  [](const NamedBy& one, std::string_view key) { return one.type < key; });
    if (named != std::end(kNamed) && named->type == type) {
      auto given = property_of(resource, named->property);
      if (given && given->is_string() && given->size && !(named->folds && has_upper_case(given->text()))) {
        return *given;
      }
    }
  }
  model::Unknown unknown =
      model::unknown_input(id(name), model::string_type(), arena_).unknown();
  unknown.not_null = true;
  unknown.min_length = 1;  // a physical id is never empty
  return physical_ids_.emplace(arena_.copy(name), model::unknown_value(unknown, arena_)).first->second;
}

Value Evaluator::attribute(std::string_view resource, std::string_view attribute, Span at,
                           std::string_view what) {
  if (parameter_index_.count(resource) > 0 && find_resource(resource) == kNoResource) {
    problem(ProblemSeverity::kWarning, "cfn-undefined-reference",
            std::string(resource) + " is a parameter: it has no attributes", at);
    return opaque(resource, at);
  }
  if (find_resource(resource) == kNoResource && undefined(resource, at)) return undefined_value(resource, at);
  refer(resource);
  uint32_t index = find_resource(resource);
  if (index != kNoResource) {
    if (place_.surroundings && attribute.starts_with("Outputs.")) {
      auto value = place_.surroundings->output(index, attribute.substr(8), at);
      if (value) return through(OriginKind::kModuleOutput, at, what, *value);
    }
    if (auto value = echoed(index, attribute)) return through(OriginKind::kReference, at, what, *value);
  }
  std::string name(resource);
  name.append(1, '.').append(attribute);
  bool is_arn = attribute == "Arn" || attribute.ends_with(".Arn");
  model::Unknown unknown =
      model::unknown_input(id(name), is_arn ? model::string_type() : nullptr, arena_).unknown();
  unknown.not_null = true;
  if (is_arn) unknown.min_length = 1;
  if (is_arn) unknown.prefix = "arn:";
  Value value = with_span(model::unknown_value(unknown, arena_), at);
  return with_origin(value, origin(OriginKind::kReference, at, what, {}));
}

std::optional<Value> Evaluator::echoed(uint32_t resource, std::string_view attribute) {
  const ExpandedEntry& entry = resources_[resource];
  if (!is_mapping(entry.value) || entry.guard != model::kAlways) return std::nullopt;
  auto type = plain_text(syntax::lookup(*entry.value, "Type"));
  bool echoes = std::any_of(std::begin(kEchoes), std::end(kEchoes), [&](const Echo& echo) {
    return echo.type == type && echo.attribute == attribute;
  });
  return echoes ? property_of(resource, attribute) : std::nullopt;
}

std::optional<Value> Evaluator::property_of(uint32_t resource, std::string_view name) {
  const ExpandedEntry& entry = resources_[resource];
  if (!is_mapping(entry.value) || entry.guard != model::kAlways) return std::nullopt;
  if (std::count(echoing_.begin(), echoing_.end(), resource) > 0) return std::nullopt;
  const Node* properties = syntax::lookup(*entry.value, "Properties");
  const Node* written = is_mapping(properties) ? syntax::lookup(*properties, name) : nullptr;
  if (!written) return std::nullopt;
  echoing_.push_back(resource);
  Value value;
  {
    Within within(*this, kNoResource, model::kAlways, entry.scope);
    std::vector<Step> path;
    path.swap(path_);
    std::vector<uint32_t>* collected = std::exchange(collected_, nullptr);
    value = evaluate(written);
    collected_ = collected;
    path.swap(path_);
  }
  echoing_.pop_back();
  if (value.guard != model::kAlways || value.is_null()) return std::nullopt;
  return value;
}

// Whatever was meant, something was written: the value is not null.
Value Evaluator::undefined_value(std::string_view name, Span at) {
  model::Unknown unknown = opaque(name, at).unknown();
  unknown.not_null = true;
  return with_span(model::unknown_value(unknown, arena_), at);
}

// Reports a name that is neither parameter nor resource, unless something generates names.
bool Evaluator::undefined(std::string_view name, Span at) {
  if (generated_) return false;
  if (root_.problems.size() >= kMaxProblems) return true;  // nothing more is said: spare the search
  std::string message = "there is no parameter or resource named " + std::string(name);
  std::vector<std::string_view> candidates;
  for (const Parameter& parameter : parameters_) candidates.push_back(parameter.name);
  for (const ExpandedEntry& resource : resources_) candidates.push_back(resource.key);
  // A template of thousands of names in which none is right is not spelled wrong.
  bool search = root_.problems.size() * candidates.size() < kMaxSuggestionWork;
  std::string_view best = search ? core::closest(name, candidates) : std::string_view{};
  if (!best.empty()) message.append("; did you mean ").append(best).append("?");
  problem(ProblemSeverity::kWarning, "cfn-undefined-reference", std::move(message), at);
  return true;
}

// The text of a JSON string that --context gives for one of the keys; "" when none.
std::string Evaluator::context_text(std::initializer_list<std::string_view> keys) const {
  for (std::string_view key : keys) {
    if (!context_.options) break;
    auto found = context_.options->context.find(std::string(key));
    if (found == context_.options->context.end()) continue;
    std::string_view text = found->second;
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
      text = text.substr(1, text.size() - 2);
    }
    return std::string(text);
  }
  for (std::string_view key : keys) {
    auto found = place_.environment.find(std::string(key));
    if (found != place_.environment.end()) return found->second;
  }
  return {};
}

// The texts of a JSON list of strings that --context gives for one of the keys.
std::vector<std::string> Evaluator::context_list(std::initializer_list<std::string_view> keys) const {
  std::vector<std::string> out;
  if (!context_.options) return out;
  for (std::string_view key : keys) {
    auto found = context_.options->context.find(std::string(key));
    if (found == context_.options->context.end()) continue;
    std::string_view text = found->second;
    while (true) {
      size_t open = text.find('"');
      size_t close = open == std::string_view::npos ? open : text.find('"', open + 1);
      if (close == std::string_view::npos) return out;
      out.emplace_back(text.substr(open + 1, close - open - 1));
      text.remove_prefix(close + 1);
    }
  }
  return out;
}

Value Evaluator::pseudo(std::string_view name, Span at) {
  if (name == "AWS::NoValue") return no_value(at);
  auto known = pseudos_.find(name);
  if (known == pseudos_.end()) {
    std::string region = context_text({"AWS::Region", "aws_region.name", "aws_region.id"});
    std::string text;
    if (name == "AWS::Region") {
      text = region;
    } else if (name == "AWS::AccountId") {
      text = context_text({"AWS::AccountId", "aws_caller_identity.account_id"});
    } else if (name == "AWS::Partition") {
      text = context_text({"AWS::Partition", "aws_partition.partition"});
      if (text.empty() && !region.empty()) text = partition_of(region).name;
    } else if (name == "AWS::URLSuffix") {
      text = context_text({"AWS::URLSuffix", "aws_partition.dns_suffix"});
      if (text.empty() && !region.empty()) text = partition_of(region).suffix;
    } else if (name == "AWS::StackName" || name == "AWS::StackId") {
      text = context_text({name});
    } else if (name != "AWS::NotificationARNs") {
      problem(ProblemSeverity::kWarning, "cfn-undefined-reference",
              "there is no pseudo parameter " + std::string(name), at);
      return opaque(name, at);
    }
    Value value;
    if (!text.empty()) {
      value = model::string_value(arena_.copy(std::string_view(text)));
      model::Origin given;
      given.kind = OriginKind::kVariableValue;
      given.what = arena_.copy(name);
      value.origin = arena_.make<model::Origin>(given);
    } else {
      bool list = name == "AWS::NotificationARNs";
      const model::Type* type =
          list ? model::list_type(arena_, model::string_type()) : model::string_type();
      model::Unknown unknown = model::unknown_input(id(name), type, arena_).unknown();
      unknown.not_null = true;
      if (name == "AWS::StackId") unknown.prefix = "arn:";
      if (name == "AWS::Partition") unknown.prefix = "aws";
      if (name == "AWS::AccountId") unknown.min_length = unknown.max_length = 12;
      value = model::unknown_value(unknown, arena_);
    }
    known = pseudos_.emplace(std::string(name), value).first;
  }
  Value value = known->second;
  std::span<const Value> from;
  if (value.origin) from = {&known->second, 1};
  std::string what = "Ref " + std::string(name);
  return with_origin(with_span(value, at), origin(OriginKind::kReference, at,
                                                  arena_.copy(std::string_view(what)), from));
}

// {{resolve:service:...}} within text: read at deployment. Not known, and never hard-coded.
Value Evaluator::dynamic_reference(const Value& text) {
  std::string_view whole = text.text();
  size_t open = whole.find("{{resolve:");
  size_t close = whole.find("}}", open);
  if (close == std::string_view::npos) return text;
  std::string_view inner = whole.substr(open + 2, close - open - 2);
  bool alone = open == 0 && close + 2 == whole.size();
  std::string named = alone ? std::string(inner) : "text(" + std::string(whole) + ")";
  model::Unknown unknown = model::unknown_input(id(named), model::string_type(), arena_).unknown();
  unknown.not_null = true;
  unknown.prefix = whole.substr(0, open);
  std::vector<core::Symbol> causes;
  uint8_t marks = text.marks;
  for (size_t at = open; at != std::string_view::npos; at = whole.find("{{resolve:", at + 2)) {
    size_t end = whole.find("}}", at);
    if (end == std::string_view::npos) break;
    std::string_view reference = whole.substr(at + 2, end - at - 2);
    causes.push_back(core::Symbol(reference));
    if (is_secret_store(reference)) marks |= model::kSensitive;
  }
  std::sort(causes.begin(), causes.end(),
            [](core::Symbol a, core::Symbol b) { return a.text() < b.text(); });
  causes.erase(std::unique(causes.begin(), causes.end()), causes.end());
  unknown.cause_array = arena_.copy(causes).data();
  unknown.cause_count = static_cast<uint32_t>(causes.size());
  Value value = model::with_marks(model::unknown_value(unknown, arena_), marks);
  value.span = text.span;
  value.origin = origin(OriginKind::kReference, text.span, "dynamic reference", {});
  return value;
}

}  // namespace assay::formats::cloudformation
