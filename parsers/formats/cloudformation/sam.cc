// What the SAM transform derives from its resources: roles, permissions, event source mappings, URLs,
// implicit APIs and their methods. The SAM resource itself stays one row: alias tables see it as the
// function, table or API that it becomes. Derived values stand where the SAM node that asks for them
// does, so that findings point at it.
#include <algorithm>

#include "parsers/core/suggest.h"
#include "parsers/formats/cloudformation/lowering.h"
#include "parsers/formats/cloudformation/sam_connectors.h"
#include "parsers/formats/cloudformation/sam_policies.h"

namespace assay::formats::cloudformation {

using core::ProblemSeverity;
using core::Span;
using model::Entry;
using model::Guard;
using model::kAlways;
using model::kNever;
using model::Origin;
using model::OriginKind;
using model::Resource;
using model::Value;
using syntax::Node;

namespace {

struct Source {
  std::string_view event;
  std::string_view principal;  // that is permitted to invoke; "" where the function polls
  std::string_view source;     // the property that names the source
};
constexpr Source kSources[] = {
    {"S3", "s3.amazonaws.com", "Bucket"},
    {"SNS", "sns.amazonaws.com", "Topic"},
    {"Schedule", "events.amazonaws.com", ""},
    {"CloudWatchEvent", "events.amazonaws.com", ""},
    {"EventBridgeRule", "events.amazonaws.com", ""},
    {"CloudWatchLogs", "logs.amazonaws.com", "LogGroupName"},
    {"IoTRule", "iot.amazonaws.com", ""},
    {"Cognito", "cognito-idp.amazonaws.com", "UserPool"},
    {"AlexaSkill", "alexa-appkit.amazon.com", ""},
    {"Api", "apigateway.amazonaws.com", ""},
    {"HttpApi", "apigateway.amazonaws.com", ""},
    {"SQS", "", "Queue"},
    {"Kinesis", "", "Stream"},
    {"DynamoDB", "", "Stream"},
    {"MSK", "", "Stream"},
    {"MQ", "", "Broker"},
    {"DocumentDB", "", "Cluster"},
};

const Source* find_source(std::string_view event) {
  for (const Source& source : kSources) {
    if (source.event == event) return &source;
  }
  return nullptr;
}

const Value* part(const Value& value, std::string_view key) {
  const Value* found = value.is_mapping() ? value.find(key) : nullptr;
  return found && found->guard != kNever && !found->is_null() ? found : nullptr;
}

std::string_view text_part(const Value& value, std::string_view key) {
  const Value* found = part(value, key);
  return found && found->is_string() ? found->text() : std::string_view{};
}

}  // namespace

class SamRows {
 public:
  explicit SamRows(Lowering& lowering)
      : at_(lowering), root_(lowering.root_), arena_(lowering.root_.arena), guards_(lowering.root_.guards) {}

  void run() {
    uint32_t first = at_.evaluator_.place().first_row;
    for (uint32_t i = 0; i < at_.own_rows_; ++i) {
      row_ = first + i;
      std::string_view type = root_.resources[row_].type;
      if (type == "AWS::Serverless::Function") {
        function();
      } else if (type == "AWS::Serverless::StateMachine") {
        role("states.amazonaws.com", "Role");
        start_roles();
      }
    }
    // Roles come first: connectors add to them.
    for (uint32_t i = 0; i < at_.own_rows_; ++i) {
      row_ = first + i;
      if (owner().type == "AWS::Serverless::Connector") connector(owner().attributes, owner().header, {}, kAlways);
      own_connectors();
    }
    implicit_api(rest_users_, "ServerlessRestApi", "Api", "AWS::Serverless::Api");
    implicit_api(http_users_, "ServerlessHttpApi", "HttpApi", "AWS::Serverless::HttpApi");
    for (const Method& method : methods_) add_method(method);
  }

 private:
  struct Method {
    uint32_t function;
    const Entry* event;
    const Value* properties;
    bool http;
    uint32_t api;  // row; kNoResource when it is not in the template
  };

  const Resource& owner() const { return root_.resources[row_]; }
  std::string_view keep(std::string_view text) { return arena_.copy(text); }
  std::string name(std::string_view suffix) const { return std::string(owner().name) + std::string(suffix); }

