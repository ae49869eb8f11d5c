// The protocol: messages in, answers and notifications out.
#include <csignal>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>

#include "analyzer/lsp/connection.h"
#include "analyzer/lsp/features.h"
#include "analyzer/lsp/lsp.h"
#include "analyzer/lsp/worker.h"
#include "parsers/core/json_writer.h"
#include "parsers/core/path.h"

namespace assay::lsp {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr int kParseError = -32700, kInvalidRequest = -32600, kMethodNotFound = -32601, kInvalidParams = -32602,
              kInternalError = -32603, kNotInitialized = -32002, kRequestCancelled = -32800, kContentModified = -32801,
              kServerCancelled = -32802;
constexpr int kParentCheckMs = 3000;
constexpr double kQuickMs = 25;  // an analysis that is done before a person has typed on

// What is not there, or is something else, reads as nothing.
const Json& at(const Json& value, std::initializer_list<const char*> keys) {
  static const Json kNothing;
  const Json* here = &value;
  for (const char* key : keys) {
    if (!here->is_object()) return kNothing;
    auto found = here->find(key);
    if (found == here->end()) return kNothing;
    here = &*found;
  }
  return *here;
}
std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : std::string(); }
bool flag_of(const Json& value) { return value.is_boolean() && value.get<bool>(); }
std::optional<std::string> maybe_text(const Json& value) {
  return value.is_string() && !value.get<std::string>().empty() ? std::optional(value.get<std::string>()) : std::nullopt;
}
std::vector<std::string> texts_of(const Json& value) {
  std::vector<std::string> out;
  if (!value.is_array()) return out;
  for (const Json& one : value) {
    if (one.is_string()) out.push_back(one.get<std::string>());
  }
  return out;
}

bool read_number(const Json& value, uint32_t& out) {
  if (!value.is_number()) return false;
  double number = value.get<double>();
  if (!(number >= 0) || number > 4294967295.0) return false;
  out = static_cast<uint32_t>(number);
  return true;
}
bool read_position(const Json& value, Position& out) {
  return read_number(at(value, {"line"}), out.line) && read_number(at(value, {"character"}), out.character);
}
bool read_range(const Json& value, Range& out) {
  if (!read_position(at(value, {"start"}), out.start) || !read_position(at(value, {"end"}), out.end)) return false;
  if (out.end < out.start) std::swap(out.start, out.end);
  return true;
}

Json json_of(const Position& p) { return {{"line", p.line}, {"character", p.character}}; }
Json json_of(const Range& range) { return {{"start", json_of(range.start)}, {"end", json_of(range.end)}}; }
Json json_of(const Location& location) { return {{"uri", location.uri}, {"range", json_of(location.range)}}; }

// Thousands of diagnostics leave the server after some edits: they are written straight.
void write(core::JsonWriter& json, const Position& p) {
  json.begin_object().field("line", p.line).field("character", p.character).end_object();
}
void write(core::JsonWriter& json, const Range& range) {
  write(json.begin_object().key("start"), range.start);
  write(json.key("end"), range.end);
  json.end_object();
}
void write(core::JsonWriter& json, const Diagnostic& one) {
  write(json.begin_object().key("range"), one.range);
  json.field("severity", one.severity).field("source", "assay").field("code", one.code).field("message", one.message);
  if (!one.href.empty()) json.key("codeDescription").begin_object().field("href", one.href).end_object();
  if (!one.tags.empty()) {
    json.key("tags").begin_array();
    for (int tag : one.tags) json.value(tag);
    json.end_array();
  }
  if (!one.related.empty()) {
    json.key("relatedInformation").begin_array();
    for (const auto& [location, message] : one.related) {
      json.begin_object().key("location").begin_object().field("uri", location.uri);
      write(json.key("range"), location.range);
      json.end_object().field("message", message).end_object();
    }
    json.end_array();
  }
  if (!one.fingerprint.empty()) {
    json.key("data").begin_object().field("fingerprint", one.fingerprint);
    if (!one.fix.empty()) json.field("fix", one.fix);
    json.field("name", one.name).field("severity", one.level).field("verdict", one.verdict);
    if (!one.attribute.empty()) json.field("attribute", one.attribute);
    if (!one.address.empty()) {
      json.key("resource").begin_object().field("address", one.address).field("type", one.type);
      if (!one.resource.uri.empty()) {
        json.field("uri", one.resource.uri);
        write(json.key("range"), one.resource.range);
      }
      json.end_object();
    }
    json.end_object();
  }
  json.end_object();
}
void write(core::JsonWriter& json, const std::vector<Diagnostic>& list) {
  json.begin_array();
  for (const Diagnostic& one : list) write(json, one);
  json.end_array();
}
Json json_of(const Diagnostic& one) {
  std::string text;
  core::JsonWriter json(text);
  write(json, one);
  return Json::parse(text, nullptr, false);
}

Json json_of(const Symbol& symbol) {
  Json out = {{"name", symbol.name}, {"kind", symbol.kind}, {"range", json_of(symbol.range)}, {"selectionRange", json_of(symbol.selection)}};
  if (!symbol.detail.empty()) out["detail"] = symbol.detail;
  for (const Symbol& child : symbol.children) out["children"].push_back(json_of(child));
  return out;
}

