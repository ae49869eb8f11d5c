#include "analyzer/serve/review.h"

#include <algorithm>

#include "parsers/core/json_writer.h"
#include "parsers/formats/tree_value.h"
#include "parsers/syntax/json/reader.h"

namespace assay::serve {
namespace {

using core::JsonWriter;
using model::Value;
using rules::admission::Operation;
using rules::admission::Request;

constexpr std::string_view kApiVersion = "admission.k8s.io/v1";
constexpr std::string_view kKind = "AdmissionReview";
constexpr size_t kMaxWarning = 256, kMaxWarnings = 4096;  // characters, as the API server counts them
constexpr size_t kMaxMessage = 16 * 1024, kMaxAnnotation = 4096, kMaxCauses = 64;  // bytes, bytes, count
constexpr size_t kMaxShown = 64;  // of what strangers wrote, in messages

// Text of a stranger for a message: short, on one line.
std::string shown(std::string_view text) {
  std::string out;
  for (char c : text.substr(0, kMaxShown)) out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return "\"" + out + (text.size() > kMaxShown ? "...\"" : "\"");
}

// The first `count` bytes, less where they would end within a character.
std::string_view cut(std::string_view text, size_t count) {
  if (text.size() <= count) return text;
  while (count > 0 && (static_cast<unsigned char>(text[count]) & 0xC0) == 0x80) --count;
  return text.substr(0, count);
}

size_t count_characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// The first `count` characters.
std::string_view cut_characters(std::string_view text, size_t count) {
  size_t at = 0;
  for (; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80 && count-- == 0) break;
  }
  return text.substr(0, at);
}

class Reader {
 public:
  Reader(const Value& request, Request& out, core::Arena& arena, Refusal& why)
      : request_(request), out_(out), arena_(arena), why_(why) {}

  bool read() {
    if (!text(request_, "uid", out_.uid) || out_.uid.empty()) return refuse("request.uid is missing: nothing says what this answers");
    std::string_view operation;
    text(request_, "operation", operation);
    if (operation == "CREATE") out_.operation = Operation::kCreate;
    else if (operation == "UPDATE") out_.operation = Operation::kUpdate;
    else if (operation == "DELETE") out_.operation = Operation::kDelete;
    else if (operation == "CONNECT") out_.operation = Operation::kConnect;
    else return refuse("request.operation must be CREATE, UPDATE, DELETE or CONNECT, not " + shown(operation));
    if (!kind("kind", out_.kind, true) || !kind("requestKind", out_.request_kind, false)) return false;
    if (!resource("resource", out_.resource, true) || !resource("requestResource", out_.request_resource, false)) return false;
    // Older API servers say nothing of what the client sent where nothing was converted.
    if (out_.request_kind.kind.empty()) out_.request_kind = out_.kind;
    if (out_.request_resource.resource.empty()) out_.request_resource = out_.resource;
    for (auto [name, to] : {std::pair{"name", &out_.name}, std::pair{"namespace", &out_.name_space},
                            std::pair{"subResource", &out_.subresource},
                            std::pair{"requestSubResource", &out_.request_subresource}}) {
      if (!text(request_, name, *to)) return refuse("request." + std::string(name) + " must be a text");
    }
    if (out_.request_subresource.empty()) out_.request_subresource = out_.subresource;
    if (const Value* dry = present("dryRun")) {
      if (!dry->is_bool()) return refuse("request.dryRun must be true or false");
      out_.dry_run = dry->boolean;
    }
    for (auto [name, to] : {std::pair{"object", &out_.object}, std::pair{"oldObject", &out_.old_object},
                            std::pair{"options", &out_.options}, std::pair{"userInfo", &out_.user_info}}) {
      *to = present(name);
      if (*to && !(*to)->is_mapping()) return refuse("request." + std::string(name) + " must be an object");
    }
    if (out_.object == nullptr && (out_.operation == Operation::kCreate || out_.operation == Operation::kUpdate)) {
      return refuse("request.object is missing: " + std::string(operation) + " always has one");
    }
    // Rules go by what the object says of itself; the API server made it say what the request says.
    return same_kind(out_.object, "object") && (out_.operation == Operation::kConnect || same_kind(out_.old_object, "oldObject"));
  }