  // --- Values as they stand at a SAM node.

  Value text(std::string_view content, Span at) {
    Origin written;
    written.kind = OriginKind::kFunction;
    written.span = at;
    written.what = "SAM";
    return with_origin(with_span(model::string_value(keep(content)), at), arena_.make<Origin>(written));
  }
  Value list(std::span<const Value> items, Span at) { return with_span(model::list_value(items, arena_), at); }
  Value object(std::span<const Entry> entries, Span at) {
    return with_span(model::object_value(entries, arena_), at);
  }
  static Entry entry(std::string_view key, Value value) { return {key, value.span, value}; }
  // What deployment makes of a resource: an unknown that names it.
  Value made(std::string_view identity, Span at, std::string_view prefix = {}) {
    model::Unknown unknown =
        model::unknown_input(at_.evaluator_.id(identity), model::string_type(), arena_).unknown();
    unknown.not_null = true;
    unknown.min_length = 1;
    unknown.prefix = prefix;
    return with_span(model::unknown_value(unknown, arena_), at);
  }
  // A text with a part that is not known in general: partition, region, account.
  Value arn(std::string_view rest, Span at, std::span<const Value> from) {
    std::string id = "text(arn:" + std::string(rest) + ")@" + std::to_string(at.begin);
    model::Unknown unknown =
        model::derived_unknown(at_.evaluator_.id(id), model::string_type(), from, guards_, arena_).unknown();
    unknown.not_null = true;
    unknown.prefix = "arn:aws";
    unknown.min_length = 12;
    return with_span(model::unknown_value(unknown, arena_), at);
  }

  uint32_t add(std::string_view type, std::string_view logical_id, Span header, Span span, Guard exists,
               std::span<const Entry> attributes) {
    uint32_t index = static_cast<uint32_t>(root_.resources.size());
    bool conditional = owner().conditional, representative = owner().representative;
    Guard around = owner().exists;
    Resource& row = root_.resources.emplace_back();
    row.type = type;
    row.name = keep(logical_id);
    row.kind = "resource";
    row.header = header;
    row.span = span;
    row.conditional = conditional;
    row.representative = representative;
    row.exists = guards_.both(around, exists);
    at_.name_row(row, std::string(type) + "." + std::string(logical_id));
    row.attributes = object(attributes, span);
    return index;
  }
  void link(uint32_t from, uint32_t to, std::string_view path) {
    model::Edge edge;
    edge.from = from;
    edge.to = to;
    edge.path = path;
    edge.guard = root_.resources[to].exists;
    if (guards_.implies(root_.resources[from].exists, edge.guard)) edge.guard = kAlways;
    root_.edges.push_back(edge);
  }

  // --- Functions.

  void function() {
    role("lambda.amazonaws.com", "Role");
    const Value attributes = owner().attributes;
    if (const Value* url = part(attributes, "FunctionUrlConfig"); url && url->is_mapping()) {
      std::vector<Entry> entries{entry("TargetFunctionArn", made(owner().name, url->span))};
      for (const Entry& one : url->entries()) entries.push_back(one);
      uint32_t row = add("AWS::Lambda::Url", name("Url"), owner().header, url->span, url->guard, entries);
      link(row, row_, "TargetFunctionArn");
    }
    if (const Value* alias = part(attributes, "AutoPublishAlias")) published(*alias, attributes);
    const Value* events = part(attributes, "Events");
    if (!events || !events->is_mapping()) return;
    for (const Entry& one : events->entries()) {
      event(one);
      if (one.value.is_mapping() && text_part(one.value, "Type") == "ScheduleV2") {
        caller_role(one, "scheduler.amazonaws.com", "lambda:InvokeFunction");
      }
    }
  }