std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

struct Failure {
  int code;
  std::string message;
  Json data;
};

struct Request {
  Json id, params;
  std::string method;
  uint64_t revision = 0;  // that the analysis must have seen
  std::shared_ptr<const Document> document;  // as it was when the question came; null: it was not open
};

class Server {
 public:
  explicit Server(const Setup& setup) : setup_(setup), connection_(setup.input, setup.output), documents_(std::make_shared<Documents>()) {}

  int run() {
    std::string text;
    while (!ends_) {
      Connection::Event event = connection_.wait(patience(), text);
      if (event == Connection::Event::kClosed) break;
      if (event == Connection::Event::kMistake) fail(Json(), {kParseError, text, {}});
      if (event == Connection::Event::kMessage) receive(text);
      if (event == Connection::Event::kTimeout && parent_is_gone()) break;
      if (!worker_) continue;
      if (setup_.synchronous) {
        if (dirty_) accept(worker_->run(start()));
      } else {
        if (auto result = worker_->take()) accept(std::move(result));
        if (dirty_ && Clock::now() >= due_) worker_->ask(start());
      }
    }
    connection_.finish(500);
    int code = shut_down_ ? 0 : 1;
    // Nobody waits for an analysis that still runs.
    if (worker_ && worker_->busy()) _exit(code);
    return code;
  }

 private:
  // How long nothing need be done, in milliseconds.
  int patience() const {
    int out = parent_ > 0 ? kParentCheckMs : -1;
    if (dirty_ && worker_ && !setup_.synchronous) {
      auto left = std::chrono::duration_cast<std::chrono::milliseconds>(due_ - Clock::now()).count() + 1;
      left = std::clamp<int64_t>(left, 0, kParentCheckMs);
      out = out < 0 ? static_cast<int>(left) : std::min(out, static_cast<int>(left));
    }
    return out;
  }
  bool parent_is_gone() const { return parent_ > 0 && kill(parent_, 0) != 0 && errno == ESRCH; }

  // --- Messages.
  void send(Json message) {
    message["jsonrpc"] = "2.0";
    connection_.send(dump(message));
  }
  void notify(const char* method, Json params) { send({{"method", method}, {"params", std::move(params)}}); }
  void request(const char* method, Json params) {
    Json message = {{"id", "assay/" + std::to_string(++last_id_)}, {"method", method}};
    if (!params.is_null()) message["params"] = std::move(params);
    asked_["assay/" + std::to_string(last_id_)] = method;
    send(std::move(message));
  }
  void answer(const Json& id, Json result) { send({{"id", id}, {"result", std::move(result)}}); }
  // With a result that `write` writes.
  template <typename Write>
  void answer_written(const Json& id, Write write) {
    std::string text;
    core::JsonWriter json(text);
    json.begin_object().field("jsonrpc", "2.0").key("id").raw(dump(id)).key("result");
    write(json);
    json.end_object();
    connection_.send(std::move(text));
  }
  void fail(const Json& id, const Failure& failure) {
    Json error = {{"code", failure.code}, {"message", failure.message}};
    if (!failure.data.is_null()) error["data"] = failure.data;
    send({{"id", id}, {"error", std::move(error)}});
  }
  void log(int type, const std::string& message) { notify("window/logMessage", {{"type", type}, {"message", message}}); }

  void receive(const std::string& text) {
    if (is_too_deep(text)) return fail(Json(), {kParseError, "the message is nested too deeply", {}});
    Json message = Json::parse(text, nullptr, false);
    if (message.is_discarded()) message = Json::parse(with_whole_surrogates(text), nullptr, false);
    if (message.is_discarded()) return fail(Json(), {kParseError, "the message is not JSON", {}});
    if (!message.is_object()) return fail(Json(), {kInvalidRequest, "a message is one JSON object", {}});
    auto method = message.find("method");
    auto id = message.find("id");
    bool good_id = id != message.end() && (id->is_string() || id->is_number_integer());
    if (method == message.end()) {
      if (good_id && (message.contains("result") || message.contains("error"))) return reply(*id, message);
      return fail(good_id ? *id : Json(), {kInvalidRequest, "a message without a method", {}});
    }
    if (!method->is_string()) return fail(good_id ? *id : Json(), {kInvalidRequest, "the method is no string", {}});
    Json params = message.contains("params") ? std::move(message["params"]) : Json();
    if (id == message.end()) return notification(method->get<std::string>(), params);
    if (!good_id) return fail(Json(), {kInvalidRequest, "the id is neither a string nor an integer", {}});
    call({*id, std::move(params), method->get<std::string>(), 0, nullptr});
  }

  // An answer of the client.
  void reply(const Json& id, const Json& message) {
    auto found = asked_.find(text_of(id));
    if (found == asked_.end()) return;
    std::string method = found->second;
    asked_.erase(found);
    const Json& result = at(message, {"result"});
    if (method == "workspace/configuration" && result.is_array() && !result.empty()) configure(result[0]);
    if (method == "window/workDoneProgress/create" && !message.contains("error") && !first_done_) {
      progress_ = true;
      notify("$/progress", {{"token", "assay/first"}, {"value", {{"kind", "begin"}, {"title", "Assay: analysing the workspace"}}}});
    }
  }

