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
#include "parsers/core/path.h"

namespace assay::lsp {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr int kParseError = -32700, kInvalidRequest = -32600, kMethodNotFound = -32601, kInvalidParams = -32602,
              kInternalError = -32603, kNotInitialized = -32002, kRequestCancelled = -32800, kContentModified = -32801,
              kServerCancelled = -32802;
constexpr int kParentCheckMs = 3000;

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

Json json_of(const Diagnostic& one) {
  Json out = {{"range", json_of(one.range)}, {"severity", one.severity}, {"source", "assay"}, {"code", one.code}, {"message", one.message}};
  if (!one.href.empty()) out["codeDescription"] = {{"href", one.href}};
  if (!one.tags.empty()) out["tags"] = one.tags;
  for (const auto& [location, message] : one.related) {
    out["relatedInformation"].push_back({{"location", json_of(location)}, {"message", message}});
  }
  if (!one.fingerprint.empty()) {
    out["data"] = {{"fingerprint", one.fingerprint}};
    if (!one.fix.empty()) out["data"]["fix"] = one.fix;
  }
  return out;
}

Json json_of(const std::vector<Diagnostic>& list) {
  Json out = Json::array();
  for (const Diagnostic& one : list) out.push_back(json_of(one));
  return out;
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
    call({*id, std::move(params), method->get<std::string>(), 0});
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
        "textDocument/references", "textDocument/documentSymbol", "textDocument/documentLink", "textDocument/completion", "textDocument/inlayHint"};
    if (!kKnown.contains(method)) return fail(request.id, {kMethodNotFound, "there is no method '" + method + "'", {}});
    request.revision = revision_;
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
        {"workspace", {{"workspaceFolders", {{"supported", true}, {"changeNotifications", true}}}}}};
    answer(request.id, {{"capabilities", std::move(capabilities)}, {"serverInfo", {{"name", "assay"}, {"version", setup_.version}}}});
    changed(true);
  }

  void begin() {
    watches_ = flag_of(at(client_, {"workspace", "didChangeWatchedFiles", "dynamicRegistration"}));
    if (watches_) {
      Json watchers = Json::array();
      for (const char* glob : {"**/*.{tf,tofu,tfvars,hcl,json,yaml,yml,template,tfplan,md}", "**/.{trivyignore,checkov.yaml,checkov.yml,checkov.baseline,kube-linter.yaml,gitignore,assayignore}", "**/.tfsec/*"}) {
        watchers.push_back({{"globPattern", glob}});
      }
      Json registration = {{"id", "assay/files"}, {"method", "workspace/didChangeWatchedFiles"}, {"registerOptions", {{"watchers", watchers}}}};
      request("client/registerCapability", {{"registrations", Json::array({registration})}});
    }
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
    due_ = Clock::now() + std::chrono::milliseconds(result_ && waiting_.empty() ? setup_.debounce_ms : 0);
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
    if (result_) worker_->retire(std::move(result_));
    result_ = std::move(result);
    const Analysis& analysis = *result_->analysis;
    tell_mistakes(analysis);
    bool others = publish();
    if (!first_done_) {
      first_done_ = true;
      log(3, "analysed the workspace in " + std::to_string(static_cast<int>(analysis.milliseconds)) + " ms");
      if (progress_) notify("$/progress", {{"token", "assay/first"}, {"value", {{"kind", "end"}}}});
    } else if (others) {
      if (pulls_ && flag_of(at(client_, {"workspace", "diagnostics", "refreshSupport"}))) request("workspace/diagnostic/refresh", Json());
      if (flag_of(at(client_, {"workspace", "inlayHint", "refreshSupport"}))) request("workspace/inlayHint/refresh", Json());
    }
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
  // New result ids, and notifications to clients that do not pull. Did more change than documents that were edited?
  bool publish() {
    static const std::vector<Diagnostic> kNone;
    const Documents& documents = *result_->analysis->documents;
    std::map<std::string, const Document*> open;
    for (const auto& [path, document] : documents) open[document->uri] = document.get();
    std::set<std::string> uris;
    for (const auto& [uri, list] : result_->diagnostics) uris.insert(uri);
    for (const auto& [uri, document] : open) uris.insert(uri);
    for (const auto& [uri, known] : published_) uris.insert(uri);
    bool others = false;
    for (const std::string& uri : uris) {
      auto list = result_->diagnostics.find(uri);
      auto document = open.find(uri);
      const std::vector<Diagnostic>& items = list == result_->diagnostics.end() ? kNone : list->second;
      Published now{hash(uri), std::nullopt};
      if (document != open.end()) now.version = document->second->version;
      auto before = published_.find(uri);
      bool is_new = before == published_.end();
      bool same = is_new ? items.empty() && !now.version : before->second.hash == now.hash;
      bool same_version = is_new ? !now.version : before->second.version == now.version;
      if (!same && same_version) others = true;
      // A newer text has been told of: its own analysis follows.
      bool stale = document != open.end() && current(document->second->path) != document->second;
      if (!pulls_ && !stale && !(same && same_version)) {
        Json params = {{"uri", uri}, {"diagnostics", json_of(items)}};
        if (now.version) params["version"] = *now.version;
        notify("textDocument/publishDiagnostics", std::move(params));
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
    if (method == "textDocument/diagnostic") return answer(request.id, document_report(then ? then->uri : uri, at(request.params, {"previousResultId"})));
    Query query(analysis, path, encoding_);
    if (!query.lines()) return answer(request.id, method == "textDocument/hover" || method == "textDocument/definition" ? Json() : Json::array());
    if (method == "textDocument/codeAction") return code_action(request, query);
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

  uint64_t hash(const std::string& uri) const {
    auto found = result_->hashes.find(uri);
    return found == result_->hashes.end() ? hash_of({}) : found->second;
  }
  // As diagnostics name it: a file may have URIs of other spellings.
  std::string spelled(const std::string& uri) const {
    if (result_->diagnostics.contains(uri)) return uri;
    std::string path = path_of_uri(uri);
    return path.empty() || untitled_.contains(uri) ? uri : uri_of_path(path);
  }
  const std::vector<Diagnostic>& diagnostics(const std::string& uri) const {
    static const std::vector<Diagnostic> kNone;
    auto found = result_->diagnostics.find(spelled(uri));
    return found == result_->diagnostics.end() ? kNone : found->second;
  }
  Json document_report(const std::string& uri, const Json& previous) const {
    char id[24];
    snprintf(id, sizeof id, "%016llx", static_cast<unsigned long long>(hash(spelled(uri))));
    if (text_of(previous) == id) return {{"kind", "unchanged"}, {"resultId", id}};
    return {{"kind", "full"}, {"resultId", id}, {"items", json_of(diagnostics(uri))}};
  }
  void workspace_diagnostic(const Request& request) {
    std::map<std::string, std::string> previous;
    const Json& ids = at(request.params, {"previousResultIds"});
    if (ids.is_array()) {
      for (const Json& one : ids) previous[text_of(at(one, {"uri"}))] = text_of(at(one, {"value"}));
    }
    std::set<std::string> uris;
    for (const auto& [uri, list] : result_->diagnostics) uris.insert(uri);
    for (const auto& [uri, id] : previous) {
      if (!uri.empty()) uris.insert(uri);
    }
    Json items = Json::array();
    bool news = false;
    for (const std::string& uri : uris) {
      Json item = document_report(uri, previous.contains(uri) ? Json(previous[uri]) : Json());
      news |= item["kind"] == "full";
      item["uri"] = uri;
      const Document* document = nullptr;
      if (auto found = result_->analysis->documents->find(path_of(uri)); found != result_->analysis->documents->end()) document = found->second.get();
      item["version"] = document ? Json(document->version) : Json();
      items.push_back(std::move(item));
    }
    // Who takes results in parts asks again at once: the answer waits until there is something new.
    if (!news && !previous.empty() && !at(request.params, {"partialResultToken"}).is_null()) return held_.push_back(request);
    answer(request.id, {{"items", std::move(items)}});
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
    if (wanted("quickfix")) actions = code_actions(query, range);
    if (wanted("source.fixAll.assay")) {
      if (auto all = fix_all(query)) actions.push_back(std::move(*all));
    }
    bool versioned = flag_of(at(client_, {"workspace", "workspaceEdit", "documentChanges"}));
    Json out = Json::array();
    for (const Action& action : actions) {
      Json item = {{"title", action.title}, {"kind", action.kind}};
      if (action.preferred) item["isPreferred"] = true;
      for (const Diagnostic& one : diagnostics(query.document ? query.document->uri : uri_of_path(query.path))) {
        if (action.kind == "quickfix" && std::find(action.fingerprints.begin(), action.fingerprints.end(), one.fingerprint) != action.fingerprints.end()) {
          item["diagnostics"].push_back(json_of(one));
        }
      }
      Json edit = Json::object();
      for (const FileChanges& file : action.files) {
        Json edits = Json::array();
        for (const TextChange& change : file.changes) edits.push_back({{"range", json_of(change.range)}, {"newText", change.text}});
        if (versioned) {
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
