#include "analyzer/cli/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "analyzer/cli/report_output.h"
#include "parsers/core/suggest.h"
#include "parsers/model/kubernetes/api_versions.h"
#include "rules/engine/suppression.h"
#include "rules/identity/catalogue.h"
#include "sarif/writer.h"

#ifndef ASSAY_VERSION
#define ASSAY_VERSION "0.0.0"
#endif

namespace assay::cli {
namespace {

const char kDescription[] =
    "Assay checks infrastructure as code (Terraform, Kubernetes, CloudFormation) against policies.\n"
    "It needs no network, says what is certain and what depends on unknown inputs, and points at the\n"
    "token to change.";

const char kExitCodes[] =
    "Exit codes: 0 clean; 1 findings at or above --fail-on; 2 wrong usage, configuration or policy;\n"
    "3 no such findings, but some input could not be analysed; above 100 an internal error.";

std::vector<std::string> format_names() {
  std::vector<std::string> out;
  for (const report::WriterEntry& writer : report::all_writers()) out.emplace_back(writer.name);
  return out;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : "|") + name;
  return out;
}

// "NAME=VALUE" into a pair; false when there is no "=".
bool split_assignment(const std::string& text, std::pair<std::string, std::string>& out) {
  size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return false;
  out = {text.substr(0, equals), text.substr(equals + 1)};
  return true;
}

// A choice out of a list, with a suggestion in the error.
CLI::Validator one_of(std::vector<std::string> names) {
  return CLI::Validator(
      [names](std::string& value) -> std::string {
        for (const std::string& name : names) {
          if (name == value) return {};
        }
        return "'" + value + "' is not one of " + joined(names) + core::did_you_mean(value, names);
      },
      joined(names));
}

// Everything CLI11 builds, kept so that completions can list it.
struct Parser {
  CLI::App app{kDescription, "assay"};
  Options options;
  std::vector<std::string> assignments, output_texts;
  std::string color = "auto";

  Parser() {
    app.footer(kExitCodes);
    app.require_subcommand(0, 1);
    app.set_version_flag("--version", std::string("assay ") + ASSAY_VERSION);
    add_scan();
    add_config();
    CLI::App* explain = add_simple(Command::kExplain, "explain", "The page of a rule: what, why, how to fix, examples");
    explain->add_option("RULE", options.paths, "rule id, name or another tool's id")->required()->expected(1);
    explain->add_option("--policy", options.policies, "rule files or directories, added to the built-in rules");
    CLI::App* rules = add_simple(Command::kRules, "rules", "Table of rules");
    rules->add_option("--format", options.format, "text, json or markdown (the rule reference)")
        ->check(one_of({"text", "json", "markdown"}));
    rules->add_option("--output", options.directory, "write to this file; of markdown: pages below this directory");
    rules->add_option("--policy", options.policies, "rule files or directories, added to the built-in rules");
    add_simple(Command::kTest, "test", "Run the examples of rule files")
        ->add_option("PATH", options.paths, "rule files or directories; the built-in rules when absent");
    add_debug();
    add_export();
    CLI::App* merge = add_simple(Command::kMerge, "merge", "Put results of --work-list and --shard, or SARIF logs, together");
    merge->add_option("FILE", options.paths, "results; all of one kind, in any order")->required();
    merge->add_option("--output", options.directory, "write to this file instead of stdout");
    CLI::App* lsp = add_simple(Command::kLsp, "lsp", "Language server on stdin and stdout, for editors");
    lsp->add_flag("--stdio", options.stdio, "the default, which some clients give");
    lsp->add_flag("--synchronous", options.synchronous, "analyse after each message, before the next one is read");
    lsp->add_option("--policy", options.policies, "rule files or directories of them");
    lsp->add_option("--config", options.config_file, "configuration file instead of the closest assay.yaml");
    lsp->add_flag("--no-config", options.no_config, "read no configuration file, neither ours nor another tool's");
    lsp->add_option("--today", options.today, "the date that suppressions are judged at, YYYY-MM-DD (default: today, UTC)");
    add_serve();
    add_simple(Command::kCompletions, "completions", "Shell completions")
        ->add_option("SHELL", options.paths, "bash, zsh or fish")->required()->expected(1);
    add_simple(Command::kVersion, "version", "Print the version");
    one_value_each(app);
  }