  void notification(const std::string& method, const Json& params) {
    if (method == "exit") {
      ends_ = true;
      return;
    }
    if (!initialized_ || shut_down_) return;
    if (method == "initialized") return begin();
    if (method == "$/cancelRequest") return cancel(at(params, {"id"}));
    if (method == "textDocument/didOpen") return open(params);
    if (method == "textDocument/didChange") return change(params);
    if (method == "textDocument/didClose") return close_document(text_of(at(params, {"textDocument", "uri"})));
    if (method == "textDocument/didSave") {
      // The text is known; of other files on disk only a watcher tells, if there is one.
      if (!watches_) changed(true);
      return;
    }
    if (method == "workspace/didChangeWatchedFiles") return files_changed(params);
    if (method == "workspace/didChangeConfiguration") return configuration_changed(at(params, {"settings"}));
    if (method == "workspace/didChangeWorkspaceFolders") return folders_changed(at(params, {"event"}));
  }

  void call(Request request) {
    const std::string& method = request.method;
    if (method == "initialize") {
      if (initialized_) return fail(request.id, {kInvalidRequest, "initialize comes once", {}});
      return initialize(request);
    }
    if (!initialized_) return fail(request.id, {kNotInitialized, "the server is not initialized", {}});
    if (shut_down_) return fail(request.id, {kInvalidRequest, "the server is shut down", {}});
    if (method == "shutdown") {
      shut_down_ = true;
      for (const Request& waiting : waiting_) fail(waiting.id, {kRequestCancelled, "the server is shut down", {}});
      for (const Request& waiting : held_) fail(waiting.id, {kRequestCancelled, "the server is shut down", {}});
      waiting_.clear();
      held_.clear();
      return answer(request.id, nullptr);
    }
    static const std::set<std::string> kKnown = {
        "textDocument/diagnostic", "workspace/diagnostic", "textDocument/codeAction", "textDocument/hover", "textDocument/definition",
        "textDocument/references", "textDocument/documentSymbol", "textDocument/documentLink", "textDocument/completion", "textDocument/inlayHint",
        "textDocument/foldingRange", "textDocument/codeLens", "workspace/symbol"};
    if (!kKnown.contains(method)) return fail(request.id, {kMethodNotFound, "there is no method '" + method + "'", {}});
    request.revision = revision_;
    auto open = documents_->find(path_of(text_of(at(request.params, {"textDocument", "uri"}))));
    if (open != documents_->end()) request.document = open->second;
    if (setup_.synchronous && dirty_) accept(worker_->run(start()));
    if (result_ && result_->analysis->revision >= revision_) return handle(request);
    waiting_.push_back(std::move(request));
    due_ = Clock::now();  // somebody waits
  }

  void cancel(const Json& id) {
    for (std::vector<Request>* list : {&waiting_, &held_}) {
      auto found = std::find_if(list->begin(), list->end(), [&](const Request& request) { return request.id == id; });
      if (found == list->end()) continue;
      fail(found->id, {kRequestCancelled, "cancelled", {}});
      list->erase(found);
      return;
    }
  }

  // --- The life of the server.
  void initialize(const Request& request) {
    const Json& params = request.params;
    client_ = at(params, {"capabilities"});
    if (at(params, {"processId"}).is_number_integer()) parent_ = at(params, {"processId"}).get<int>();
    std::vector<std::string> encodings = texts_of(at(client_, {"general", "positionEncodings"}));
    bool utf8 = std::find(encodings.begin(), encodings.end(), "utf-8") != encodings.end();
    encoding_ = utf8 ? Encoding::kUtf8 : Encoding::kUtf16;
    const Json& folders = at(params, {"workspaceFolders"});
    if (folders.is_array()) {
      for (const Json& folder : folders) add_folder(text_of(at(folder, {"uri"})));
    } else if (at(params, {"rootUri"}).is_string()) {
      add_folder(text_of(at(params, {"rootUri"})));
    } else if (at(params, {"rootPath"}).is_string() && core::is_absolute(text_of(at(params, {"rootPath"})))) {
      add_folder(uri_of_path(text_of(at(params, {"rootPath"}))));
    }
    read_settings(at(params, {"initializationOptions"}));
    pulls_ = at(client_, {"textDocument", "diagnostic"}).is_object();
    initialized_ = true;
    worker_ = std::make_unique<Worker>(make_scan_engine(setup_), encoding_, [this] { connection_.wake(); });
    Json capabilities = {
        {"positionEncoding", utf8 ? "utf-8" : "utf-16"},
        {"textDocumentSync", {{"openClose", true}, {"change", 2}, {"save", {{"includeText", false}}}}},
        {"diagnosticProvider", {{"identifier", "assay"}, {"interFileDependencies", true}, {"workspaceDiagnostics", true}}},
        {"codeActionProvider", {{"codeActionKinds", {"quickfix", "source.fixAll.assay"}}}},
        {"hoverProvider", true},
        {"definitionProvider", true},
        {"referencesProvider", true},
        {"documentSymbolProvider", true},
        {"documentLinkProvider", Json::object()},
        {"completionProvider", {{"triggerCharacters", {":"}}}},
        {"inlayHintProvider", true},
        {"foldingRangeProvider", true},
        {"workspaceSymbolProvider", true},
        {"codeLensProvider", Json::object()},
        {"workspace", {{"workspaceFolders", {{"supported", true}, {"changeNotifications", true}}}}}};
    answer(request.id, {{"capabilities", std::move(capabilities)}, {"serverInfo", {{"name", "assay"}, {"version", setup_.version}}}});
    changed(true);
  }

