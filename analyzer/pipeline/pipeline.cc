#include "analyzer/pipeline/pipeline.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <optional>
#include <set>

#include "analyzer/pipeline/compliance.h"
#include "analyzer/pipeline/config_apply.h"
#include "analyzer/pipeline/context.h"
#include "analyzer/pipeline/discover.h"
#include "analyzer/pipeline/judged.h"
#include "analyzer/pipeline/live_objects.h"
#include "analyzer/pipeline/notes.h"
#include "analyzer/pipeline/parse.h"
#include "analyzer/pipeline/secret_config.h"
#include "analyzer/pipeline/secret_findings.h"
#include "analyzer/pipeline/secret_slots.h"
#include "analyzer/pipeline/secret_text.h"
#include "analyzer/pipeline/suppression_findings.h"
#include "parsers/core/deadline.h"
#include "parsers/core/metrics.h"
#include "parsers/core/parallel.h"
#include "parsers/core/path.h"
#include "parsers/core/regex.h"
#include "parsers/formats/kubernetes/link.h"
#include "parsers/model/aliases.h"
#include "rules/engine/evaluator.h"
#include "rules/engine/secret_sinks.h"
#include "rules/engine/suppression.h"
#include "rules/lang/checkov/checkov_language.h"
#include "rules/lang/pack/pack.h"

namespace assay::pipeline {
namespace {

using formats::Format;
using formats::InputFile;
using formats::LoadContext;

constexpr size_t kMaxDependencyRounds = 64;  // module calls that lead out of the scanned tree, nested

// The state of one scan while it runs.
class Run {
 public:
  Run(core::FileSystem& files, const ScanOptions& options, Scan& scan)
      : file_system_(files), options_(options), load_(options.load), scan_(scan) {}

  void execute() {
    auto started = std::chrono::steady_clock::now();
    if (options_.rules_enabled) {
      scan_.rules = load_rules(options_.policy_files ? *options_.policy_files : file_system_, options_, scan_.usage_errors, &idle_rules_);
      check_names(options_, {&scan_.rules.rules(), &idle_rules_}, scan_.usage_errors, scan_.report.problems);
      if (!scan_.usage_errors.empty()) return;
    }
    discover_and_parse();
    if (core::cancelled()) return;
    lower();
    if (core::cancelled()) return;
    if (options_.rules_enabled) evaluate();
    if (core::cancelled()) return;
    report();
    auto took = std::chrono::steady_clock::now() - started;
    scan_.report.summary.duration_ms = static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
  }

 private:
  void progress(std::string_view stage, size_t done, size_t total) {
    if (options_.progress) options_.progress(stage, done, total);
  }

  void discover_and_parse();
  void skip_paths();
  void note_checkov();
  void note_settings();
  void add_files(const std::vector<std::string>& paths);
  void read_named(const std::vector<std::string>& paths);
  void follow_dependencies();
  void lower();
  Lone lone() const;
  bool is_judged(std::string_view type) const;
  void find_focus();
  void search_texts();
  void evaluate();
  std::vector<rules::Directive> directives_in(const std::vector<core::FileId>& of) const;
  void suppress();
  void fold_live_objects();
  // Are findings of other files dropped only when all are known? Some become one, or are told apart by their number.
  bool late_focus() const { return discovery_.around && options_.frameworks.empty(); }
  bool covers_directory_of(const std::string& path) const;
  void divide();
  size_t accept_findings();
  bool is_wanted_format(const rules::Finding& finding) const;
  void report();