 private:
  bool refuse(std::string message) {
    why_.message = "this AdmissionReview cannot be answered: " + std::move(message);
    return false;
  }
  const Value* present(std::string_view key) const {
    const Value* value = request_.find(key);
    return value && !value->is_null() ? value : nullptr;
  }
  // False where something else than a text is there.
  static bool text(const Value& of, std::string_view key, std::string_view& out) {
    const Value* value = of.find(key);
    if (value == nullptr || value->is_null()) return true;
    if (!value->is_string()) return false;
    out = value->text();
    return true;
  }
  bool three(const char* name, const char* third, bool required, std::string_view& group, std::string_view& version,
             std::string_view& last) {
    const Value* value = present(name);
    if (value == nullptr && !required) return true;
    bool good = value && value->is_mapping() && text(*value, "group", group) && text(*value, "version", version) &&
                text(*value, third, last) && !version.empty() && !last.empty();
    return good || refuse("request." + std::string(name) + " must have group, version and " + third);
  }
  bool kind(const char* name, rules::admission::GroupVersionKind& out, bool required) {
    return three(name, "kind", required, out.group, out.version, out.kind);
  }
  bool resource(const char* name, rules::admission::GroupVersionResource& out, bool required) {
    return three(name, "resource", required, out.group, out.version, out.resource);
  }
  bool same_kind(const Value*& object, const char* name) {
    if (object == nullptr) return true;
    std::string_view api = formats::text_at(*object, "apiVersion"), kind = formats::text_at(*object, "kind");
    std::string expected(out_.kind.group);
    if (!expected.empty()) expected += '/';
    expected += out_.kind.version;
    if (api == expected && kind == out_.kind.kind) return true;
    if (object->find("apiVersion") == nullptr && object->find("kind") == nullptr) {
      std::vector<model::Entry> entries(object->entries().begin(), object->entries().end());
      entries.push_back({"apiVersion", {}, model::string_value(arena_.copy(std::string_view(expected)))});
      entries.push_back({"kind", {}, model::string_value(out_.kind.kind)});
      object = arena_.make<Value>(model::with_span(model::object_value(entries, arena_), object->span));
      return true;
    }
    return refuse("request." + std::string(name) + " is of " + shown(std::string(api) + " " + std::string(kind)) +
                  ", request.kind says " + shown(expected + " " + std::string(out_.kind.kind)));
  }

  const Value& request_;
  Request& out_;
  core::Arena& arena_;
  Refusal& why_;
};

}  // namespace

std::unique_ptr<Review> read_review(std::string body, Refusal& why) {
  why = {};
  auto review = std::make_unique<Review>();
  core::FileId file = review->sources.add("AdmissionReview", std::move(body));
  std::string_view text = review->sources.text(file);
  std::unique_ptr<syntax::Tree> tree = syntax::read_json(file, text);
  if (!tree->accepted || !tree->problems.empty()) {
    why.message = why.logged = "the body is no JSON that can be trusted";
    if (!tree->problems.empty()) {
      const core::Problem& problem = tree->problems.front();
      why.message += ": " + problem.message;
      if (problem.span.valid()) why.message += " (at byte " + std::to_string(problem.span.begin) + ")";
    }
    return nullptr;
  }
  const syntax::Node* document = tree->root->child(0);
  formats::TreeValues values(*tree, syntax::ScalarMode::kKubernetes, syntax::MergeRule::kLastWins, review->root.arena);
  const Value* whole = review->root.arena.make<Value>(values.value(document ? document->child(0) : nullptr));
  if (!whole->is_mapping()) {
    why.message = "the body is no AdmissionReview but a bare value";
    return nullptr;
  }
  std::string_view api = formats::text_at(*whole, "apiVersion"), kind = formats::text_at(*whole, "kind");
  if (api != kApiVersion || kind != kKind) {
    why.message = "expected an AdmissionReview of admission.k8s.io/v1, not " + shown(kind) + " of " + shown(api) +
                  "; list v1 in admissionReviewVersions of the webhook";
    return nullptr;
  }
  review->whole = whole->find("request");
  if (review->whole == nullptr || !review->whole->is_mapping()) {
    why.message = "this AdmissionReview has no request";
    return nullptr;
  }
  if (!Reader(*review->whole, review->request, review->root.arena, why).read()) return nullptr;
  const Request& request = review->request;
  if (request.user_info) review->username = formats::text_at(*request.user_info, "username");
  review->deleting = request.object && !formats::text_at(*request.object, "metadata.deletionTimestamp").empty();
  return review;
}