  void begin() {
    watches_ = flag_of(at(client_, {"workspace", "didChangeWatchedFiles", "dynamicRegistration"}));
    Json registrations = Json::array();
    if (watches_) {
      Json watchers = Json::array();
      for (const char* glob : {"**/*.{tf,tofu,tfvars,hcl,json,yaml,yml,template,tfplan,md}", "**/.{trivyignore,checkov.yaml,checkov.yml,checkov.baseline,kube-linter.yaml,gitignore,assayignore}", "**/.tfsec/*"}) {
        watchers.push_back({{"globPattern", glob}});
      }
      registrations.push_back({{"id", "assay/files"}, {"method", "workspace/didChangeWatchedFiles"}, {"registerOptions", {{"watchers", watchers}}}});
    }
    if (flag_of(at(client_, {"workspace", "didChangeConfiguration", "dynamicRegistration"}))) {
      registrations.push_back({{"id", "assay/settings"}, {"method", "workspace/didChangeConfiguration"}, {"registerOptions", {{"section", "assay"}}}});
    }
    if (!registrations.empty()) request("client/registerCapability", {{"registrations", std::move(registrations)}});
    if (flag_of(at(client_, {"workspace", "configuration"}))) ask_configuration();
    if (flag_of(at(client_, {"window", "workDoneProgress"})) && !first_done_) request("window/workDoneProgress/create", {{"token", "assay/first"}});
  }

  void add_folder(const std::string& uri) {
    std::string path = path_of_uri(uri);
    if (path.empty() || std::find(folders_.begin(), folders_.end(), path) != folders_.end()) return;
    folders_.push_back(path);
  }

  void folders_changed(const Json& event) {
    for (const Json& folder : at(event, {"removed"})) {
      std::string path = path_of_uri(text_of(at(folder, {"uri"})));
      std::erase(folders_, path);
    }
    for (const Json& folder : at(event, {"added"})) add_folder(text_of(at(folder, {"uri"})));
    changed(true);
  }

  // --- Configuration.
  void ask_configuration() { request("workspace/configuration", {{"items", Json::array({{{"section", "assay"}}})}}); }
  void configuration_changed(const Json& settings) {
    if (flag_of(at(client_, {"workspace", "configuration"}))) return ask_configuration();
    configure(settings);
  }
  void configure(const Json& settings) {
    Json before = settings_json_;
    read_settings(settings);
    if (settings_json_ != before) changed(true);
  }
  void read_settings(const Json& given) {
    const Json& settings = at(given, {"assay"}).is_object() ? at(given, {"assay"}) : given;
    if (!settings.is_object()) return;
    settings_json_ = settings;
    settings_ = {};
    settings_.severity = maybe_text(at(settings, {"severity"}));
    settings_.config = maybe_text(at(settings, {"config"}));
    settings_.kubernetes_version = maybe_text(at(settings, {"kubernetesVersion"}));
    if (at(settings, {"maybe"}).is_boolean()) settings_.maybe = flag_of(at(settings, {"maybe"}));
    settings_.rules = texts_of(at(settings, {"rules"}));
    settings_.skip_rules = texts_of(at(settings, {"skipRules"}));
    settings_.policies = texts_of(at(settings, {"policies"}));
    const Json& hints = at(settings, {"inlayHints"});
    settings_.inlay_hints = !hints.is_boolean() || flag_of(hints);
  }

  // --- Documents.
  std::string path_of(const std::string& uri) const {
    if (auto known = untitled_.find(uri); known != untitled_.end()) return known->second;
    return path_of_uri(uri);
  }
  void put(std::shared_ptr<const Document> document) {
    auto next = std::make_shared<Documents>(*documents_);
    (*next)[document->path] = std::move(document);
    documents_ = std::move(next);
    changed(false);
  }

  void open(const Json& params) {
    const Json& item = at(params, {"textDocument"});
    std::string uri = text_of(at(item, {"uri"}));
    if (uri.empty() || !at(item, {"text"}).is_string()) return;
    std::string language = text_of(at(item, {"languageId"}));
    std::string path = path_of(uri);
    if (path.empty()) {
      // Other schemes (git:, output:) show what is no part of the workspace.
      if (!uri.starts_with("untitled:")) return;
      path = path_of_untitled(uri, language, folders_.empty() ? "/" : folders_.front());
      untitled_[uri] = path;
    }
    int64_t version = at(item, {"version"}).is_number_integer() ? at(item, {"version"}).get<int64_t>() : 0;
    put(std::make_shared<Document>(uri, path, language, version, at(item, {"text"}).get<std::string>()));
  }