  // Each deployment publishes a version, and the alias names the newest one.
  void published(const Value& alias, const Value& attributes) {
    Span at = alias.span;
    Guard exists = alias.guard;
    std::vector<Entry> version{entry("FunctionName", made(owner().name, at))};
    if (const Value* text = part(attributes, "VersionDescription")) version.push_back(entry("Description", *text));
    std::string version_id = name("Version");
    uint32_t row = add("AWS::Lambda::Version", version_id, owner().header, at, exists, version);
    link(row, row_, "FunctionName");
    std::vector<Entry> entries{entry("FunctionName", made(owner().name, at)), entry("Name", with_guard(alias, kAlways)),
                               entry("FunctionVersion", made(version_id + ".Version", at))};
    if (const Value* given = part(attributes, "ProvisionedConcurrencyConfig")) {
      entries.push_back(entry("ProvisionedConcurrencyConfig", *given));
    }
    uint32_t of_alias = add("AWS::Lambda::Alias", name("Alias") + std::string(alias.is_string() ? alias.text() : ""),
                            owner().header, at, exists, entries);
    link(of_alias, row_, "FunctionName");
    link(of_alias, row, "FunctionVersion");
  }

  // What starts a state machine does so in a role of its own.
  void start_roles() {
    const Value attributes = owner().attributes;
    const Value* events = part(attributes, "Events");
    if (!events || !events->is_mapping()) return;
    for (const Entry& one : events->entries()) {
      if (!one.value.is_mapping()) continue;
      std::string_view type = text_part(one.value, "Type");
      std::string_view service = type == "Schedule" || type == "CloudWatchEvent" || type == "EventBridgeRule"
                                     ? "events.amazonaws.com"
                                 : type == "ScheduleV2" ? "scheduler.amazonaws.com"
                                 : type == "Api"        ? "apigateway.amazonaws.com"
                                                        : "";
      if (!service.empty()) caller_role(one, service, "states:StartExecution");
    }
  }

  // The role in which an event calls the resource at hand, unless it is given one.
  void caller_role(const Entry& event, std::string_view service, std::string_view action) {
    const Value* properties = part(event.value, "Properties");
    Guard needed = event.value.guard;
    if (const Value* given = properties ? part(*properties, "RoleArn") : nullptr) {
      needed = guards_.both(needed, guards_.negate(given->guard));
    }
    if (needed == kNever || (properties && !properties->is_mapping())) return;
    Span at = event.value.span;
    Value actions[] = {text(action, at)};
    bool machine = action.starts_with("states:");
    Value targets[] = {machine ? made(owner().name, at) : made(name(".Arn"), at, "arn:")};
    Entry allowed[] = {entry("Effect", text("Allow", at)), entry("Action", list(actions, at)),
                       entry("Resource", list(targets, at))};
    Value statements[] = {object(allowed, at)};
    std::string logical_id = name(event.key) + "Role";
    Entry inline_policy[] = {entry("PolicyName", text(logical_id + (machine ? "StartExecutionPolicy" : "InvokePolicy"), at)),
                             entry("PolicyDocument", document(statements, at))};
    Value policies[] = {object(inline_policy, at)};
    Entry entries[] = {entry("AssumeRolePolicyDocument", trust_policy(service, at)), entry("Policies", list(policies, at))};
    uint32_t row = add("AWS::IAM::Role", logical_id, event.key_span, at, needed, entries);
    link(row, row_, "Policies");
  }

  void event(const Entry& event) {
    if (!event.value.is_mapping()) return;
    std::string_view type = text_part(event.value, "Type");
    const Source* source = find_source(type);
    if (!source) return;
    const Value* given = part(event.value, "Properties");
    const Value nothing = model::object_value({}, arena_);
    const Value* properties = given && given->is_mapping() ? given : &nothing;
    Span at = event.value.span;
    std::string logical_id = name(event.key);
    Value function_name = made(owner().name, at);
    if (source->principal.empty()) {
      std::vector<Entry> entries{entry("FunctionName", function_name)};
      for (const Entry& one : properties->entries()) {
        entries.push_back(one);
        if (one.key == source->source) entries.back().key = "EventSourceArn";
      }
      uint32_t row = add("AWS::Lambda::EventSourceMapping", logical_id, event.key_span, at, event.value.guard, entries);
      link(row, row_, "FunctionName");
      return;
    }
    std::vector<Entry> entries{entry("Action", text("lambda:InvokeFunction", at)), entry("FunctionName", function_name),
                               entry("Principal", text(source->principal, at))};
    const Value* named = source->source.empty() ? nullptr : part(*properties, source->source);
    if (type == "AlexaSkill") {
      if (const Value* skill = part(*properties, "SkillId")) entries.push_back(entry("EventSourceToken", *skill));
    } else if (type == "SNS" && named) {
      entries.push_back(entry("SourceArn", *named));
    } else {
      std::vector<Value> from;
      if (named) from.push_back(*named);
      entries.push_back(entry("SourceArn", arn(logical_id, at, from)));
      if (type == "S3") entries.push_back(entry("SourceAccount", made("AWS::AccountId", at)));
    }
    uint32_t row = add("AWS::Lambda::Permission", logical_id + "Permission", event.key_span, at, event.value.guard, entries);
    link(row, row_, "FunctionName");
    if (type == "Api" || type == "HttpApi") note_method(event, *properties, type == "HttpApi");
  }