  void add_serve() {
    CLI::App* serve = add_simple(Command::kServe, "serve", "Admission webhook over HTTPS: /validate for the API server");
    ServeOptions& own = options.serve;
    serve->add_option("--listen", own.listen, "ADDRESS:PORT; without an address on all of them (default :8443)");
    serve->add_option("--tls-cert", own.certificate, "certificate in PEM, with those that lead to its authority")->required();
    serve->add_option("--tls-key", own.key, "its private key in PEM")->required();
    serve->add_option("--client-ca", own.client_authorities, "reviews need a client certificate of this authority, in PEM; may be repeated");
    serve->add_option("--client-name", own.client_names, "a name that the client certificate may have; may be repeated (default: any)");
    serve->add_option("--policy", options.policies, "rule files, admission policies and what they refer to, or directories of them");
    serve->add_option("--config", options.config_file, "configuration file instead of the closest assay.yaml");
    serve->add_flag("--no-config", options.no_config, "read no configuration file, neither ours nor another tool's");
    serve->add_option("--kubernetes-version", options.kubernetes_version, "version of the cluster, such as 1.31 (default: the newest)")
        ->check([](const std::string& text) {
          return model::kubernetes::parse_minor(text) >= 0 ? std::string() : "expected a version such as 1.31, or latest, not '" + text + "'";
        });
    serve->add_option("--rule", options.rules, "ask these rules only: id, name, alias or glob");
    serve->add_option("--skip-rule", options.skip_rules, "do not ask these rules");
    std::vector<std::string> levels = {"critical", "high", "medium", "low", "info", "none"};
    serve->add_option("--enforce-at", own.enforce_at, "rules of this severity or above deny (default high)")->check(one_of(levels));
    serve->add_option("--warn-at", own.warn_at, "below that, rules of this severity or above warn (default medium); the others audit")
        ->check(one_of(levels));
    serve->add_option("--on-failure", own.on_failure,
                      "a rule that would deny but cannot judge: error (failurePolicy decides, the default), deny or allow")
        ->check(one_of({"error", "deny", "allow"}));
    serve->add_option("--tls-min", own.tls_min, "lowest version of TLS (default 1.2)")->check(one_of({"1.2", "1.3"}));
    serve->add_option("--threads", own.threads, "one of them is left to the network (default: processors and one)")->check(CLI::Range(2, 1024));
    serve->add_option("--max-connections", own.max_connections, "more are closed at once (default 1000)")->check(CLI::Range(1, 1'000'000));
    serve->add_option("--queue", own.queue, "reviews that may wait; more are refused at once (default 500)")->check(CLI::Range(1, 1'000'000));
    serve->add_option("--max-body", own.max_body, "bytes of a review; more is refused with status 413 (default 8388608)")
        ->check(CLI::Range(1024, 1 << 30));
    serve->add_option("--reload-interval", own.look_again, "seconds after which files are looked at, told of changes or not (default 10)")
        ->check(CLI::Range(0.1, 86'400.0));
    serve->add_option("--shutdown-delay", own.shutdown_delay,
                      "seconds after SIGTERM in which /readyz says no and reviews are still taken (default 0)")->check(CLI::Range(0.0, 600.0));
    serve->add_option("--shutdown-grace", own.shutdown_grace, "seconds in which what was asked is answered (default 20)")
        ->check(CLI::Range(0.0, 600.0));
    serve->add_option("--log-level", own.log_level, "debug (every review), info (denials), warning or error (default info)")
        ->check(one_of({"debug", "info", "warning", "error"}));
  }

  // An option that may be repeated takes one value at a time: what follows is a path.
  static void one_value_each(CLI::App& at) {
    for (CLI::Option* option : at.get_options([](const CLI::Option* o) { return !o->get_lnames().empty(); })) {
      option->allow_extra_args(false);
    }
    for (CLI::App* sub : at.get_subcommands([](CLI::App*) { return true; })) one_value_each(*sub);
  }

  CLI::App* add_simple(Command command, const char* name, const char* description) {
    CLI::App* sub = app.add_subcommand(name, description);
    sub->callback([this, command] { options.command = command; });
    return sub;
  }

  void add_inputs(CLI::App* sub) {
    sub->add_option("PATH", options.paths, "directories and files; the working directory when absent");
    sub->add_option("--var", assignments, "Terraform variable, NAME=VALUE")->take_all();
    sub->add_option("--var-file", options.variable_files, "file of Terraform variables");
    sub->add_flag("--tf-env", options.tf_env, "read Terraform variables from TF_VAR_* in the environment");
    sub->add_option("--context", options.context_file,
                    "JSON file of what the cloud would answer, such as {\"aws_region.name\": \"eu-west-1\"}");
    sub->add_option("--params", options.parameter_files, "CloudFormation parameter file");
    sub->add_option("--jobs", options.jobs, "threads; all processors when absent")->check(CLI::Range(1, 1024));
    sub->add_flag("--stats", options.stats, "print time and counts per stage to stderr");
    sub->add_option("--trace", options.trace_file, "write a Chrome trace (JSON) to FILE");
    sub->add_option("--config", options.config_file, "configuration file instead of the closest assay.yaml");
    sub->add_flag("--no-config", options.no_config, "read no configuration file, neither ours nor another tool's");
    sub->add_option("--exclude", options.excludes, "leave out files and directories, as in .gitignore; may be repeated");
  }

  void add_config() {
    CLI::App* config = app.add_subcommand("config", "What is configured, and what can be");
    config->require_subcommand(1);
    CLI::App* show = config->add_subcommand("show", "Effective values, and where each comes from; takes the options of scan");
    show->callback([this] { options.command = Command::kConfigShow; });
    add_scan_options(show);
    CLI::App* schema = config->add_subcommand("schema", "JSON Schema of assay.yaml, for editors");
    schema->callback([this] { options.command = Command::kConfigSchema; });
    schema->add_option("--format", options.format, "json, or markdown (a table of all keys)")->check(one_of({"json", "markdown"}));
    CLI::App* init = add_simple(Command::kInit, "init", "Write an assay.yaml after a look at the repository");
    init->add_option("DIRECTORY", options.directory, "where; the working directory when absent");
    init->add_flag("--force", options.force, "overwrite an assay.yaml that is there");
  }

  void add_scan() {
    add_scan_options(add_simple(Command::kScan, "scan", "Analyse files and directories"));
  }

  void add_scan_options(CLI::App* scan) {
    add_inputs(scan);
    scan->add_option("--format", options.format, "format of the report on stdout")->check(one_of(format_names()));
    scan->add_option("--output", output_texts, "another report, FORMAT=FILE; may be repeated; FILE - is stdout")->take_all();
    scan->add_option("--category", options.category, "category of the SARIF run, which tells uploads for one commit apart (default assay)")
        ->check([](const std::string& text) { return category_mistake(text); });
    scan->add_option("--rule", options.rules, "run these rules only: id, name, alias or glob");
    scan->add_option("--skip-rule", options.skip_rules, "do not run these rules");
    std::vector<std::string> severities = {"critical", "high", "medium", "low", "info"};
    scan->add_option("--severity", options.severity, "report at or above this severity")->check(one_of(severities));
    scan->add_option("--fail-on", options.fail_on, "exit with 1 at or above this severity (default low)")
        ->check(one_of({"critical", "high", "medium", "low", "info", "none"}));
    scan->add_flag("--maybe", options.maybe, "also report what depends on unknown inputs");
    scan->add_option("--kubernetes-version", options.kubernetes_version, "version of the clusters, such as 1.31 (default: the newest)")
        ->check([](const std::string& text) {
          bool good = model::kubernetes::parse_minor(text) >= 0;
          return good ? std::string() : "expected a version such as 1.31, or latest, not '" + text + "'";
        });
    scan->add_option("--compliance", options.frameworks,
                     "report per requirement of a framework, such as cis-aws-5.0; runs the rules that answer it");
    scan->add_option("--policy", options.policies, "rule files or directories of them");
    CLI::Validator fix_kinds = one_of({"safe", "unsafe"});
    scan->add_flag("--fix{safe}", options.fix, "apply safe fixes; --fix=unsafe applies all")->check(fix_kinds);
    scan->add_flag("--show-fixes{safe}", options.show_fixes,
                   "print what --fix would change, as a diff; --show-fixes=unsafe for all")->check(fix_kinds);
    scan->add_option("--work-list", options.work_list,
                     "scan each PATH and each line of this file (- is stdin) for itself; json has a line per path, sarif a run");
    scan->add_option("--shard", options.shard, "of the work list (or the PATHs) only part NUMBER/COUNT, such as 3/8; see assay merge");
    scan->add_option("--stdin-filename", options.stdin_name,
                     "analyse what comes in on stdin as this file, in place of what it holds on disk");
    scan->add_option("--diff", options.diff,
                     "only what is new counts, compared with this git ref; REF... compares with the merge base, A..B two commits");
    scan->add_flag("--staged", options.staged, "read the index of git; report on the staged files");
    scan->add_option("--baseline", options.baseline,
                     "only what this file does not list counts: a baseline, SARIF, .checkov.baseline or a gitleaks report");
    scan->add_option("--write-baseline", options.write_baseline, "write what is found to this file, as a baseline");
    scan->add_flag("--no-cache", options.no_cache, "do not use or keep results of earlier runs");
    scan->add_option("--cache-dir", options.cache_directory, "where results are kept (default: $XDG_CACHE_HOME/assay or ~/.cache/assay, for large runs)");
    scan->add_flag("--allow-partial", options.allow_partial, "do not exit with 3 when some input was not analysed");
    scan->add_flag("--require-reason", options.require_reason, "exit with 1 when a suppression gives no reason");
    scan->add_option("--today", options.today, "the date that suppressions are judged at, YYYY-MM-DD (default: today, UTC)")
        ->check([](const std::string& text) { return rules::is_date(text) ? std::string() : "expected a day such as 2026-01-31, not '" + text + "'"; });
    scan->add_flag("--quiet", options.quiet, "findings only");
    scan->add_option("--color", color, "auto, always or never")->check(one_of({"auto", "always", "never"}));
  }

  void add_export() {
    CLI::App* all = app.add_subcommand("export", "Write rules for other tools to enforce");
    all->require_subcommand(1);
    CLI::App* vap = all->add_subcommand("vap", "Kubernetes rules as ValidatingAdmissionPolicies with bindings");
    vap->callback([this] { options.command = Command::kExportVap; });
    vap->add_option("--rule", options.rules, "these rules only: id, name, alias or glob");
    vap->add_option("--skip-rule", options.skip_rules, "not these rules");
    vap->add_option("--policy", options.policies, "rule files or directories of them, to be exported as well");
    vap->add_option("--action", options.export_action, "what the bindings do: Deny (the default), Warn or Audit")->check(one_of({"Deny", "Warn", "Audit"}));
    vap->add_option("--output", options.export_file, "the file to write; stdout when absent");
  }

  void add_debug() {
    CLI::App* debug = app.add_subcommand("debug", "Show what was understood");
    debug->require_subcommand(1);
    struct Row {
      Command command;
      const char* name;
      const char* description;
    };
    for (const Row& row : {Row{Command::kDebugTree, "tree", "Syntax tree of files, with byte spans"},
                           Row{Command::kDebugModel, "model", "Resources with their values"},
                           Row{Command::kDebugGraph, "graph", "Edges between resources"}}) {
      CLI::App* sub = debug->add_subcommand(row.name, row.description);
      Command command = row.command;
      sub->callback([this, command] { options.command = command; });
      add_inputs(sub);
      sub->add_option("--format", options.format, "text or json")->check(one_of({"text", "json"}));
    }
    CLI::App* expr = debug->add_subcommand("expr", "Value of a Terraform expression, as JSON");
    expr->callback([this] { options.command = Command::kDebugExpr; });
    expr->add_option("EXPR", options.expression, "the expression")->required();
    expr->add_option("--dir", options.directory, "evaluate in this directory's root module");
    expr->add_option("--var", assignments, "Terraform variable, NAME=VALUE")->take_all();
    expr->add_option("--var-file", options.variable_files, "file of Terraform variables");
    expr->add_flag("--tf-env", options.tf_env, "read Terraform variables from TF_VAR_* in the environment");
    expr->add_option("--context", options.context_file, "JSON file of what the cloud would answer");
  }
};

void list_options(const CLI::App* app, std::vector<std::string>& out) {
  for (const CLI::Option* option : app->get_options()) {
    for (const std::string& name : option->get_lnames()) out.push_back("--" + name);
  }
}

const CLI::App* chosen(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return at;
}

// "assay debug expr" and its options, as --help shows them.
std::string help_of(const CLI::App& app) {
  std::string words;
  const CLI::App* at = &app;
  for (; !at->get_subcommands().empty(); at = at->get_subcommands().front()) {
    words += (words.empty() ? "" : " ") + at->get_name();
  }
  return at->help(words);
}

std::string explain_error(const Parser& parser, const std::string& message, int argc, const char* const* argv) {
  const CLI::App* at = chosen(parser.app);
  std::vector<std::string> names;
  list_options(at, names);
  for (const CLI::App* sub : at->get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(sub->get_name());
  }
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    word = word.substr(0, word.find('='));
    bool is_option = word.starts_with("--");
    bool known = std::find(names.begin(), names.end(), word) != names.end();
    if (known || (!is_option && at != &parser.app)) continue;
    if (is_option || i == 1) {
      std::string nearest = core::did_you_mean(word, names);
      return std::string(is_option ? "unknown option " : "unknown command ") + word +
             (nearest.empty() ? "; see assay --help" : nearest);
    }
  }
  return message;
}

// An expression may begin with a minus without being an option: `debug expr -var.n`.
bool is_negative_expression(std::string_view word) {
  if (word.size() < 2 || word[0] != '-' || word[1] == '-') return false;
  bool letter = (word[1] | 32) >= 'a' && (word[1] | 32) <= 'z';
  return !letter || word.find_first_of(".(") != std::string_view::npos;
}

// What cannot go with a work list, whose units are scanned one by one.
std::string work_list_mistake(const Options& options) {
  if (options.work_list.empty() && options.shard.empty()) return "";
  if (options.work_list.empty() && options.paths.empty()) return "--shard wants a work list: PATHs, or a file named by --work-list";
  const std::pair<const char*, bool> given[] = {
      {"--fix", !options.fix.empty()},           {"--show-fixes", !options.show_fixes.empty()},
      {"--staged", options.staged},              {"--stdin-filename", !options.stdin_name.empty()},
      {"--diff", !options.diff.empty()},         {"--write-baseline", !options.write_baseline.empty()},
      {"--trace", !options.trace_file.empty()},
  };
  for (const auto& [name, is_given] : given) {
    if (is_given) return std::string(name) + " is about one scan; it cannot go with --work-list and --shard";
  }
  auto fits = [](const std::string& format) { return format.empty() || format == "text" || format == "json" || format == "sarif"; };
  bool all = fits(options.format);
  for (const auto& output : options.outputs) all &= fits(output.first) && output.second != "-";
  return all ? "" : "the formats of a work list are text, json and sarif, one of them on stdout";
}

}  // namespace

ParsedOptions parse_options(int argc, const char* const* argv) {
  Parser parser;
  ParsedOptions out;
  std::vector<const char*> words(argv, argv + argc);
  std::string expression;
  if (argc > 3 && std::string_view(argv[1]) == "debug" && std::string_view(argv[2]) == "expr" &&
      is_negative_expression(argv[3])) {
    expression = "(" + std::string(argv[3]) + ")";
    words[3] = expression.c_str();
  }
  try {
    parser.app.parse(argc, words.data());
  } catch (const CLI::CallForHelp&) {
    out.output = help_of(parser.app);
    return out;
  } catch (const CLI::CallForAllHelp&) {
    out.output = parser.app.help("", CLI::AppFormatMode::All);
    return out;
  } catch (const CLI::CallForVersion&) {
    out.output = std::string("assay ") + ASSAY_VERSION + "\n";
    return out;
  } catch (const CLI::ValidationError& error) {
    out.error = error.what();
    return out;
  } catch (const CLI::ParseError& error) {
    out.error = explain_error(parser, error.what(), argc, argv);
    return out;
  }
  parser.options.arguments.assign(argv + 1, argv + argc);
  // "$REF" of a script that has none: what was meant as a gate must not become a scan of something else.
  for (const CLI::Option* option : chosen(parser.app)->parse_order()) {
    const auto& given = option->results();
    if (option->get_expected_min() == 0 || std::find(given.begin(), given.end(), "") == given.end()) continue;
    out.error = option->get_name() + " is given an empty value";
    return out;
  }
  for (const std::string& text : parser.assignments) {
    std::pair<std::string, std::string> pair;
    if (!split_assignment(text, pair)) {
      out.error = "--var wants NAME=VALUE, not '" + text + "'";
      return out;
    }
    parser.options.variables.push_back(std::move(pair));
  }
  // Of --var and --var-file the later one wins.
  size_t seen = 0;
  for (const CLI::Option* option : chosen(parser.app)->parse_order()) {
    if (option->check_name("--var")) ++seen;
    if (option->check_name("--var-file")) parser.options.variables_before_file.push_back(seen);
  }
  for (const std::string& text : parser.output_texts) {
    std::pair<std::string, std::string> pair;
    if (!split_assignment(text, pair) || !report::find_writer(pair.first)) {
      out.error = "--output wants FORMAT=FILE with a FORMAT of " + joined(format_names()) + ", not '" + text + "'";
      return out;
    }
    parser.options.outputs.push_back(std::move(pair));
  }
  if (out.error = output_mistake(parser.options); !out.error.empty()) return out;
  if (std::string mistake = work_list_mistake(parser.options); !mistake.empty()) {
    out.error = mistake;
    return out;
  }
  if (!parser.options.stdin_name.empty()) {
    if (!parser.options.paths.empty()) {
      out.error = "--stdin-filename says what is analysed; it takes no PATH beside it";
      return out;
    }
    if (!parser.options.fix.empty()) {
      out.error = "--fix cannot write to stdin; --show-fixes prints the changes";
      return out;
    }
    parser.options.paths = {parser.options.stdin_name};
  }
  if (parser.options.staged && !(parser.options.fix.empty() && parser.options.stdin_name.empty())) {
    out.error = std::string("--staged reads the index of git; it does not go with ") +
                (parser.options.fix.empty() ? "--stdin-filename" : "--fix, which changes the work tree");
    return out;
  }
  if (parser.options.diff.find("..") != std::string::npos && !parser.options.diff.ends_with("..") && !parser.options.fix.empty()) {
    out.error = "--fix changes the work tree; --diff A..B does not look at it";
    return out;
  }
  parser.options.color = parser.color == "always" ? Color::kAlways
                         : parser.color == "never" ? Color::kNever : Color::kAuto;
  out.options = std::move(parser.options);
  if (out.options.command == Command::kHelp) out.output = parser.app.help();
  if (out.options.command == Command::kVersion) {
    out.output = std::string("assay ") + ASSAY_VERSION + "\nactions of AWS IAM as of " + std::string(rules::identity::catalogue_version()) +
                 "\nAPI versions of Kubernetes up to 1." + std::to_string(model::kubernetes::kNewestMinor) + ": " +
                 std::string(model::kubernetes::api_versions_data()) + "\n";
  }
  return out;
}

std::string completions(const std::string& shell) {
  Parser parser;
  auto all = [](const CLI::App*) { return true; };
  std::vector<const CLI::App*> commands;
  for (const CLI::App* sub : std::as_const(parser.app).get_subcommands(all)) commands.push_back(sub);
  std::string names;
  for (const CLI::App* command : commands) names += (names.empty() ? "" : " ") + command->get_name();
  auto words = [&](const CLI::App* command) {
    std::vector<std::string> list;
    list_options(command, list);
    for (const CLI::App* sub : command->get_subcommands(all)) list.push_back(sub->get_name());
    std::string out;
    for (const std::string& word : list) out += (out.empty() ? "" : " ") + word;
    return out;
  };
  std::string out;
  if (shell == "bash" || shell == "zsh") {
    if (shell == "zsh") out += "#compdef assay\nautoload -U +X bashcompinit && bashcompinit\n";
    out += "_assay() {\n  local current=${COMP_WORDS[COMP_CWORD]} words\n  case ${COMP_WORDS[1]} in\n";
    for (const CLI::App* command : commands) {
      out += "    " + command->get_name() + ") words=\"" + words(command) + "\" ;;\n";
    }
    out += "    *) words=\"" + names + "\" ;;\n  esac\n";
    out += "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\n";
    out += "complete -o default -F _assay assay\n";
  } else if (shell == "fish") {
    out += "complete -c assay -n __fish_use_subcommand -f -a '" + names + "'\n";
    for (const CLI::App* command : commands) {
      std::vector<std::string> list;
      list_options(command, list);
      for (const std::string& option : list) {
        out += "complete -c assay -n '__fish_seen_subcommand_from " + command->get_name() + "' -l " +
               option.substr(2) + "\n";
      }
    }
  }
  return out;
}

}  // namespace assay::cli