  void change(const Json& params) {
    std::string path = path_of(text_of(at(params, {"textDocument", "uri"})));
    auto found = documents_->find(path);
    const Json& changes = at(params, {"contentChanges"});
    if (found == documents_->end() || !changes.is_array()) return;
    std::shared_ptr<const Document> document = found->second;
    const Json& given = at(params, {"textDocument", "version"});
    int64_t version = given.is_number_integer() ? given.get<int64_t>() : document->version + 1;
    for (const Json& one : changes) {
      if (!at(one, {"text"}).is_string()) continue;
      std::string text = at(one, {"text"}).get<std::string>();
      Range range;
      if (at(one, {"range"}).is_object()) {
        if (!read_range(at(one, {"range"}), range)) {
          log(1, "a change of " + document->uri + " has no good range; the document may differ from the editor's");
          continue;
        }
        uint32_t begin = document->lines.offset(range.start, encoding_), end = document->lines.offset(range.end, encoding_);
        std::string whole = document->text.substr(0, begin);
        whole += text;
        whole.append(document->text, end, std::string::npos);
        text = std::move(whole);
      }
      document = std::make_shared<Document>(document->uri, document->path, document->language, version, std::move(text));
    }
    put(std::move(document));
  }

  void close_document(const std::string& uri) {
    std::string path = path_of(uri);
    if (!documents_->contains(path)) return;
    auto next = std::make_shared<Documents>(*documents_);
    next->erase(path);
    documents_ = std::move(next);
    untitled_.erase(uri);
    changed(false);
  }

  void files_changed(const Json& params) {
    const Json& changes = at(params, {"changes"});
    if (!changes.is_array()) return;
    bool counts = std::any_of(changes.begin(), changes.end(), [&](const Json& one) {
      std::string path = path_of_uri(text_of(at(one, {"uri"})));
      bool shown = documents_->contains(path);
      uint32_t type = 0;
      read_number(at(one, {"type"}), type);
      return !path.empty() && (!shown || type != 2);  // what is open is known better
    });
    if (counts) changed(true);
  }

  // --- Analysis.
  void changed(bool disk) {
    ++revision_;
    if (disk) ++disk_revision_;
    dirty_ = true;
    // What takes no longer than a keystroke need not wait for the next one.
    double last = result_ && waiting_.empty() ? result_->analysis->milliseconds : 0;
    int pause = last < kQuickMs ? 0 : static_cast<int>(std::min<double>(setup_.debounce_ms, last));
    due_ = Clock::now() + std::chrono::milliseconds(pause);
  }

  Snapshot start() {
    dirty_ = false;
    Snapshot out{revision_, disk_revision_, documents_, {}, settings_};
    for (const std::string& folder : folders_) {
      bool inside = std::any_of(folders_.begin(), folders_.end(), [&](const std::string& other) { return other != folder && core::is_within(folder, other); });
      if (!inside) out.areas.push_back({folder, false});
    }
    for (const auto& [path, document] : *documents_) {
      bool inside = std::any_of(folders_.begin(), folders_.end(), [&](const std::string& folder) { return core::is_within(path, folder); });
      if (!inside) out.areas.push_back({path, true});
    }
    return out;
  }

  void accept(std::shared_ptr<const Result> result) {
    if (!result) return;
    std::shared_ptr<const Result> before = std::exchange(result_, std::move(result));
    const Analysis& analysis = *result_->analysis;
    tell_mistakes(analysis);
    bool others = publish(before.get());
    if (!first_done_) {
      first_done_ = true;
      log(3, "analysed the workspace in " + std::to_string(static_cast<int>(analysis.milliseconds)) + " ms");
      if (progress_) notify("$/progress", {{"token", "assay/first"}, {"value", {{"kind", "end"}}}});
    } else if (others) {
      if (pulls_ && flag_of(at(client_, {"workspace", "diagnostics", "refreshSupport"}))) request("workspace/diagnostic/refresh", Json());
      if (flag_of(at(client_, {"workspace", "inlayHint", "refreshSupport"}))) request("workspace/inlayHint/refresh", Json());
    }
    if (before && !result_->rule_documents.empty() && flag_of(at(client_, {"workspace", "codeLens", "refreshSupport"}))) {
      request("workspace/codeLens/refresh", Json());
    }
    worker_->retire(std::move(before));
    std::vector<Request> waiting;
    for (Request& request : std::exchange(waiting_, {})) {
      if (request.revision > analysis.revision) waiting_.push_back(std::move(request));
      else waiting.push_back(std::move(request));
    }
    for (Request& request : std::exchange(held_, {})) waiting.push_back(std::move(request));
    for (const Request& request : waiting) handle(request);
  }

  // Mistakes that no document shows, each once.
  void tell_mistakes(const Analysis& analysis) {
    std::set<std::string> now;
    for (const auto& area : analysis.areas) {
      for (const pipeline::UsageError& error : area->errors) now.insert((error.file.empty() ? "" : error.file + ": ") + error.message);
    }
    for (const std::string& text : now) {
      if (!told_.contains(text)) log(1, text);
    }
    told_ = std::move(now);
  }