  core::FileSystem& file_system_;
  const ScanOptions& options_;
  formats::LoadOptions load_;  // with paths as registered in the sources
  Scan& scan_;
  Discovery discovery_;
  unsigned jobs_ = 1;
  std::vector<ParsedFile> parsed_;       // by file id
  std::vector<InputFile> inputs_;        // sorted by path, those with a format or a tree
  std::set<std::string, std::less<>> known_;
  NamedFiles named_;
  std::vector<const model::Root*> roots_;   // those lowered from files, and which files
  std::vector<FilesOfRoot> files_of_roots_;
  std::vector<core::FileId> focus_;         // sorted; empty: every file counts
  std::vector<const model::Root*> aside_;   // roots that the focus has no part in, sorted
  std::vector<core::FileId> focus_of_plans_;  // sources of plans that were named
  std::vector<rules::RuleFailure> failures_;
  std::vector<rules::Rule> idle_rules_;  // that exist but were not asked for
  std::unique_ptr<SecretConfig> secret_config_;
  std::vector<SearchedFile> searched_;   // by the order of files
  bool texts_searched_ = false;
  std::string boundary_;  // LoadContext::boundary
  std::optional<ScanNotes> notes_;  // where the scan is divided
};

void Run::add_files(const std::vector<std::string>& paths) {
  std::vector<core::FileId> ids;
  for (const std::string& path : paths) {
    if (!known_.insert(path).second) continue;
    ids.push_back(scan_.sources.add(path));
  }
  std::vector<ParsedFile> parsed = parse_files(
      file_system_, discovery_.base, scan_.sources, ids, named_, jobs_, lone(),
      [&](size_t done) { progress("read", done, ids.size()); });
  for (ParsedFile& file : parsed) parsed_.push_back(std::move(file));
}

// Reads what the files found so far need but discovery did not see, such as a module beside the tree.
void Run::follow_dependencies() {
  size_t seen = 0;
  for (size_t round = 0; round < kMaxDependencyRounds && seen < parsed_.size(); ++round) {
    std::set<std::string> wanted;
    std::vector<formats::EmbeddedFile> embedded;
    for (; seen < parsed_.size(); ++seen) {
      const ParsedFile& file = parsed_[seen];
      const Format* format = file.format;
      if (!format || file.root) continue;
      InputFile input{file.id, scan_.sources.path(file.id), file.tree.get()};
      for (const std::string& path : format->dependencies(input)) {
        wanted.insert(core::normalize_path(path));
      }
      for (formats::EmbeddedFile& inside :
           format->embedded(input, scan_.sources.text(file.id), file_system_, discovery_.base)) {
        // A plan that is not asked for does not bring sources of its own beside those on disk.
        bool own = inside.path.starts_with(std::string(input.path) + "!");
        bool named = std::binary_search(discovery_.named.begin(), discovery_.named.end(), input.path);
        if (named || !own) embedded.push_back(std::move(inside));
      }
    }
    for (formats::EmbeddedFile& file : embedded) {
      if (!known_.insert(file.path).second) continue;
      core::FileId id = scan_.sources.add(std::move(file.path), std::move(file.text));
      parsed_.push_back(parse_embedded(scan_.sources, id));
    }
    std::vector<std::string> more;
    for (const std::string& path : wanted) {
      std::string absolute = core::join_path(discovery_.base, path);
      auto entries = file_system_.list(absolute);
      if (!entries) {
        if (file_system_.exists(absolute)) more.push_back(path);
        continue;
      }
      for (const core::DirEntry& entry : *entries) {
        std::string file = path == "." ? entry.name : core::join_path(path, entry.name);
        if (entry.kind == core::EntryKind::kFile && kind_of(file) == FileKind::kHcl) more.push_back(file);
        if (entry.kind == core::EntryKind::kFile && entry.name.ends_with(".tf.json")) more.push_back(file);
      }
    }
    read_named(more);
    std::erase_if(more, [&](const std::string& path) { return known_.contains(path); });
    add_files(more);
  }
}

// What discovery passed over because nothing in it says what it is is read once somebody names it.
void Run::read_named(const std::vector<std::string>& paths) {
  named_.insert(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    if (!known_.contains(path)) continue;
    core::FileId id = scan_.sources.find(path);
    if (id == core::kNoFile || parsed_[id].tree || parsed_[id].failed) continue;
    parsed_[id] = std::move(parse_files(file_system_, discovery_.base, scan_.sources, {id}, named_, 1, lone(), {})[0]);
  }
}

// What a .checkov.yaml skips is not read, unless it was named.
void Run::skip_paths() {
  std::vector<std::shared_ptr<const core::Regex>> patterns;
  for (const std::string& pattern : options_.checkov.skip_paths) {
    if (auto regex = core::Regex::compile(pattern)) patterns.push_back(*regex);
  }
  if (patterns.empty()) return;
  std::erase_if(discovery_.files, [&](const std::string& path) {
    bool named = std::binary_search(discovery_.named.begin(), discovery_.named.end(), path);
    bool skip = !named && std::any_of(patterns.begin(), patterns.end(), [&](const auto& regex) {
      return regex->search(path) || regex->search("/" + path);
    });
    if (skip) discovery_.skipped.push_back({path, false, "", "skipped", "skip-path of " + options_.checkov.path});
    return skip;
  });
}

// What of a .checkov.yaml is not followed.
void Run::note_checkov() {
  const CheckovConfig& config = options_.checkov;
  auto note = [&](std::string message) {
    core::Problem problem{core::ProblemSeverity::kNote, "checkov-config", std::move(message), {}, {}, {}};
    problem.path = core::relative_path(config.path, discovery_.base);
    scan_.report.problems.push_back(std::move(problem));
  };
  for (const std::string& text : config.notes) note(text);
  for (const auto& [key, patterns] : {std::pair{"check", &config.checks}, std::pair{"skip-check", &config.skip_checks}}) {
    std::string missing;
    size_t count = 0;
    for (const std::string& pattern : *patterns) {
      auto named = [&](const rules::Rule& rule) { return rules::names_rule(pattern, rule.info); };
      if (std::any_of(scan_.rules.rules().begin(), scan_.rules.rules().end(), named) ||
          std::any_of(idle_rules_.begin(), idle_rules_.end(), named)) {
        continue;
      }
      if (count++ < 20) missing += (missing.empty() ? "" : ", ") + pattern;
    }
    if (count == 0) continue;
    note(std::string(key) + ": " + std::to_string(count) + (count == 1 ? " check has" : " checks have") +
         " no rule here: " + missing + (count > 20 ? ", ..." : ""));
  }
}

// What of other tools' files is not followed.
void Run::note_settings() {
  for (const SettingsNote& note : options_.settings.notes) {
    core::Problem problem{core::ProblemSeverity::kNote, note.code, note.message, {}, {}, {}};
    problem.path = core::relative_path(note.file, discovery_.base);
    scan_.report.problems.push_back(std::move(problem));
  }
}

void Run::discover_and_parse() {
  {
    ASSAY_METRIC("discover");
    if (options_.only) {
      discovery_.base = options_.only->base;
      discovery_.files = options_.only->files;
    } else if (options_.nothing_asked) discovery_.base = core::normalize_path(options_.current_directory);
    else discovery_ = discover(file_system_, options_.paths, options_.current_directory, options_.context_directory);
    if (!options_.only) skip_paths();
    exclude_files(options_.settings, discovery_, scan_.report.problems);
  }
  if (discovery_.path_missing) {
    for (const core::Problem& problem : discovery_.problems) {
      if (problem.code == "path-not-found") scan_.usage_errors.push_back({"", 0, problem.message});
    }
    return;
  }
  jobs_ = core::sensible_jobs(discovery_.files.size(), core::kSerialBytes + 1, options_.jobs);
  ASSAY_METRIC("read and parse");
  std::vector<std::string> extra;
  for (auto* list : {&load_.variable_files, &load_.parameter_files}) {
    for (std::string& path : *list) {
      path = core::relative_path(path, discovery_.base);
      extra.push_back(path);
    }
  }
  named_.insert(load_.parameter_files.begin(), load_.parameter_files.end());
  for (const std::string& path : discovery_.named) {
    if (kind_of(path) == FileKind::kOther) named_.insert(path);
  }
  add_files(discovery_.files);
  add_files(extra);
  follow_dependencies();
}

void Run::lower() {
  if (!scan_.usage_errors.empty()) return;
  ASSAY_METRIC("lower");
  for (const ParsedFile& file : parsed_) {
    if (!file.tree) continue;
    inputs_.push_back({file.id, scan_.sources.path(file.id), file.tree.get()});
  }
  std::sort(inputs_.begin(), inputs_.end(),
            [](const InputFile& a, const InputFile& b) { return a.path < b.path; });

  LoadContext context;
  context.sources = &scan_.sources;
  context.file_system = &file_system_;
  context.base_directory = discovery_.base;
  context.boundary = options_.only ? options_.only->boundary : repository_root(file_system_, discovery_.base);
  if (context.boundary.empty()) {
    // Without a repository: what holds everything that was read, modules beside the tree included.
    context.boundary = discovery_.base;
    for (const InputFile& input : inputs_) {
      std::string path = core::normalize_path(core::join_path(discovery_.base, input.path));
      context.boundary = common_directory(context.boundary, std::string(core::parent_path(path)));
    }
    if (context.boundary == "/") context.boundary = discovery_.base;
  }
  boundary_ = context.boundary;
  if (options_.divide) notes_.emplace(scan_.sources.size());
  context.ties = notes_ ? &notes_->of_files : nullptr;
  context.files = inputs_;
  context.options = &load_;
  context.named = discovery_.named;

  struct Job {
    const Format* format;
    formats::RootSpec spec;
    std::unique_ptr<model::Root> root;  // when it is lowered already
    FilesOfRoot files;
    model::Ties asks;
  };
  std::vector<Job> jobs;
  for (const Format* format : formats::all_formats()) {
    std::vector<const InputFile*> own;
    for (const InputFile& input : inputs_) {
      ParsedFile& file = parsed_[input.id];
      if (file.format != format) continue;
      if (file.root) jobs.push_back({format, {file.root->path, {}}, std::move(file.root), {file.id}});
      else own.push_back(&input);
    }
    if (own.empty()) continue;
    for (formats::RootSpec& spec : format->roots(own, context)) jobs.push_back({format, std::move(spec), nullptr, {}});
  }
  std::sort(jobs.begin(), jobs.end(), [](const Job& a, const Job& b) {
    return std::pair(std::string_view(a.spec.path), a.format->name()) <
           std::pair(std::string_view(b.spec.path), b.format->name());
  });
  std::vector<std::unique_ptr<model::Root>> roots(jobs.size());
  std::atomic<size_t> lowered{0};
  for (const Job& job : jobs) {
    // Whoever names a plan wants what is found in the sources that it was made from.
    if (!job.spec.plan || !std::binary_search(discovery_.named.begin(), discovery_.named.end(), job.spec.plan->path)) {
      continue;
    }
    for (const InputFile* file : job.spec.files) focus_of_plans_.push_back(file->id);
  }
  core::parallel_for(jobs.size(), 1, jobs_, [&](size_t begin, size_t end, unsigned) {
    for (size_t i = begin; i < end; ++i) {
      Job& job = jobs[i];
      if (!job.root) {
        LoadContext own = context;
        own.found = &job.files;
        model::AskScope scope(notes_ ? &job.asks : nullptr);
        for (const InputFile* file : job.spec.files) job.files.push_back(file->id);
        job.root = job.format->load(job.spec, own);
      }
      roots[i] = std::move(job.root);
    }
    progress("understand", lowered.fetch_add(end - begin) + (end - begin), jobs.size());
  });

  if (core::cancelled()) return;
  model::Project& project = scan_.project;
  project.sources = &scan_.sources;
  project.target = options_.target;
  for (size_t i = 0; i < roots.size(); ++i) {
    roots_.push_back(roots[i].get());
    files_of_roots_.push_back(std::move(jobs[i].files));
    if (notes_) notes_->add_root(*roots[i], std::move(jobs[i].asks), jobs[i].spec.plan != nullptr);
    project.add(std::move(roots[i]));
  }
  {
    ASSAY_METRIC("views");
    model::builtin_aliases().attach_views(project);
    rules::checkov::attach_views(project, scan_.rules);
  }
  if (notes_) notes_->links.resize(project.resources.size());
  formats::link_kubernetes(project, notes_ ? &notes_->links : nullptr);
  find_focus();
  if (!options_.rules_enabled || is_judged(kSecretSlotsType)) add_secret_slots(project);
  if (options_.search_texts || is_judged(kTextSecretType)) search_texts();
  project.seal();
}

Lone Run::lone() const {
  if (!options_.rules_enabled) return Lone::kLeave;
  const auto& rules = scan_.rules.rules();
  bool fixes = std::any_of(rules.begin(), rules.end(), [](const rules::Rule& rule) { return rule.info.fix != rules::FixKind::kNone; });
  return fixes ? Lone::kLowerForFixes : Lone::kLower;
}

// Is a rule about this type asked for?
bool Run::is_judged(std::string_view type) const {
  const auto& rules = scan_.rules.rules();
  return std::any_of(rules.begin(), rules.end(), [&](const rules::Rule& rule) {
    return std::find(rule.info.resources.begin(), rule.info.resources.end(), type) != rule.info.resources.end();
  });
}

// What findings count for, and what need not be judged for that.
void Run::find_focus() {
  if (options_.only || (discovery_.focus.empty() && parsed_.size() == discovery_.files.size())) return;
  const auto& wanted = discovery_.focus.empty() ? discovery_.files : discovery_.focus;
  for (core::FileId id = 0; id < scan_.sources.size(); ++id) {
    if (std::binary_search(wanted.begin(), wanted.end(), scan_.sources.path(id))) focus_.push_back(id);
  }
  focus_.insert(focus_.end(), focus_of_plans_.begin(), focus_of_plans_.end());
  std::sort(focus_.begin(), focus_.end());
  // Compliance counts what was judged.
  if (!discovery_.around || !options_.frameworks.empty()) return;
  // Whether a suppression is of use, and how findings about suppressions are told apart, all findings have to say.
  for (const SuppressionEntry& entry : options_.settings.suppressions) {
    if (entry.place.file.empty()) continue;
    core::FileId file = scan_.sources.find(core::relative_path(entry.place.file, discovery_.base));
    if (std::binary_search(focus_.begin(), focus_.end(), file)) return;
  }
  if (!directives_in(focus_).empty()) return;
  aside_ = roots_aside(roots_, files_of_roots_, focus_);
}

void Run::search_texts() {
  std::vector<std::string> directories;
  if (!options_.paths.empty()) {
    directories.push_back(start_of(file_system_, options_.paths, options_.current_directory));
  }
  directories.push_back(discovery_.base);
  directories.push_back(repository_root(file_system_, discovery_.base));
  secret_config_ = SecretConfig::read(file_system_, directories, discovery_.base, scan_.usage_errors, scan_.report.problems);
  auto search = [&](const std::vector<std::string>& wanted) {
    std::vector<core::FileId> ids;
    for (const ParsedFile& file : parsed_) {
      if (std::binary_search(wanted.begin(), wanted.end(), scan_.sources.path(file.id))) ids.push_back(file.id);
    }
    return pipeline::search_texts(file_system_, discovery_.base, scan_.sources, parsed_, ids, secret_config_.get(), jobs_);
  };
  // In a repository all texts are searched: a secret may lie in several files, which its fingerprint counts, and what
  // reports hide depends on all secrets.
  TextSearch found = search(discovery_.focus.empty() || discovery_.around ? discovery_.files : discovery_.focus);
  searched_ = std::move(found.files);
  texts_searched_ = true;
  if (found.root) {
    drop_annotated_copies(scan_.project, *found.root);
    scan_.project.add(std::move(found.root));
  }
}

size_t Run::accept_findings() {
  if (options_.accepted.entries.empty()) return 0;
  std::vector<const rules::RuleInfo*> infos;
  for (const rules::Rule& rule : scan_.rules.rules()) infos.push_back(&rule.info);
  return apply_checkov_baseline(options_.accepted, infos, scan_.sources, scan_.report.findings);
}

// The frameworks of a .checkov.yaml narrow what is reported, not what is understood.
bool Run::is_wanted_format(const rules::Finding& finding) const {
  std::string_view format = finding.resource.format.empty() ? std::string_view("secrets") : finding.resource.format;
  if (format == "assay") return true;
  auto wanted = [&](const std::vector<std::string>& formats) {
    return formats.empty() || std::find(formats.begin(), formats.end(), format) != formats.end();
  };
  return wanted(options_.checkov.formats) && wanted(options_.settings.formats);
}

// Is all that lies beside the file scanned, and below it?
bool Run::covers_directory_of(const std::string& path) const {
  std::string directory = core::normalize_path(core::join_path(discovery_.base, core::parent_path(path)));
  const std::vector<std::string> here = {"."};
  const std::vector<std::string>& paths = options_.paths.empty() ? here : options_.paths;
  return std::any_of(paths.begin(), paths.end(), [&](const std::string& target) {
    return core::is_within(directory, core::normalize_path(core::join_path(options_.current_directory, target)));
  });
}

// Directives in comments and annotations. Of the files `of` (sorted), or of all if it is empty.
std::vector<rules::Directive> Run::directives_in(const std::vector<core::FileId>& of) const {
  std::vector<rules::Directive> directives;
  rules::NextCode next_code;
  auto wanted = [&](core::FileId file) { return of.empty() || std::binary_search(of.begin(), of.end(), file); };
  for (const ParsedFile& file : parsed_) {
    if (!file.tree || !wanted(file.id)) continue;
    add_json_directives(scan_.sources, *file.tree, directives);
    for (const syntax::Comment& comment : file.tree->comments) {
      for (rules::Directive& directive :
           rules::parse_directives(scan_.sources, {file.id, comment.begin, comment.end}, &next_code)) {
        directives.push_back(std::move(directive));
      }
    }
  }
  for (const model::Resource* resource : scan_.project.resources) {
    if (!wanted(resource->span.valid() ? resource->span.file : resource->header.file)) continue;
    for (rules::Directive& directive : rules::annotation_directives(scan_.sources, *resource)) {
      directives.push_back(std::move(directive));
    }
  }
  return directives;
}

// Directives of comments, annotations and the configuration. Notes and findings about themselves come last.
void Run::suppress() {
  ASSAY_METRIC("suppressions");
  std::vector<rules::Directive> directives = directives_in({});
  for (const SearchedFile& file : searched_) {
    if (file.searched && !parsed_[file.id].tree) add_text_directives(scan_.sources, file.id, directives);
  }
  for (rules::Directive& directive : directives) {
    directive.quiet = !late_focus() && !focus_.empty() && !std::binary_search(focus_.begin(), focus_.end(), directive.span.file);
  }
  for (rules::Directive& directive : directives_of(options_.settings, file_system_, scan_.sources, discovery_.base)) {
    // What is wrong with the configuration is said where the directory that holds it is scanned.
    const std::string& path = scan_.sources.path(directive.span.file);
    directive.quiet = (!late_focus() && !discovery_.focus.empty()) || path.starts_with("../");
    directive.unsure = !covers_directory_of(path);
    directives.push_back(std::move(directive));
  }
  if (directives.empty()) return;
  rules::SuppressionContext context{scan_.rules, scan_.sources, options_.today, idle_rules_, &scan_.project,
                                    terraform_workspace(file_system_, load_, discovery_.base)};
  rules::apply_suppressions(scan_.report.findings, directives, context);
  scan_.suppressions = judge_suppressions(directives, context, options_, scan_.rules, scan_.report, scan_.usage_errors,
                                          notes_ ? &notes_->suppressions : nullptr);
}

// What objects of a cluster repeat of the workloads that made them.
void Run::fold_live_objects() {
  const Controllers controllers(scan_.project);
  for (const auto& [file, folded] : fold_controlled(controllers, scan_.report.findings)) {
    core::add_problem(scan_.report.problems, core::ProblemSeverity::kNote, "repeated-by-controllers",
                      std::to_string(folded) + (folded == 1 ? " finding is told of the workload that made the object only"
                                                            : " findings are told of the workloads that made the objects only"),
                      {file, 0, 0});
  }
  if (!options_.list_judged) return;
  scan_.report.judged = judged_resources(scan_.project, scan_.rules, failures_, focus_, controllers, scan_.report.findings);
}

void Run::evaluate() {
  if (!scan_.usage_errors.empty()) return;
  compile_needed(scan_.rules, scan_.project, scan_.usage_errors);
  if (!scan_.usage_errors.empty()) return;
  ASSAY_METRIC("evaluate");
  rules::EvaluateOptions options;
  options.jobs = scan_.project.resources.size() < 64 ? 1 : jobs_;
  options.focus = focus_;
  options.aside = aside_;
  options.late_focus = late_focus();
  if (notes_) options.notes = &notes_->evaluation;
  progress("evaluate", 0, scan_.project.resources.size());
  rules::Evaluation evaluation = rules::evaluate(scan_.project, scan_.rules, options);
  scan_.report.findings = std::move(evaluation.findings);
  for (const rules::Finding& finding : scan_.report.findings) {
    rules::complete_texts(scan_.rules.mutable_rules()[finding.rule].info);
  }
  name_text_secrets(scan_.report.findings);
  name_secret_slots(scan_.report.findings, scan_.project);
  scan_.report.summary.evaluations = evaluation.evaluations;
  failures_ = std::move(evaluation.failures);

  suppress();
  fold_live_objects();
  allow_marked_secrets(scan_.report.findings, scan_.rules, scan_.sources, secret_config_.get());
  merge_text_secrets(scan_.report.findings, scan_.rules, scan_.sources, scan_.report.unreported);
  if (!options_.frameworks.empty()) {
    scan_.report.compliance =
        assess_compliance(chosen_frameworks(options_.frameworks, scan_.usage_errors), scan_.rules, idle_rules_,
                          scan_.project, scan_.report.findings, failures_);
  }
  if (size_t accepted = accept_findings()) {
    core::add_problem(scan_.report.problems, core::ProblemSeverity::kNote, "checkov-baseline",
                      std::to_string(accepted) + (accepted == 1 ? " finding is" : " findings are") + " accepted in " +
                          core::relative_path(options_.accepted.path, discovery_.base));
  }
  // Only now: a suppression of what is not reported is not unused.
  std::vector<rules::Finding>& unreported = scan_.report.unreported;
  Overrides overrides(options_.settings, scan_.rules, scan_.sources, discovery_.base, rules_off_elsewhere(options_, scan_.rules));
  bool only_suppressions = asks_for_suppressions_only(options_.only_rules, scan_.rules.rules());
  std::erase_if(scan_.report.findings, [&](rules::Finding& finding) {
    const rules::RuleInfo& rule = scan_.rules.rules()[finding.rule].info;
    bool demanded = options_.settings.require_reason && rule.id == rule_of_fault(rules::SuppressionFault::kWithoutReason);
    bool reported = overrides.apply(finding) && (finding.severity >= options_.minimum || demanded) &&
                    (finding.verdict != rules::Verdict::kMaybe || options_.maybe) && is_wanted_format(finding) &&
                    (!only_suppressions || judges_suppressions(rule));
    if (!reported && tells_secrets(scan_.rules.rules()[finding.rule].info)) unreported.push_back(std::move(finding));
    return !reported;
  });
  rules::merge_secret_sinks(scan_.report.findings, scan_.rules);
  if (late_focus()) {
    std::erase_if(scan_.report.findings, [&](rules::Finding& finding) {
      if (rules::in_focus(finding, focus_)) return false;
      if (tells_secrets(scan_.rules.rules()[finding.rule].info)) unreported.push_back(std::move(finding));
      return true;
    });
  }
  if (scan_.report.findings.empty()) return;
  // What is shown around a finding may hold a secret that nobody asked about.
  rules::RuleSet others;
  for (rules::Rule& rule : idle_rules_) {
    if (tells_secrets(rule.info)) others.add(std::move(rule));
  }
  if (others.rules().empty()) return;
  others.seal();
  compile_needed(others, scan_.project, scan_.usage_errors);
  options.focus.clear();
  options.notes = nullptr;
  for (rules::Finding& finding : rules::evaluate(scan_.project, others, options).findings) {
    unreported.push_back(std::move(finding));
  }
}

std::string_view state_name(model::Coverage::State state) {
  static constexpr std::string_view kNames[] = {"evaluated", "partial", "skipped", "failed"};
  return kNames[static_cast<size_t>(state)];
}

// A file that several roots use is as well covered as in the worst of those that evaluate it.
void merge_row(std::map<std::string, rules::CoverageRow>& rows, rules::CoverageRow row) {
  auto rank = [](const rules::CoverageRow& r) {
    return r.state == "skipped" ? 0 : r.state == "evaluated" ? 1 : r.state == "partial" ? 2 : 3;
  };
  auto [at, is_new] = rows.try_emplace(row.path, row);
  if (!is_new && rank(row) > rank(at->second)) at->second = std::move(row);
}

void Run::report() {
  if (!scan_.usage_errors.empty()) return;
  note_checkov();
  note_settings();
  rules::Report& report = scan_.report;
  report.tool_version = options_.version;
  report.base_directory = discovery_.base;
  report.sources = &scan_.sources;
  std::string repository = repository_root(file_system_, discovery_.base);
  if (!repository.empty() && repository != discovery_.base) {
    report.repository_prefix = core::relative_path(discovery_.base, repository) + "/";
  }
  if (options_.all_texts) {
    for (rules::Rule& rule : scan_.rules.mutable_rules()) rules::complete_texts(rule.info);
  }
  report.rules.reserve(scan_.rules.rules().size());
  for (rules::Rule& rule : scan_.rules.mutable_rules()) report.rules.push_back(std::move(rule.info));
  for (const auto& root : scan_.project.roots) {
    report.secret_spans.insert(report.secret_spans.end(), root->secret_spans.begin(), root->secret_spans.end());
  }

  const Told told(discovery_, scan_.sources, parsed_);
  core::Problems& problems = report.problems;
  for (core::Problem& problem : discovery_.problems) problems.push_back(std::move(problem));
  std::map<std::string, rules::CoverageRow> rows;  // by path of files
  std::map<core::FileId, const SearchedFile*> searched_by_file;
  for (const SearchedFile& file : searched_) searched_by_file[file.id] = &file;
  for (const model::Coverage& coverage : scan_.project.coverage) {
    rules::CoverageRow row{coverage.path, coverage.is_root, coverage.format,
                           std::string(state_name(coverage.state)), coverage.reason};
    if (coverage.is_root && !told.tells_root(coverage.path)) continue;
    if (coverage.is_root) {
      report.coverage.push_back(std::move(row));
    } else {
      merge_row(rows, std::move(row));
    }
  }
  for (const ParsedFile& file : parsed_) {
    const std::string& path = scan_.sources.path(file.id);
    if (file.failed) {
      problems.push_back(file.problem);
      rows[path] = {path, false, "", "failed", file.problem.message};
      continue;
    }
    bool broken = file.tree && std::any_of(file.tree->problems.begin(), file.tree->problems.end(), [](const auto& p) {
                    return p.severity == core::ProblemSeverity::kError;
                  });
    if (broken && !file.format) {
      for (const core::Problem& problem : file.tree->problems) problems.push_back(problem);
      rows.try_emplace(path, rules::CoverageRow{path, false, "", "failed", "syntax errors"});
      continue;
    }
    if (file.tree && file.format) {
      // What is not YAML until it is rendered is one note, not a list of syntax errors.
      auto known = rows.find(path);
      if (known != rows.end() && known->second.state == "skipped") continue;
      for (const core::Problem& problem : file.tree->problems) problems.push_back(problem);
      auto [row, is_new] = rows.try_emplace(
          path, rules::CoverageRow{path, false, std::string(file.format->name()), "evaluated", ""});
      (void)is_new;
      if (broken && row->second.state == "evaluated") {
        row->second.state = "partial";
        row->second.reason = "syntax errors; the intact parts were analysed";
      }
      continue;
    }
    std::string reason = file.skip_reason.empty() ? "no supported format recognised in it" : file.skip_reason;
    rules::CoverageRow row{path, false, "", "skipped", std::move(reason)};
    if (auto searched = searched_by_file.find(file.id); searched != searched_by_file.end()) {
      // What could hold a format's files and does not is worth knowing; any other text is done.
      bool may_be_more = file.kind != FileKind::kOther;
      if (!searched->second->searched) {
        if (!may_be_more && !searched->second->reason.empty()) row.reason = searched->second->reason;
      } else {
        row.format = "text";
        if (!may_be_more) row.state = "evaluated", row.reason.clear();
        else row.reason += "; searched for secrets";
      }
    }
    rows.try_emplace(path, std::move(row));
  }
  for (auto& [path, row] : rows) {
    if (told.tells(path)) report.coverage.push_back(std::move(row));
  }
  for (rules::CoverageRow& row : discovery_.skipped) report.coverage.push_back(std::move(row));
  for (const core::Problem& problem : scan_.project.problems) problems.push_back(problem);
  // One mistake of an author stops every rule that looks at it: that is said once.
  std::map<std::pair<std::string_view, std::string_view>, std::string> stopped;  // rules by address and error
  for (const rules::RuleFailure& failure : failures_) {
    std::string& rules = stopped[{failure.address, failure.error}];
    if (rules.find(failure.rule) == std::string::npos) rules += (rules.empty() ? "" : ", ") + failure.rule;
  }
  for (const rules::RuleFailure& failure : failures_) {
    auto found = stopped.find({failure.address, failure.error});
    if (found == stopped.end()) continue;
    core::add_problem(problems, core::ProblemSeverity::kWarning, "rule-not-evaluated",
                      found->second + " could not judge " + failure.address + ": " + failure.error, failure.span);
    stopped.erase(found);
  }
  std::erase_if(problems, [&](const core::Problem& problem) { return !told.tells(problem, scan_.sources); });
  auto path_of = [&](const core::Problem& problem) -> std::string_view {
    return problem.span.valid() ? std::string_view(scan_.sources.path(problem.span.file)) : problem.path;
  };
  std::stable_sort(problems.begin(), problems.end(), [&](const core::Problem& a, const core::Problem& b) {
    int order = path_of(a).compare(path_of(b));
    if (order != 0) return order < 0;
    return std::tie(a.span.begin, a.code, a.message) < std::tie(b.span.begin, b.code, b.message);
  });
  problems.erase(std::unique(problems.begin(), problems.end(),
                             [](const core::Problem& a, const core::Problem& b) {
                               return a.span == b.span && a.code == b.code && a.message == b.message &&
                                      a.path == b.path;
                             }),
                 problems.end());

  if (options_.rules_enabled && !texts_searched_) {
    // What is quoted beside findings and problems may hold a secret that nobody asked about.
    std::set<core::FileId> shown;
    for (const rules::Finding& finding : report.findings) {
      if (finding.region.valid()) shown.insert(finding.region.file);
    }
    for (const core::Problem& problem : problems) {
      if (problem.span.valid()) shown.insert(problem.span.file);
    }
    for (core::FileId file : shown) hide_secrets(scan_.sources, file, report.secret_spans);
  }
  rules::Summary& summary = report.summary;
  summary.files = told.count();
  summary.rules = scan_.rules.rules().size();
  for (const model::Resource* resource : scan_.project.resources) summary.resources += is_counted(*resource);
  count_findings(report.findings, summary);
  summary.problems = problems.size();
  scan_.trees.resize(scan_.sources.size());
  for (ParsedFile& file : parsed_) {
    if (file.nodes) file.tree->root = file.nodes;
    scan_.trees[file.id] = std::move(file.tree);
  }
  show_paths(discovery_, scan_.sources, report);
  divide();
}

// Is a scan of each part, taken together, a scan of everything?
void Run::divide() {
  if (!notes_) return;
  bool one = !focus_.empty() || discovery_.around || !discovery_.named.empty() || !options_.frameworks.empty() || options_.list_judged ||
             !options_.accepted.entries.empty() || !options_.settings.suppressions.empty() || !load_.variable_files.empty() ||
             !load_.parameter_files.empty() || (!discovery_.shown_base.empty() && discovery_.shown_base != discovery_.base);
  for (const rules::Rule& rule : scan_.rules.rules()) one |= !rule.language.empty() && rule.language != "cel";  // others may look at everything
  for (const core::Problem& problem : scan_.report.problems) {
    one |= problem.code == "suppression-no-rule" || problem.code == "limit-problems";
  }
  if (one) return;
  scan_.partition = notes_->partition(scan_, files_of_roots_, discovery_.base, boundary_, discovery_.skipped.size());
}

}  // namespace

void count_findings(const std::vector<rules::Finding>& findings, rules::Summary& summary) {
  summary.fail = summary.maybe = summary.suppressed = 0;
  for (const rules::Finding& finding : findings) {
    if (finding.suppressed) ++summary.suppressed;
    else if (finding.verdict == rules::Verdict::kFail) ++summary.fail;
    else ++summary.maybe;
  }
}

std::unique_ptr<Scan> scan(core::FileSystem& files, const ScanOptions& options) {
  auto scan = std::make_unique<Scan>();
  core::with_deep_stack([&] { Run(files, options, *scan).execute(); });
  return scan;
}

Part analyse_part(core::FileSystem& files, const ScanOptions& options, const Partition& partition,
                  const std::vector<core::FileId>& edited) {
  Part out;
  std::map<std::string_view, core::FileId> ids;
  for (core::FileId id = 0; id < partition.files.size(); ++id) ids.emplace(partition.files[id], id);
  out.redone = files_beside(partition, edited);
  for (size_t round = 0; round < kMaxPartRounds; ++round) {
    PartFiles only{partition.base, partition.boundary, {}};
    for (const auto& [path, id] : ids) {
      if (out.redone[id]) only.files.emplace_back(path);
    }
    if (only.files.size() * kMostFilesOfParts > partition.files.size() + kFewFiles) return {};
    ScanOptions part = options;
    part.divide = true;
    part.only = &only;
    out.scan = scan(files, part);
    if (!out.scan->usage_errors.empty() || !out.scan->partition) return {};
    std::vector<core::FileId> more = tied_beyond(partition, out.redone, *out.scan->partition);
    for (const std::string& path : out.scan->partition->files) {
      auto id = ids.find(path);
      if (id == ids.end()) return {};
      if (!out.redone[id->second]) more.push_back(id->second);
    }
    if (more.empty()) return out;
    std::vector<bool> added = files_beside(partition, more);
    for (core::FileId id = 0; id < added.size(); ++id) out.redone[id] = out.redone[id] || added[id];
  }
  return {};
}

}  // namespace assay::pipeline