  void note_method(const Entry& event, const Value& properties, bool http) {
    uint32_t api = Evaluator::kNoResource;
    const Value* named = part(properties, http ? "ApiId" : "RestApiId");
    if (!named) {
      (http ? http_users_ : rest_users_).push_back({row_, event.key_span, event.value.span, event.value.guard});
    } else if (named->is_unknown()) {
      std::string_view id = named->unknown().id.text();
      const std::string& prefix = at_.evaluator_.place().prefix;
      if (id.starts_with(prefix)) api = at_.evaluator_.find_resource(id.substr(prefix.size()));
      if (api != Evaluator::kNoResource) api += at_.evaluator_.place().first_row;
    }
    // The event lives in the attributes of a row, which stay where they are.
    methods_.push_back({row_, arena_.make<Entry>(event), arena_.make<Value>(properties), http, named ? api : kImplicit});
  }

  // --- Roles.

  void role(std::string_view service, std::string_view property) {
    const Value attributes = owner().attributes;
    Guard needed = kAlways;
    if (const Value* given = part(attributes, property)) {
      if (given->is_alternatives()) return;
      needed = guards_.negate(given->guard);
      if (needed == kNever) return;
    }
    if (attributes.is_unknown()) return;
    Span head = owner().header;
    std::vector<Value> managed;
    std::vector<Value> inline_policies;
    if (service == "lambda.amazonaws.com") {
      managed.push_back(managed_policy("service-role/AWSLambdaBasicExecutionRole", head));
      if (const Value* vpc = part(attributes, "VpcConfig")) {
        managed.push_back(with_guard(managed_policy("service-role/AWSLambdaVPCAccessExecutionRole", vpc->span), vpc->guard));
      }
      const Value* tracing = part(attributes, "Tracing");
      if (tracing && tracing->is_string() && tracing->text() == "Active") {
        managed.push_back(with_guard(managed_policy("AWSXrayWriteOnlyAccess", tracing->span), tracing->guard));
      }
    }
    if (const Value* policies = part(attributes, "Policies")) read_policies(*policies, kAlways, managed, inline_policies);
    Span span = head;
    if (const Value* policies = part(attributes, "Policies")) span = policies->span;
    std::vector<Entry> entries;
    const Value* trust = part(attributes, "AssumeRolePolicyDocument");
    entries.push_back(entry("AssumeRolePolicyDocument", trust ? *trust : trust_policy(service, head)));
    entries.push_back(entry("ManagedPolicyArns", list(managed, span)));
    if (!inline_policies.empty()) entries.push_back(entry("Policies", list(inline_policies, span)));
    for (auto [from, to] : {std::pair{"PermissionsBoundary", "PermissionsBoundary"}, std::pair{"RolePath", "Path"}}) {
      if (const Value* given = part(attributes, from)) entries.push_back(entry(to, *given));
    }
    std::string logical_id = name("Role");
    uint32_t row = add("AWS::IAM::Role", logical_id, head, span, needed, entries);
    link(row_, row, property);
    // The function runs as the role that is made for it.
    std::vector<Entry> own;
    for (const Entry& one : attributes.entries()) {
      if (one.key != property) own.push_back(one);
    }
    Value arn_of_role = made(logical_id + ".Arn", head, "arn:");
    if (needed != kAlways) {
      const Value given = *part(attributes, property);
      model::Alternative both[] = {{needed, arn_of_role}, {given.guard, with_guard(given, kAlways)}};
      arn_of_role = with_span(model::alternatives_value(both, guards_, arena_), given.span);
    }
    own.push_back({property, head, arn_of_role});
    root_.resources[row_].attributes = with_span(model::object_value(own, arena_), attributes.span);
  }