  struct Published {
    uint64_t hash = 0;
    std::optional<int64_t> version;  // null: it was not open
  };
  // Documents that may have to be told of: those with other diagnostics than before, those that are or were open, and
  // those that were passed over because a newer text was known.
  std::set<std::string> concerned(const Result* before) const {
    static const DiagnosticSet kNone;
    std::set<std::string> out(passed_over_);
    const DiagnosticSet& was = before ? before->diagnostics : kNone;
    const DiagnosticSet& now = result_->diagnostics;
    for (size_t a = 0, b = 0; a < was.size() || b < now.size();) {
      if (a < was.size() && b < now.size() && was[a] == now[b]) {
        ++a, ++b;
        continue;
      }
      int order = a == was.size() ? 1 : b == now.size() ? -1 : was[a]->uri.compare(now[b]->uri);
      if (order != 0 || was[a]->hash != now[b]->hash) out.insert(order <= 0 ? was[a]->uri : now[b]->uri);
      a += order <= 0;
      b += order >= 0;
    }
    for (const auto& [path, document] : *result_->analysis->documents) out.insert(document->uri);
    if (before) {
      for (const auto& [path, document] : *before->analysis->documents) out.insert(document->uri);
    }
    return out;
  }

  // New result ids, and notifications to clients that do not pull. Did more change than documents that were edited?
  bool publish(const Result* before) {
    static const std::vector<Diagnostic> kNone;
    std::map<std::string, const Document*> open;
    for (const auto& [path, document] : *result_->analysis->documents) open[document->uri] = document.get();
    bool others = false;
    for (const std::string& uri : concerned(before)) {
      const FileDiagnostics* found = find_diagnostics(result_->diagnostics, uri);
      auto document = open.find(uri);
      const std::vector<Diagnostic>& items = found ? found->list : kNone;
      Published now{found ? found->hash : hash_of(kNone), std::nullopt};
      if (document != open.end()) now.version = document->second->version;
      auto known = published_.find(uri);
      bool is_new = known == published_.end();
      bool same = is_new ? items.empty() && !now.version : known->second.hash == now.hash;
      bool same_version = is_new ? !now.version : known->second.version == now.version;
      if (!same && same_version) others = true;
      // A newer text has been told of: its own analysis follows.
      bool stale = document != open.end() && current(document->second->path) != document->second;
      if (stale) passed_over_.insert(uri);
      else passed_over_.erase(uri);
      if (!pulls_ && !stale && !(same && same_version)) {
        std::string text;
        core::JsonWriter json(text);
        json.begin_object().field("jsonrpc", "2.0").field("method", "textDocument/publishDiagnostics").key("params").begin_object().field("uri", uri);
        if (now.version) json.field("version", *now.version);
        write(json.key("diagnostics"), items);
        json.end_object().end_object();
        connection_.send(std::move(text));
      }
      if (items.empty() && !now.version) published_.erase(uri);
      else if (!stale || pulls_) published_[uri] = now;
    }
    return others;
  }
  const Document* current(const std::string& path) const {
    auto found = documents_->find(path);
    return found == documents_->end() ? nullptr : found->second.get();
  }