std::string_view operation_name(Operation operation) {
  switch (operation) {
    case Operation::kCreate: return "CREATE";
    case Operation::kUpdate: return "UPDATE";
    case Operation::kDelete: return "DELETE";
    case Operation::kConnect: return "CONNECT";
  }
  return "";
}

std::vector<std::string> fit_warnings(const std::vector<std::string>& warnings) {
  std::vector<std::string> out;
  size_t total = 0;
  constexpr size_t kForCount = 40;  // room for the line that counts the others
  for (size_t i = 0; i < warnings.size(); ++i) {
    std::string line;
    for (char c : warnings[i]) line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;  // a header of HTTP takes no line breaks
    if (count_characters(line) > kMaxWarning) line = std::string(cut_characters(line, kMaxWarning - 3)) + "...";
    size_t length = count_characters(line);
    bool last = i + 1 == warnings.size();
    if (total + length + (last ? 0 : kForCount) > kMaxWarnings) {
      out.push_back("and " + std::to_string(warnings.size() - i) + " more warnings");
      break;
    }
    total += length;
    out.push_back(std::move(line));
  }
  return out;
}

std::string annotation_key(std::string_view text) {
  auto is_word = [](char c) { return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z'); };
  std::string out;
  for (char c : text.substr(0, 63)) out += is_word(c) || c == '-' || c == '_' || c == '.' ? c : c == '/' ? '.' : '_';
  while (!out.empty() && !is_word(out.back())) out.pop_back();
  size_t first = 0;
  while (first < out.size() && !is_word(out[first])) ++first;
  out.erase(0, first);
  return out.empty() ? "key" : out;
}

std::string write_reply(const Review& review, const Reply& reply) {
  const Request& request = review.request;
  std::string out;
  out.reserve(512);
  JsonWriter json(out);
  json.begin_object().field("kind", kKind).field("apiVersion", kApiVersion);
  json.key("response").begin_object().field("uid", request.uid).field("allowed", reply.allowed);
  if (!reply.allowed) {
    json.key("status").begin_object();
    json.field("kind", "Status").field("apiVersion", "v1").key("metadata").begin_object().end_object();
    json.field("status", "Failure").field("message", cut(reply.message, kMaxMessage));
    json.field("reason", reply.reason).field("code", reply.code);
    json.key("details").begin_object();
    if (!request.name.empty()) json.field("name", request.name);
    if (!request.kind.group.empty()) json.field("group", request.kind.group);
    json.field("kind", request.resource.resource);  // as the API server itself: the resource
    json.key("causes").begin_array();
    for (size_t i = 0; i < std::min(reply.causes.size(), kMaxCauses); ++i) {
      const Cause& cause = reply.causes[i];
      json.begin_object().field("reason", cause.reason).field("message", cause.message);
      if (!cause.field.empty()) json.field("field", cause.field);
      json.end_object();
    }
    json.end_array().end_object().end_object();
  }
  if (!reply.warnings.empty()) {
    json.key("warnings").begin_array();
    for (const std::string& warning : fit_warnings(reply.warnings)) json.value(warning);
    json.end_array();
  }
  if (!reply.annotations.empty()) {
    json.key("auditAnnotations").begin_object();
    std::vector<std::string> used;
    for (const auto& [name, text] : reply.annotations) {
      std::string key = annotation_key(name);
      if (std::find(used.begin(), used.end(), key) != used.end()) continue;
      json.field(key, cut(text, kMaxAnnotation));
      used.push_back(std::move(key));
    }
    json.end_object();
  }
  json.end_object().end_object();
  return out;
}

std::string write_status(const Refusal& refusal) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("kind", "Status").field("apiVersion", "v1").key("metadata").begin_object().end_object();
  json.field("status", "Failure").field("message", cut(refusal.message, kMaxMessage));
  json.field("reason", refusal.reason).field("code", refusal.code).end_object();
  return out;
}

}  // namespace assay::serve
