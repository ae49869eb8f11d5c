// What the SAM transform derives from its resources: roles, permissions, event source mappings, URLs,
// implicit APIs and their methods. The SAM resource itself stays one row: alias tables see it as the
// function, table or API that it becomes. Derived values stand where the SAM node that asks for them
// does, so that findings point at it.
#include <algorithm>

#include "parsers/core/suggest.h"
#include "parsers/formats/cloudformation/lowering.h"
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
      } else if (type == "AWS::Serverless::Connector") {
        connector();
      }
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
    const Value* events = part(attributes, "Events");
    if (!events || !events->is_mapping()) return;
    for (const Entry& one : events->entries()) event(one);
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

  void connector() {
    const Value attributes = owner().attributes;
    for (std::string_view end : {"Source", "Destination"}) {
      const Value* one = part(attributes, end);
      std::string_view id = one ? text_part(*one, "Id") : std::string_view{};
      uint32_t target = id.empty() ? Evaluator::kNoResource : at_.evaluator_.find_resource(id);
      if (target != Evaluator::kNoResource) link(row_, at_.evaluator_.place().first_row + target, end);
    }
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