  // --- Requests that an analysis answers.
  void handle(const Request& request) {
    const std::string& method = request.method;
    if (method == "workspace/diagnostic") return workspace_diagnostic(request);
    if (method == "workspace/symbol") {
      Json out = Json::array();
      for (const Place& place : workspace_symbols(*result_->analysis, encoding_, text_of(at(request.params, {"query"})))) {
        Json item = {{"name", place.name}, {"kind", place.kind}, {"location", json_of(place.at)}};
        if (!place.container.empty()) item["containerName"] = place.container;
        out.push_back(std::move(item));
      }
      return answer(request.id, std::move(out));
    }
    std::string uri = text_of(at(request.params, {"textDocument", "uri"}));
    if (uri.empty()) return fail(request.id, {kInvalidParams, "textDocument.uri is missing", {}});
    std::string path = path_of(uri);
    const Analysis& analysis = *result_->analysis;
    auto seen = analysis.documents->find(path);
    const Document* then = seen == analysis.documents->end() ? nullptr : seen->second.get();
    if (then != current(path)) {
      // The text has changed since; this answer would point at wrong places.
      if (method == "textDocument/diagnostic") return fail(request.id, {kServerCancelled, "the document has changed", {{"retriggerRequest", true}}});
      return fail(request.id, {kContentModified, "the document has changed", {}});
    }
    // Places in a text that is no more.
    bool places = !at(request.params, {"position"}).is_null() || !at(request.params, {"range"}).is_null();
    if (places && request.document.get() != then) return fail(request.id, {kContentModified, "the document has changed", {}});
    if (method == "textDocument/diagnostic") {
      std::string previous = text_of(at(request.params, {"previousResultId"}));
      return answer_written(request.id, [&](core::JsonWriter& json) {
        json.begin_object();
        report_document(json, then ? then->uri : uri, previous);
        json.end_object();
      });
    }
    Query query(analysis, result_->layers, path, encoding_);
    if (!query.lines()) return answer(request.id, method == "textDocument/hover" || method == "textDocument/definition" ? Json() : Json::array());
    if (method == "textDocument/codeAction") return code_action(request, query);
    if (method == "textDocument/codeLens") {
      Json out = Json::array();
      if (auto rule = result_->rule_documents.find(path); rule != result_->rule_documents.end()) {
        for (const Lens& lens : rule_lenses(analysis, *rule->second)) {
          // Nothing happens on a click: the title is what it is for.
          out.push_back({{"range", json_of(lens.range)}, {"command", {{"title", lens.title}, {"command", ""}}}});
        }
      }
      return answer(request.id, std::move(out));
    }
    if (method == "textDocument/foldingRange") {
      Json out = Json::array();
      for (const Fold& fold : folding_ranges(query)) {
        Json item = {{"startLine", fold.begin}, {"endLine", fold.end}};
        if (fold.comment) item["kind"] = "comment";
        out.push_back(std::move(item));
      }
      return answer(request.id, std::move(out));
    }
    if (method == "textDocument/documentSymbol") {
      Json out = Json::array();
      for (const Symbol& symbol : document_symbols(query)) out.push_back(json_of(symbol));
      return answer(request.id, std::move(out));
    }
    if (method == "textDocument/documentLink") {
      Json out = Json::array();
      Overlay files(*setup_.disk, analysis.documents);
      for (const Link& link : document_links(query, files)) out.push_back({{"range", json_of(link.range)}, {"target", link.target}});
      return answer(request.id, std::move(out));
    }
    if (method == "textDocument/inlayHint") {
      Range range;
      if (!read_range(at(request.params, {"range"}), range)) return fail(request.id, {kInvalidParams, "range is missing", {}});
      Json out = Json::array();
      if (settings_.inlay_hints) {
        for (const Hint& hint : inlay_hints(query, range)) {
          out.push_back({{"position", json_of(hint.position)}, {"label", hint.label}, {"tooltip", hint.tooltip}, {"paddingLeft", true}});
        }
      }
      return answer(request.id, std::move(out));
    }
    Position position;
    if (!read_position(at(request.params, {"position"}), position)) return fail(request.id, {kInvalidParams, "position is missing", {}});
    if (method == "textDocument/hover") {
      auto found = hover(query, position);
      if (!found) return answer(request.id, nullptr);
      return answer(request.id, {{"contents", {{"kind", "markdown"}, {"value", found->markdown}}}, {"range", json_of(found->range)}});
    }
    if (method == "textDocument/completion") {
      Json out = Json::array();
      for (const Completion& one : completions(query, position)) {
        Json item = {{"label", one.label}, {"kind", one.kind}, {"textEdit", {{"range", json_of(one.range)}, {"newText", one.label}}}};
        if (!one.detail.empty()) item["detail"] = one.detail;
        if (!one.documentation.empty()) item["documentation"] = {{"kind", "markdown"}, {"value", one.documentation}};
        out.push_back(std::move(item));
      }
      return answer(request.id, std::move(out));
    }
    bool definitions = method == "textDocument/definition";
    Json out = Json::array();
    auto found = definitions ? definition(query, position)
                             : references(query, position, flag_of(at(request.params, {"context", "includeDeclaration"})));
    for (const Location& location : found) out.push_back(json_of(location));
    answer(request.id, std::move(out));
  }

  // As diagnostics name it: a file may have URIs of other spellings.
  const FileDiagnostics* diagnostics(const std::string& uri) const {
    if (const FileDiagnostics* found = find_diagnostics(result_->diagnostics, uri)) return found;
    std::string path = path_of_uri(uri);
    return path.empty() || untitled_.contains(uri) ? nullptr : find_diagnostics(result_->diagnostics, uri_of_path(path));
  }
  static std::string result_id(const FileDiagnostics* found) {
    char id[24];
    snprintf(id, sizeof id, "%016llx", static_cast<unsigned long long>(found ? found->hash : hash_of({})));
    return id;
  }
  // The members of a report; true when it says more than that nothing has changed.
  bool report_document(core::JsonWriter& json, const std::string& uri, const std::string& previous) const {
    static const std::vector<Diagnostic> kNone;
    const FileDiagnostics* found = diagnostics(uri);
    std::string id = result_id(found);
    json.field("kind", previous == id ? "unchanged" : "full").field("resultId", id);
    if (previous == id) return false;
    write(json.key("items"), found ? found->list : kNone);
    return true;
  }
  void workspace_diagnostic(const Request& request) {
    std::map<std::string, std::string> previous;
    const Json& ids = at(request.params, {"previousResultIds"});
    if (ids.is_array()) {
      for (const Json& one : ids) previous[text_of(at(one, {"uri"}))] = text_of(at(one, {"value"}));
    }
    std::set<std::string> uris;
    for (const auto& one : result_->diagnostics) uris.insert(one->uri);
    for (const auto& [uri, id] : previous) {
      if (!uri.empty()) uris.insert(uri);
    }
    bool news = false;
    std::string text;
    core::JsonWriter json(text);
    json.begin_object().field("jsonrpc", "2.0").key("id").raw(dump(request.id)).key("result").begin_object().key("items").begin_array();
    for (const std::string& uri : uris) {
      auto known = previous.find(uri);
      news |= report_document(json.begin_object(), uri, known == previous.end() ? std::string() : known->second);
      json.field("uri", uri).key("version");
      auto found = result_->analysis->documents->find(path_of(uri));
      if (found != result_->analysis->documents->end()) json.value(found->second->version);
      else json.null();
      json.end_object();
    }
    json.end_array().end_object().end_object();
    // Who takes results in parts asks again at once: the answer waits until there is something new.
    if (!news && !previous.empty() && !at(request.params, {"partialResultToken"}).is_null()) return held_.push_back(request);
    connection_.send(std::move(text));
  }