  Value trust_policy(std::string_view service, Span at) {
    Value services[] = {text(service, at)};
    Entry principal[] = {entry("Service", list(services, at))};
    Value actions[] = {text("sts:AssumeRole", at)};
    Entry statement[] = {entry("Effect", text("Allow", at)), entry("Principal", object(principal, at)),
                         entry("Action", list(actions, at))};
    Value statements[] = {object(statement, at)};
    return document(statements, at);
  }
  Value document(std::span<const Value> statements, Span at) {
    Entry entries[] = {entry("Version", text("2012-10-17", at)), entry("Statement", list(statements, at))};
    return object(entries, at);
  }
  Value managed_policy(std::string_view name, Span at) { return text("arn:aws:iam::aws:policy/" + std::string(name), at); }

  // A policy of a function: the ARN or name of a managed one, a document, or a template.
  void read_policies(const Value& policies, Guard guard, std::vector<Value>& managed, std::vector<Value>& documents) {
    guard = guards_.both(guard, policies.guard);
    if (guard == kNever || policies.is_null()) return;
    if (policies.is_sequence()) {
      for (const Value& one : policies.items()) read_policies(one, guard, managed, documents);
    } else if (policies.is_alternatives()) {
      for (const model::Alternative& one : policies.alternatives()) {
        read_policies(one.value, guards_.both(guard, one.guard), managed, documents);
      }
    } else if (policies.is_string()) {
      bool is_arn = policies.text().find(':') != std::string_view::npos;
      Value arn = policies;
      if (!is_arn) {
        // Where a name alone stands, the literal is still what would have to change.
        std::string_view path = policies.text().starts_with("AWSLambda") && policies.text().ends_with("ExecutionRole")
                                    ? "service-role/" : "";
        arn = managed_policy(std::string(path) + std::string(policies.text()), policies.span);
        if (policies.origin) arn.origin = policies.origin;
      }
      managed.push_back(with_guard(arn, guard));
    } else if (policies.is_unknown()) {
      managed.push_back(with_guard(policies, guard));
    } else if (policies.is_mapping()) {
      if (part(policies, "Statement")) {
        add_document(policies, guard, documents);
        return;
      }
      for (const Entry& one : policies.entries()) {
        add_document(from_template(one), guards_.both(guard, one.value.guard), documents);
      }
    }
  }

  void add_document(const Value& document, Guard guard, std::vector<Value>& documents) {
    Entry entries[] = {entry("PolicyName", text(name("RolePolicy" + std::to_string(documents.size())), document.span)),
                       entry("PolicyDocument", with_guard(document, kAlways))};
    documents.push_back(with_guard(object(entries, document.span), guard));
  }

  Value from_template(const Entry& use) {
    Span at = use.value.span.valid() ? use.value.span : use.key_span;
    const PolicyTemplate* found = find_policy_template(use.key);
    if (!found) {
      std::vector<std::string_view> names;
      for (const PolicyTemplate& one : policy_templates()) names.push_back(one.name);
      at_.evaluator_.problem(ProblemSeverity::kWarning, "cfn-policy-template",
                             "SAM has no policy template " + std::string(use.key) + core::did_you_mean(use.key, names),
                             use.key_span);
      return made("policy template " + std::string(use.key), at);
    }
    std::vector<Value> statements;
    std::string_view rest = found->statements;
    while (!rest.empty()) {
      size_t end = rest.find("; ");
      statements.push_back(statement(rest.substr(0, end), use, at));
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 2);
    }
    return document(statements, at);
  }

  Value statement(std::string_view line, const Entry& use, Span at) {
    std::vector<Value> actions, resources;
    std::string_view service;
    bool on = false, guarded = false;
    while (!line.empty()) {
      size_t end = line.find(' ');
      std::string_view word = line.substr(0, end);
      if (service.empty()) service = word;
      else if (word == "on") on = true;
      else if (word == "if") guarded = true;
      else if (on) resources.push_back(resource(service, word, use, at));
      else actions.push_back(text(std::string(service) + ":" + std::string(word), at));
      if (end == std::string_view::npos) break;
      line.remove_prefix(end + 1);
    }
    std::vector<Entry> entries{entry("Effect", text("Allow", at)), entry("Action", list(actions, at)),
                               entry("Resource", list(resources, at))};
    if (guarded) {
      Entry test[] = {entry(keep(std::string(service) + ":resource"), made("condition of " + std::string(use.key), at))};
      Entry condition[] = {entry("StringEquals", object(test, at))};
      entries.push_back(entry("Condition", object(condition, at)));
    }
    return object(entries, at);
  }