  void code_action(const Request& request, Query& query) {
    Range range;
    if (!read_range(at(request.params, {"range"}), range)) return fail(request.id, {kInvalidParams, "range is missing", {}});
    std::vector<std::string> only = texts_of(at(request.params, {"context", "only"}));
    auto wanted = [&](const std::string& kind) {
      return only.empty() || std::any_of(only.begin(), only.end(), [&](const std::string& one) {
        return one.empty() || kind == one || (kind.starts_with(one) && kind[one.size()] == '.');
      });
    };
    std::vector<Action> actions;
    bool versioned = flag_of(at(client_, {"workspace", "workspaceEdit", "documentChanges"}));
    std::vector<std::string> operations = texts_of(at(client_, {"workspace", "workspaceEdit", "resourceOperations"}));
    Overlay files(*setup_.disk, query.analysis.documents);
    ActionContext context{files, [&](const Area& area) {
      std::vector<pipeline::UsageError> errors;
      return setup_.options(area, settings_, files, errors);
    }, versioned && std::find(operations.begin(), operations.end(), "create") != operations.end()};
    if (wanted("quickfix")) actions = code_actions(query, range, context);
    // Tried before it is offered, which takes two scans of a directory: only for those who ask for it.
    bool asked = std::any_of(only.begin(), only.end(), [](const std::string& one) { return one.starts_with("source"); });
    if (asked && wanted("source.fixAll.assay")) {
      if (auto all = fix_all(query, context)) actions.push_back(std::move(*all));
    }
    Json out = Json::array();
    for (const Action& action : actions) {
      Json item = {{"title", action.title}, {"kind", action.kind}};
      if (action.preferred) item["isPreferred"] = true;
      const FileDiagnostics* here = diagnostics(query.document ? query.document->uri : uri_of_path(query.path));
      for (size_t i = 0; here && i < here->list.size(); ++i) {
        const Diagnostic& one = here->list[i];
        if (action.kind == "quickfix" && std::find(action.fingerprints.begin(), action.fingerprints.end(), one.fingerprint) != action.fingerprints.end()) {
          item["diagnostics"].push_back(json_of(one));
        }
      }
      Json edit = Json::object();
      for (const FileChanges& file : action.files) {
        Json edits = Json::array();
        for (const TextChange& change : file.changes) edits.push_back({{"range", json_of(change.range)}, {"newText", change.text}});
        if (versioned) {
          if (file.create) edit["documentChanges"].push_back({{"kind", "create"}, {"uri", file.uri}, {"options", {{"ignoreIfExists", true}}}});
          Json document = {{"uri", file.uri}, {"version", file.version ? Json(*file.version) : Json()}};
          edit["documentChanges"].push_back({{"textDocument", std::move(document)}, {"edits", std::move(edits)}});
        } else {
          edit["changes"][file.uri] = std::move(edits);
        }
      }
      item["edit"] = std::move(edit);
      out.push_back(std::move(item));
    }
    answer(request.id, std::move(out));
  }

  const Setup setup_;
  Connection connection_;
  Encoding encoding_ = Encoding::kUtf16;
  Json client_, settings_json_;
  ClientSettings settings_;
  std::vector<std::string> folders_;
  std::shared_ptr<const Documents> documents_;
  std::map<std::string, std::string> untitled_;  // URI to path
  std::map<std::string, std::string> asked_;     // what the client has not answered, by id
  std::vector<Request> waiting_;                 // for an analysis
  std::vector<Request> held_;                    // workspace/diagnostic, until something changes
  std::shared_ptr<const Result> result_;
  std::map<std::string, Published> published_;   // by URI
  std::set<std::string> passed_over_;            // URIs whose diagnostics were older than their text
  std::set<std::string> told_;
  uint64_t revision_ = 0, disk_revision_ = 0, last_id_ = 0;
  Clock::time_point due_{};
  bool initialized_ = false, shut_down_ = false, ends_ = false, dirty_ = false, pulls_ = false, first_done_ = false, progress_ = false, watches_ = false;
  pid_t parent_ = 0;
  std::unique_ptr<Worker> worker_;  // last: ends first
};

}  // namespace

int serve(const Setup& setup) { return Server(setup).run(); }

}  // namespace assay::lsp