  Value resource(std::string_view service, std::string_view word, const Entry& use, Span at) {
    if (word == "*") return text("*", at);
    std::vector<Value> from;
    size_t open = word.find('{');
    if (open != std::string_view::npos) {
      size_t close = word.find('}', open);
      const Value* given = part(use.value, word.substr(open + 1, close - open - 1));
      if (given) from.push_back(*given);
      if (open == 0 && close + 1 == word.size()) return given ? with_guard(*given, kAlways) : arn(word, at, {});
    }
    return arn(std::string(service) + ":" + std::string(word), at, from);
  }

  // --- APIs.

  struct User {
    uint32_t function;
    Span key, span;
    Guard guard;
  };
  static constexpr uint32_t kImplicit = Evaluator::kNoResource - 1;

  void implicit_api(const std::vector<User>& users, std::string_view logical_id, std::string_view section,
                    std::string_view type) {
    if (users.empty() || at_.evaluator_.find_resource(logical_id) != Evaluator::kNoResource) return;
    Guard exists = kNever;
    for (const User& user : users) {
      exists = guards_.either(exists, guards_.both(root_.resources[user.function].exists, user.guard));
    }
    const Node* globals = at_.globals_ ? syntax::lookup(*at_.globals_, section) : nullptr;
    row_ = users.front().function;
    std::vector<Entry> entries;
    Value given = globals ? at_.evaluator_.evaluate(globals) : Value{};
    if (given.is_mapping()) entries.assign(given.entries().begin(), given.entries().end());
    bool staged = std::any_of(entries.begin(), entries.end(), [](const Entry& one) { return one.key == "StageName"; });
    if (!staged) entries.push_back(entry("StageName", text(section == "Api" ? "Prod" : "$default", users.front().span)));
    Span span = given.is_mapping() ? given.span : users.front().span;
    uint32_t row = add(type, logical_id, users.front().key, span, kAlways, entries);
    root_.resources[row].exists = exists;
    (section == "Api" ? implicit_rest_ : implicit_http_) = row;
    for (const User& user : users) link(user.function, row, "Events");
  }

  void add_method(const Method& method) {
    uint32_t api = method.api == kImplicit ? (method.http ? implicit_http_ : implicit_rest_) : method.api;
    if (api == Evaluator::kNoResource) return;
    row_ = method.function;
    const Value& properties = *method.properties;
    Span at = method.event->value.span;
    std::string_view verb = text_part(properties, "Method");
    std::string upper;
    for (char c : verb) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    if (upper.empty()) upper = "ANY";
    std::vector<Entry> entries;
    Value id = made(root_.resources[api].name, at);
    entries.push_back(entry(method.http ? "ApiId" : "RestApiId", id));
    if (method.http) {
      std::string route = upper + " " + std::string(text_part(properties, "Path"));
      entries.push_back(entry("RouteKey", text(route, at)));
    } else {
      entries.push_back(entry("HttpMethod", text(upper, at)));
    }
    authorize(method, root_.resources[api], entries);
    uint32_t row = add(method.http ? "AWS::ApiGatewayV2::Route" : "AWS::ApiGateway::Method",
                       name(method.event->key) + (method.http ? "Route" : "Method"), method.event->key_span, at,
                       method.event->value.guard, entries);
    link(row, api, method.http ? "ApiId" : "RestApiId");
  }

  // Who may call a method: what its event says, else the default of its API.
  void authorize(const Method& method, const Resource& api, std::vector<Entry>& entries) {
    const Value* own = part(*method.properties, "Auth");
    const Value* shared = part(api.attributes, "Auth");
    Span at = method.event->value.span;
    const Value* authorizer = own ? part(*own, "Authorizer") : nullptr;
    if (!authorizer && shared) authorizer = part(*shared, "DefaultAuthorizer");
    bool open = (own && (own->is_unknown() || own->is_alternatives())) ||
                (!authorizer && shared && (shared->is_unknown() || shared->is_alternatives())) ||
                !api.attributes.is_mapping() || (!own && !shared && part(api.attributes, "DefinitionUri"));
    for (const Value* one : {own, shared}) {
      if (!one) continue;
      if (const Value* key = part(*one, "ApiKeyRequired")) {
        entries.push_back(entry("ApiKeyRequired", *key));
        break;
      }
    }
    if (open) {
      entries.push_back(entry("AuthorizationType", made("Auth of " + std::string(api.name), at)));
      return;
    }
    if (!authorizer) {
      // A resource policy restricts who may call as an authorizer does.
      bool policy = (own && part(*own, "ResourcePolicy")) || (shared && part(*shared, "ResourcePolicy"));
      entries.push_back(entry("AuthorizationType", policy ? made("ResourcePolicy of " + std::string(api.name), at)
                                                          : text("NONE", at)));
    } else if (authorizer->is_string()) {
      bool spelt = authorizer->text() == "NONE" || authorizer->text() == "AWS_IAM";
      Value type = spelt ? *authorizer : with_span(text("CUSTOM", authorizer->span), authorizer->span);
      entries.push_back(entry("AuthorizationType", with_guard(type, kAlways)));
    } else {
      entries.push_back(entry("AuthorizationType", with_guard(*authorizer, kAlways)));
    }
  }

  // --- Connectors: who reaches what.

  // Connectors that stand at their source.
  void own_connectors() {
    Lowering& at = at_;
    const ExpandedEntry& written = at.evaluator_.resources()[row_ - at.evaluator_.place().first_row];
    const Node* node = is_mapping(written.value) ? syntax::lookup(*written.value, "Connectors") : nullptr;
    if (!is_mapping(node)) return;
    Evaluator::Within within(at.evaluator_, row_, owner().exists, written.scope);
    const Value connectors = at.evaluator_.evaluate_under("Connectors", node);
    if (!connectors.is_mapping()) return;
    for (const Entry& one : connectors.entries()) {
      const Value* given = part(one.value, "Properties");
      if (given) connector(*given, one.key_span, one.key, one.value.guard);
    }
  }

  // `own_name` is that of a connector that stands at its source; "" for one by itself.
  void connector(const Value& attributes, Span header, std::string_view own_name, Guard guard) {
    uint32_t source = own_name.empty() ? end_of(part(attributes, "Source"), "Source") : row_;
    const Value* destination = part(attributes, "Destination");
    std::vector<Value> ends;
    if (destination && destination->is_sequence()) {
      ends.assign(destination->items().begin(), destination->items().end());
    } else if (destination) {
      ends.push_back(*destination);
    }
    const Value* permissions = part(attributes, "Permissions");
    std::string id = std::string(owner().name) + std::string(own_name);
    for (size_t i = 0; i < ends.size(); ++i) {
      uint32_t to = end_of(&ends[i], "Destination");
      if (source == Evaluator::kNoResource || to == Evaluator::kNoResource) continue;
      std::string numbered = ends.size() > 1 ? id + "Destination" + std::to_string(i) : id;
      connect(source, to, permissions, numbered, header, attributes.span, guards_.both(guard, ends[i].guard));
    }
  }

  // The row that an end of a connector names.
  uint32_t end_of(const Value* end, std::string_view what) {
    std::string_view id = end ? text_part(*end, "Id") : std::string_view{};
    uint32_t found = id.empty() ? Evaluator::kNoResource : at_.evaluator_.find_resource(id);
    if (found == Evaluator::kNoResource) return found;
    found += at_.evaluator_.place().first_row;
    link(row_, found, what);
    return found;
  }

  void connect(uint32_t source, uint32_t to, const Value* permissions, const std::string& id, Span header, Span at,
               Guard guard) {
    const Connection* found = find_connection(root_.resources[source].type, root_.resources[to].type);
    if (!found || !permissions || !permissions->is_sequence()) return;
    std::vector<Value> actions;
    for (const Value& one : permissions->items()) {
      if (!one.is_string()) continue;
      std::string_view rest = one.text() == "Read" ? found->read : one.text() == "Write" ? found->write : "";
      while (!rest.empty()) {
        size_t end = rest.find(' ');
        actions.push_back(with_guard(text(rest.substr(0, end), one.span), one.guard));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      }
    }
    if (actions.empty()) return;
    bool forward = found->kind != Connection::kDestinationPolicy;
    const Resource& caller = root_.resources[forward ? source : to];
    uint32_t target = forward ? to : source;
    Value target_arn = made(std::string(root_.resources[target].name) + ".Arn", at, "arn:");
    std::string_view principal = principal_of_type(root_.resources[source].type);
    guard = guards_.both(guard, guards_.both(root_.resources[source].exists, root_.resources[to].exists));
    if (found->kind == Connection::kPermission) {
      Entry entries[] = {entry("Action", text("lambda:InvokeFunction", at)),
                         entry("FunctionName", made(root_.resources[to].name, at)),
                         entry("Principal", text(principal, at)),
                         entry("SourceArn", made(std::string(root_.resources[source].name) + ".Arn", at, "arn:"))};
      link(add("AWS::Lambda::Permission", id + "WriteLambdaPermission", header, at, guard, entries), to, "FunctionName");
      return;
    }
    Value resources[] = {target_arn, arn(std::string(root_.resources[target].name) + std::string(found->below), at, {})};
    Value whole = list(std::span<const Value>(resources, found->below.empty() ? 1 : 2), at);
    std::vector<Entry> allowed{entry("Effect", text("Allow", at)), entry("Action", list(actions, at)),
                               entry("Resource", whole)};
    if (found->kind == Connection::kResourcePolicy) {
      Entry service[] = {entry("Service", text(principal, at))};
      allowed.push_back(entry("Principal", object(service, at)));
      Entry test[] = {entry("aws:SourceArn", made(std::string(root_.resources[source].name) + ".Arn", at, "arn:"))};
      Entry condition[] = {entry("ArnEquals", object(test, at))};
      allowed.push_back(entry("Condition", object(condition, at)));
    }
    Value statements[] = {object(allowed, at)};
    Value policy = document(statements, at);
    if (found->kind == Connection::kResourcePolicy) {
      bool queue = found->destination == "sqs";
      Value holders[] = {made(root_.resources[to].name, at)};
      Entry entries[] = {entry("PolicyDocument", policy), entry(queue ? "Queues" : "Topics", list(holders, at))};
      link(add(queue ? "AWS::SQS::QueuePolicy" : "AWS::SNS::TopicPolicy", id + (queue ? "QueuePolicy" : "TopicPolicy"),
               header, at, guard, entries), to, queue ? "Queues" : "Topics");
      return;
    }
    std::string role = role_of(caller);
    std::vector<Value> roles;
    if (!role.empty()) roles.push_back(made(role, at));
    Entry entries[] = {entry("PolicyDocument", policy), entry("Roles", list(roles, at))};
    uint32_t row = add("AWS::IAM::ManagedPolicy", id + "Policy", header, at, guard, entries);
    link(row, target, "PolicyDocument");
    for (uint32_t i = at_.evaluator_.place().first_row; i < root_.resources.size() && !role.empty(); ++i) {
      if (root_.resources[i].name == role && root_.resources[i].type == "AWS::IAM::Role") link(row, i, "Roles");
    }
  }

  // The logical id of the role that a function or state machine runs as; "" when it is not told.
  std::string role_of(const Resource& caller) {
    const Value* role = part(caller.attributes, "Role");
    if (!role) role = part(caller.attributes, "RoleArn");
    if (!role || !role->is_unknown()) return {};
    std::string_view id = role->unknown().id.text();
    const std::string& prefix = at_.evaluator_.place().prefix;
    if (!id.starts_with(prefix) || !id.ends_with(".Arn")) return {};
    id.remove_prefix(prefix.size());
    id.remove_suffix(4);
    return std::string(id);
  }

  Lowering& at_;
  model::Root& root_;
  core::Arena& arena_;
  model::Guards& guards_;
  uint32_t row_ = 0;  // the SAM resource at hand
  std::vector<User> rest_users_, http_users_;
  std::vector<Method> methods_;
  uint32_t implicit_rest_ = Evaluator::kNoResource, implicit_http_ = Evaluator::kNoResource;
};

void Lowering::derive_sam_rows() { SamRows(*this).run(); }

}  // namespace assay::formats::cloudformation
