#include "parsers/model/aliases.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "parsers/model/alias_awscc.h"
#include "parsers/model/alias_kubernetes.h"
#include "parsers/model/alias_table.h"
#include "parsers/model/alias_values.h"

namespace assay::model {
namespace {

struct Found {  // a native table and the file it stands in
  const FileTables* file = nullptr;
  const NativeTable* table = nullptr;
  uint32_t slot = 0;
  const TypeTable& type() const { return file->types[table->type]; }
};

struct PendingView {
  Resource* resource = nullptr;
  Found found;
  Value value;
  bool alone = false;  // the one view that its table makes of the resource
};

struct Link {
  uint32_t view = 0;  // index into the pending views
  Guard guard = kAlways;
};

PathStep key_step(std::string_view key) {
  PathStep step;
  step.key = key;
  return step;
}

// Does the table speak of this resource? A text that is not known has no words.
bool concerns(const NativeTable& table, const Resource& resource) {
  if (table.where_attribute.empty()) return true;
  const Value* value = resource.attributes.find(table.where_attribute);
  std::string_view text = value != nullptr && value->is_string() ? value->text() : std::string_view{};
  bool has = false;
  while (!text.empty() && !has) {
    size_t comma = text.find(',');
    has = text.substr(0, comma) == table.where_word;
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return has != table.where_lacks;
}

bool ends_with_each(const Path& path) {
  return !path.empty() && path.back().kind == PathStep::Kind::kEach;
}

std::span<const PathStep> without_each(const Path& path) {
  return {path.data(), path.size() - (ends_with_each(path) ? 1 : 0)};
}

// Applies the mappings of one native type to one value.
class Mapper {
 public:
  explicit Mapper(AliasContext& context) : context_(context) {}

  // What a resource's own table makes of its native attributes.
  Value build(const NativeTable& table, const Value& attributes) {
    Value native = unlist(attributes, table.singles, context_);
    Value view;
    view.kind = ValueKind::kObject;
    if (table.format == "terraform" && !table.awscc) {
      view = native;
    } else if (table.take_snake) {
      view = take_snake(table, native);
    }
    view.span = attributes.span;
    view.guard = attributes.guard;
    if (table.mappings.empty()) return view;
    Draft draft(view, context_);
    for (const Mapping& mapping : table.mappings) apply(draft, mapping, native, kAlways);
    return draft.close();
  }

  void apply(Draft& view, const Mapping& mapping, const Value& native, Guard guard) {
    if (!mapping.when_path.empty()) {
      std::optional<Value> asked = read_path(native, mapping.when_path, context_);
      if (!asked) return;
      if (!mapping.when_literal.empty()) {
        guard = context_.guards.both(guard, equals_literal(*asked, mapping.when_literal, context_));
      }
      guard = context_.guards.both(guard, asked->guard);
    }
    if (guard == kNever) return;
    if (mapping.has_constant) {
      Value constant = constant_value(mapping.constant, context_);
      return place(view, mapping.target, constant, guard);
    }
    for (const Path& source : mapping.sources) {
      std::optional<Value> value = read_path(native, without_each(source), context_);
      if (!value) continue;
      Guard here = context_.guards.both(guard, value->guard);
      value->guard = kAlways;
      if (ends_with_each(mapping.target)) return append(view, mapping, *value, here);
      for (Coercion coercion : mapping.coercions) *value = coerce(*value, coercion, context_);
      std::string_view target = mapping.target.empty() ? std::string_view("value") : mapping.target.back().key;
      *value = map_value(*value, mapping.map, target, context_);
      return place(view, mapping.target, *value, here);
    }
  }

  void finish(const TypeTable& type, Value& view) {
    if (type.coercions.empty() && type.defaults.empty()) return;
    // Instances of one block often have one view: they were made from the same attributes.
    bool again = view.is_mapping() && last_type_ == &type && last_.entry_array == view.entry_array &&
                 last_.size == view.size && last_.span == view.span && last_.marks == view.marks &&
                 last_.guard == view.guard && last_.origin == view.origin && last_.kind == view.kind;
    if (again) {
      view = last_finished_;
      return;
    }
    last_type_ = &type;
    last_ = view;
    Draft draft(view, context_);
    for (const Fixed& fixed : type.coercions) {
      draft.change(fixed.path, [&](const Value* old) -> std::optional<Value> {
        if (old == nullptr) return std::nullopt;
        Value made = coerce(*old, fixed.coercion, context_);
        if (made.kind == old->kind && made.pointer == old->pointer && made.size == old->size) return std::nullopt;
        return made;
      }, false);
    }
    for (const Fixed& fixed : type.defaults) apply_default(draft, fixed, view.span);
    view = draft.close();
    last_finished_ = view;
  }

 private:
  Value take_snake(const NativeTable& table, const Value& native) {
    Coercion spelling = table.awscc ? Coercion::kAwscc : Coercion::kSnake;
    if (!native.is_mapping()) return coerce(native, spelling, context_);
    std::vector<Entry> entries;
    for (const Entry& entry : native.entries()) {
      bool named = false;
      for (const Mapping& mapping : table.mappings) {
        for (const Path& source : mapping.sources) named = named || (!source.empty() && source.front().key == entry.key);
      }
      if (named) continue;
      Entry taken = entry;
      taken.key = context_.arena.copy(table.awscc ? without_awscc_breaks(entry.key) : snake_case(entry.key));
      taken.value = coerce(entry.value, spelling, context_);
      entries.push_back(taken);
    }
    Value view = object_value(entries, context_.arena);
    return with_marks(view, native.marks);
  }

  // Puts `value` at the target where `guard` holds; what was there stays where it does not.
  void place(Draft& view, const Path& target, const Value& value, Guard guard) {
    view.change(target, [&](const Value* old) -> std::optional<Value> {
      if (guard == kAlways) return with_guard(value, kAlways);
      Guard otherwise = context_.guards.negate(guard);
      if (old == nullptr) return with_guard(value, guard);
      Alternative sides[2] = {{guard, with_guard(value, kAlways)}, {otherwise, with_guard(*old, kAlways)}};
      Guard present = context_.guards.either(guard, old->guard);
      return with_guard(alternatives_value(sides, context_.guards, context_.arena), present);
    }, true);
  }

  Value element(const Mapping& mapping, const Value& item) {
    Value made = item;
    if (!mapping.parts.empty()) {
      made = Value();
      made.kind = ValueKind::kObject;
      made.span = item.span;
      made.origin = item.origin;
      made.guard = item.guard;
      Draft draft(made, context_);
      for (const Mapping& part : mapping.parts) apply(draft, part, item, kAlways);
      made = draft.close();
    }
    for (Coercion coercion : mapping.coercions) made = coerce(made, coercion, context_);
    return made;
  }

  void collect(const Mapping& mapping, const Value& source, Guard guard, bool whole, std::vector<Value>& out) {
    if (source.is_alternatives()) {
      for (const Alternative& alternative : source.alternatives()) {
        collect(mapping, alternative.value, context_.guards.both(guard, alternative.guard), whole, out);
      }
      return;
    }
    auto add = [&](const Value& item) {
      Guard there = context_.guards.both(guard, item.guard);
      if (there != kNever && !item.is_null()) out.push_back(with_guard(element(mapping, item), there));
    };
    if (source.is_sequence() && !whole) {
      for (const Value& item : source.items()) add(item);
    } else {
      add(source);
    }
  }

  void append(Draft& view, const Mapping& mapping, const Value& source, Guard guard) {
    bool whole = !ends_with_each(mapping.sources.front());
    std::span<const PathStep> target = without_each(mapping.target);
    if (!whole && source.is_unknown()) {  // how many elements there are is not known
      view.change(target, [&](const Value* old) -> std::optional<Value> {
        if (old == nullptr) return with_guard(source, guard);
        Value both[2] = {*old, source};
        Value joined = derived_unknown("", nullptr, both, context_.guards, context_.arena);
        joined.span = source.span;
        return joined;
      }, true);
      return;
    }
    std::vector<Value> added;
    collect(mapping, source, guard, whole, added);
    view.change(target, [&](const Value* old) -> std::optional<Value> {
      if (old == nullptr || old->is_null()) {
        Value list = list_value(added, context_.arena);
        list.span = source.span;
        list.origin = source.origin;
        return list;
      }
      if (!old->is_sequence()) {
        std::vector<Value> parts = added;
        parts.push_back(*old);
        Value joined = derived_unknown("", nullptr, parts, context_.guards, context_.arena);
        joined.span = old->span;
        return joined;
      }
      Value list = old->guard == kAlways ? grown(*old, added) : Value();
      if (old->guard != kAlways) {
        std::vector<Value> items(old->items().begin(), old->items().end());
        for (Value& item : items) item.guard = context_.guards.both(item.guard, old->guard);
        items.insert(items.end(), added.begin(), added.end());
        list = list_value(items, context_.arena);
      }
      list.span = old->span;
      list.origin = old->origin;
      return list;
    }, true);
  }

  // `old` with more elements at its end. Lists that grew here before have room for more behind them,
  // so that many satellites of one resource do not copy the list each time.
  Value grown(const Value& old, std::span<const Value> added) {
    if (added.empty()) return old;
    size_t size = old.size + added.size();
    auto room = rooms_.find(old.item_array);
    bool here = room != rooms_.end() && room->second.used == old.size && size <= room->second.capacity;
    Value* items = here ? room->second.items : nullptr;
    if (!here) {
      uint32_t capacity = static_cast<uint32_t>(std::max<size_t>(size * 2, 4));
      items = context_.arena.make_array<Value>(capacity);
      std::uninitialized_copy(old.items().begin(), old.items().end(), items);
      rooms_[items] = {items, 0, capacity};
      room = rooms_.find(items);
    }
    std::uninitialized_copy(added.begin(), added.end(), items + old.size);
    room->second.used = static_cast<uint32_t>(size);
    Value list;
    list.kind = ValueKind::kList;
    list.marks = old.marks;
    list.size = static_cast<uint32_t>(size);
    list.item_array = items;
    return list;
  }

  // The value of a default, made once for the root.
  Value default_value(const Fixed& fixed) {
    auto [at, fresh] = defaults_.try_emplace(&fixed);
    if (!fresh) return at->second;
    Origin* origin = context_.arena.make<Origin>();
    origin->kind = OriginKind::kProviderDefault;
    origin->what = fixed.source;
    at->second = with_origin(constant_value(fixed.literal, context_), origin);
    return at->second;
  }

  void apply_default(Draft& view, const Fixed& fixed, core::Span span) {
    auto made = [&] { return default_value(fixed); };
    if (fixed.path.size() > 1 && fixed.path[1].kind == PathStep::Kind::kKey) {
      // A block that is there only perhaps has its defaults in either case.
      view.change({fixed.path.data(), 1}, [&](const Value* old) -> std::optional<Value> {
        if (old == nullptr || old->guard == kAlways) return std::nullopt;
        Value none;
        none.kind = ValueKind::kObject;
        none.span = span;
        Alternative sides[2] = {{old->guard, with_guard(*old, kAlways)},
                                {context_.guards.negate(old->guard), none}};
        return alternatives_value(sides, context_.guards, context_.arena);
      }, false);
    }
    view.change(fixed.path, [&](const Value* old) -> std::optional<Value> {
      if (old == nullptr || (old->is_null() && old->guard == kAlways)) return made();
      if (old->guard != kAlways) {
        Value known = old->is_null() ? made() : with_guard(*old, kAlways);
        Alternative sides[2] = {{old->guard, known}, {context_.guards.negate(old->guard), made()}};
        return alternatives_value(sides, context_.guards, context_.arena);
      }
      if (!old->is_alternatives()) return std::nullopt;
      std::vector<Alternative> parts(old->alternatives().begin(), old->alternatives().end());
      for (Alternative& part : parts) {
        if (part.value.is_null()) part.value = made();
      }
      return alternatives_value(parts, context_.guards, context_.arena);
    }, true);
  }

  struct Room {
    Value* items = nullptr;
    uint32_t used = 0, capacity = 0;
  };

  AliasContext& context_;
  std::unordered_map<const Fixed*, Value> defaults_;
  std::unordered_map<const Value*, Room> rooms_;  // by the first element
  const TypeTable* last_type_ = nullptr;
  Value last_, last_finished_;
};

// The element a reference is made of: "aws_s3_bucket.b[0].id" -> ".id" is cut; quotes are skipped.
size_t last_dot(std::string_view text) {
  bool quoted = false;
  size_t dot = std::string_view::npos;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == '.' && !quoted) dot = i;
  }
  return dot;
}

}  // namespace

struct AliasTables::State {
  struct Slot {
    AliasFile file;
    mutable std::once_flag once;
    mutable std::mutex mutex;  // of the bodies
    mutable FileTables tables;
  };
  std::deque<Slot> slots;
  // "terraform aws_s3_bucket" -> files with a table of that native type.
  std::unordered_map<std::string_view, std::vector<uint32_t>> index;
  mutable AwsccTables awscc;
  std::vector<std::string>* errors = nullptr;

  // A cheap look at line beginnings: which native types does a file speak of?
  void scan(uint32_t slot) {
    std::string_view text = slots[slot].file.text;
    for (size_t at = 0; at < text.size();) {
      size_t end = text.find('\n', at);
      if (end == std::string_view::npos) end = text.size();
      std::string_view line = text.substr(at, end - at);
      at = end + 1;
      size_t skip = line.substr(0, 5) == "from " ? 5 : line.substr(0, 10) == "satellite " ? 10 : 0;
      if (skip == 0) continue;
      line = line.substr(skip);
      size_t space = line.find(' ');
      if (space == std::string_view::npos) continue;
      size_t stop = line.find_first_of(" #\r", space + 1);
      std::vector<uint32_t>& files = index[line.substr(0, stop)];
      if (files.empty() || files.back() != slot) files.push_back(slot);
    }
  }

  const FileTables& tables(uint32_t slot) const {
    const Slot& at = slots[slot];
    std::call_once(at.once, [&] { at.tables = parse_alias_file(at.file.path, at.file.text, errors); });
    return at.tables;
  }

  // Reads the bodies of the slot's tables for which `wanted` holds. A table that was found is read only.
  template <typename Wanted>
  void complete(uint32_t slot, const Wanted& wanted) const {
    tables(slot);
    const Slot& at = slots[slot];
    std::lock_guard lock(at.mutex);
    for (NativeTable& table : at.tables.natives) {
      if (wanted(table)) read_native(at.file.path, table, errors);
    }
  }
  void complete(uint32_t slot) const {
    complete(slot, [](const NativeTable&) { return true; });
  }

  void find(std::string_view format, std::string_view native, std::vector<Found>& out) const {
    if (format == "terraform" && native.substr(0, kAwsccPrefix.size()) == kAwsccPrefix) {
      std::string_view twin = awscc.twin(native, [&](const auto& add) {
        for (const auto& [name, slots_of] : index) {
          if (name.substr(0, 15) == "cloudformation ") add(name.substr(15));
        }
      });
      if (!twin.empty()) find("cloudformation", twin, out);
      for (Found& found : out) found.table = awscc.table(*found.table);
      return;
    }
    auto files = index.find(std::string(format) + " " + std::string(native));
    if (files == index.end()) return;
    for (uint32_t slot : files->second) {
      const FileTables& file = tables(slot);
      complete(slot, [&](const NativeTable& table) { return table.format == format && table.native == native; });
      for (const NativeTable& table : file.natives) {
        if (table.format == format && table.native == native) out.push_back({&file, &table, slot});
      }
    }
  }
};

namespace {

// Makes the views of one root.
class RootViews {
 public:
  using Lookup = std::function<const std::vector<Found>&(std::string_view native)>;

  RootViews(Project& project, Root& root)
      : project_(project), root_(root), context_{root.arena, root.guards, project.sources}, mapper_(context_) {}

  void run(const Lookup& lookup) {
    std::string_view last_native;
    const std::vector<Found>* known = nullptr;
    for (Resource& resource : root_.resources) {
      std::string_view native = resource.type;
      std::string data;
      if (resource.kind == "data") {
        data = "data." + std::string(native);
        native = data;
      } else if (resource.kind != "resource") {
        continue;
      }
      if (resource.format == "terraform" && native.substr(0, 11) == "kubernetes_" &&
          add_kubernetes_views(resource, context_)) {
        continue;
      }
      if (native.data() != last_native.data() || native.size() != last_native.size() || known == nullptr) {
        known = &lookup(native);
        last_native = data.empty() ? native : std::string_view{};
      }
      for (const Found& found : *known) {
        if (!concerns(*found.table, resource)) continue;
        if (found.table->satellite) {
          satellites_.push_back({&resource, found});
        } else if (found.table->unjoined) {
          unjoined_.push_back({&resource, found});
        } else {
          build(resource, found);
        }
      }
    }
    join_satellites();
    for (auto& [resource, found] : unjoined_) {
      if (joined_.find(resource) == joined_.end()) build(*resource, found);
    }
    for (PendingView& view : views_) {
      mapper_.finish(view.found.type(), view.value);
      view.resource->views.push_back({view.found.type().symbol, view.value});
    }
  }

 private:
  // Views that have the same text or identity in the attribute a satellite is joined by.
  struct Candidates {
    std::vector<uint32_t> views;
    bool crowded = false;
  };
  struct Crowd {  // what satellites of one table set in these views is not known
    Found satellite;
    std::vector<uint32_t> views;
    Value join;
  };

  void build(Resource& resource, const Found& found) {
    const NativeTable& table = *found.table;
    if (table.each.empty()) {
      // Instances of one block often share their attributes, and then their view.
      const Value& from = resource.attributes;
      bool again = !views_.empty() && views_.back().found.table == &table && views_.back().alone &&
                   from.is_mapping() && from.guard == kAlways && last_attributes_.is_mapping() &&
                   last_attributes_.entry_array == from.entry_array && last_attributes_.size == from.size &&
                   last_attributes_.span == from.span && last_attributes_.marks == from.marks &&
                   last_attributes_.origin == from.origin;
      Value view = again ? views_.back().value : with_effective_tags(mapper_.build(table, from), from);
      last_attributes_ = from;
      views_.push_back({&resource, found, view, true});
      return;
    }
    std::optional<Value> list = read_path(resource.attributes, table.each, context_);
    if (list) build_each(resource, found, *list, list->guard);
  }

  // Tags as the provider sets them: with its default tags (Terraform's tags_all) or labels.
  Value with_effective_tags(const Value& view, const Value& from) {
    static constexpr std::pair<std::string_view, std::string_view> kEffective[] = {
        {"tags_all", "tags"}, {"terraform_labels", "labels"}};
    if (!view.is_mapping() || root_.format != "terraform") return view;
    for (auto [effective, name] : kEffective) {
      const Value* all = from.find(effective);
      if (all == nullptr || all->is_null()) continue;
      std::vector<Entry> entries(view.entries().begin(), view.entries().end());
      auto at = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.key == name; });
      if (at == entries.end()) at = entries.insert(at, Entry{name, {}, {}});
      at->value = *all;
      Value out = view;
      out.size = static_cast<uint32_t>(entries.size());
      out.entry_array = context_.arena.copy(entries).data();
      return out;
    }
    return view;
  }

  void build_each(Resource& resource, const Found& found, const Value& list, Guard guard) {
    if (list.is_alternatives()) {
      for (const Alternative& alternative : list.alternatives()) {
        build_each(resource, found, alternative.value, context_.guards.both(guard, alternative.guard));
      }
      return;
    }
    auto add = [&](const Value& item) {
      Guard there = context_.guards.both(guard, item.guard);
      if (there == kNever || item.is_null()) return;
      Value view = mapper_.build(*found.table, item);
      views_.push_back({&resource, found, with_guard(view, there)});
    };
    if (list.is_sequence()) {
      for (const Value& item : list.items()) add(item);
    } else if (list.is_unknown() && !list.unknown().id.empty()) {
      PathStep first;
      first.kind = PathStep::Kind::kIndex;
      std::optional<Value> item = read_path(list, {&first, 1}, context_);
      std::string_view id = list.unknown().id.text();
      size_t hash = id.find('#');
      size_t cut = hash == std::string_view::npos ? 0 : hash + 1;
      std::string size = std::string(id.substr(0, cut)) + "size(" + std::string(id.substr(cut)) + ")";
      Guard none = context_.guards.atom(size, Relation::kLess, "1", list.unknown().causes());
      if (item) add(with_guard(*item, context_.guards.negate(none)));
    }
  }

  // Where satellites find the views they complete: by address, and by the text or identity of
  // the attributes they are joined by.
  void index_views() {
    for (uint32_t i = 0; i < views_.size(); ++i) by_address_[reference_name(*views_[i].resource)].push_back(i);
  }

  // As identities of references spell a resource: its address, or in CloudFormation its logical id
  // behind those of the stacks around it.
  std::string_view reference_name(const Resource& resource) {
    if (root_.format != "cloudformation") return resource.address;
    if (resource.module_path.empty()) return resource.name;
    std::string text(resource.module_path);
    text.append(1, '/').append(resource.name);
    return root_.arena.copy(std::string_view(text));
  }

  // "1|bucket-name" and so on; empty when the value has no identity.
  static std::string identity(const Value& value) {
    if (value.is_unknown()) {
      return value.unknown().id.empty() ? std::string() : "?" + std::string(value.unknown().id.text());
    }
    if (value.is_string() && value.size > 0) return "=" + std::string(value.text());
    return {};
  }

  std::unordered_map<std::string, Candidates>& by_value(const Found& satellite) {
    auto [at, fresh] = by_value_.try_emplace(satellite.table);
    if (!fresh) return at->second;
    for (uint32_t i = 0; i < views_.size(); ++i) {
      if (views_[i].found.type().symbol != satellite.type().symbol) continue;
      for (std::string_view attribute : satellite.table->join_to) {
        const Value* value = views_[i].resource->attributes.find(attribute);
        std::string key = value != nullptr ? identity(*value) : std::string();
        if (!key.empty()) at->second[key].views.push_back(i);
      }
    }
    return at->second;
  }

  // Starts a list of links; `place_` says where in it a view stands.
  void open_links() {
    place_.resize(views_.size(), {0, 0});
    ++list_;
  }

  void add_link(uint32_t view, Guard guard, std::vector<Link>& out) {
    auto& [list, at] = place_[view];
    if (list == list_) {
      out[at].guard = context_.guards.either(out[at].guard, guard);
      return;
    }
    list = list_;
    at = static_cast<uint32_t>(out.size());
    out.push_back({view, guard});
  }

  // Are these so many that joining each would cost more than it tells?
  bool too_many(size_t views) {
    if (views < 2) return false;
    ambiguous_ += views;
    return ambiguous_ > kMaxAmbiguousJoins;
  }

  // What the satellite sets is not known in any of these.
  void add_crowd(const Found& satellite, std::vector<uint32_t> views, const Value& join) {
    if (crowds_.empty()) {
      core::add_problem(project_.problems, core::ProblemSeverity::kNote, "limit-joins",
                        "this and other resources could belong to any of " + std::to_string(views.size()) +
                            " others, and what they set there is not known; give each its own name",
                        join.span);
    }
    crowds_.push_back({satellite, std::move(views), join});
  }

  void widen_crowds() {
    for (const Crowd& crowd : crowds_) {
      for (uint32_t at : crowd.views) {
        PendingView& view = views_[at];
        Draft draft(view.value, context_);
        for (const Mapping& mapping : crowd.satellite.table->mappings) {
          if (mapping.target.empty()) continue;
          std::string id(root_.path);
          id.append(1, '#').append(view.resource->address).append(1, '.').append(mapping.target.front().key);
          draft.change({mapping.target.data(), 1}, [&](const Value*) -> std::optional<Value> {
            Value open = derived_unknown(id, nullptr, {&crowd.join, 1}, context_.guards, context_.arena);
            return with_span(open, crowd.join.span);
          }, true);
        }
        view.value = draft.close();
      }
    }
  }

  void find_links(const Found& satellite, const Value& value, Guard guard, std::vector<Link>& out) {
    if (value.is_alternatives()) {
      for (const Alternative& alternative : value.alternatives()) {
        find_links(satellite, alternative.value, context_.guards.both(guard, alternative.guard), out);
      }
      return;
    }
    if (value.is_sequence()) {
      for (const Value& item : value.items()) {
        find_links(satellite, item, context_.guards.both(guard, item.guard), out);
      }
      return;
    }
    std::string key = identity(value);
    if (key.empty() || guard == kNever) return;
    auto& values = by_value(satellite);
    if (auto same = values.find(key); same != values.end()) {
      Candidates& candidates = same->second;
      if (candidates.crowded) return;
      if (too_many(candidates.views.size())) {
        candidates.crowded = true;
        add_crowd(satellite, candidates.views, value);
        return;
      }
      for (uint32_t view : candidates.views) add_link(view, guard, out);
      return;
    }
    if (!value.is_unknown()) return;
    std::string_view name = value.unknown().id.text();
    size_t hash = name.find('#');
    if (hash != std::string_view::npos) name = name.substr(hash + 1);
    while (!name.empty()) {
      if (auto at = by_address_.find(name); at != by_address_.end()) {
        for (uint32_t view : at->second) {
          if (views_[view].found.type().symbol == satellite.type().symbol) add_link(view, guard, out);
        }
        return;
      }
      size_t dot = last_dot(name);
      if (dot == std::string_view::npos) return;
      name = name.substr(0, dot);
    }
  }

  // References the format saw, for values whose identity says nothing (a name built from parts).
  void find_links_by_edge(const Found& satellite, const Resource& resource, std::vector<Link>& out) {
    if (!edges_ready_) {
      edges_ready_ = true;
      for (const Edge& edge : project_.edges) {
        if (edge.kind == EdgeKind::kRefers) references_[edge.from].push_back(edge);
      }
    }
    auto edges = references_.find(resource.index);
    if (edges == references_.end()) return;
    std::string_view attribute = satellite.table->join_from;
    attribute = attribute.substr(0, attribute.find_first_of(".["));
    std::vector<Link> found;
    open_links();
    for (const Edge& edge : edges->second) {
      if (edge.path.substr(0, attribute.size()) != attribute) continue;
      if (edge.path.size() > attribute.size() && edge.path[attribute.size()] != '.' &&
          edge.path[attribute.size()] != '[') {
        continue;
      }
      const Resource* target = project_.resources[edge.to];
      if (target->root != &root_) continue;
      auto at = by_address_.find(reference_name(*target));
      if (at == by_address_.end()) continue;
      for (uint32_t view : at->second) {
        if (views_[view].found.type().symbol == satellite.type().symbol) add_link(view, edge.guard, found);
      }
    }
    if (found.size() == 1) out = found;  // of several targets any could be meant
  }

  void join_satellites() {
    if (satellites_.empty()) return;
    index_views();
    for (auto& [resource, found] : satellites_) {
      const NativeTable& table = *found.table;
      std::vector<Link> links;
      open_links();
      Path path{key_step(table.join_from)};
      std::optional<Value> join = read_path(resource->attributes, path, context_);
      if (join) find_links(found, *join, join->guard, links);
      if (links.empty() && join && !join->is_string()) find_links_by_edge(found, *resource, links);
      if (links.empty()) continue;
      if (!join->is_string() && !join->is_unknown() && too_many(links.size())) {
        std::vector<uint32_t> views;
        for (const Link& link : links) {
          if (widened_[&table].insert(link.view).second) views.push_back(link.view);
        }
        if (!views.empty()) add_crowd(found, std::move(views), *join);
        continue;
      }
      joined_.insert(resource);
      Value native = unlist(resource->attributes, table.singles, context_);
      for (const Link& link : links) {
        PendingView& view = views_[link.view];
        Guard guard = context_.guards.both(link.guard, resource->exists);
        guard = context_.guards.assuming(guard, view.resource->exists);
        if (guard == kNever) continue;
        Draft draft(view.value, context_);
        for (const Mapping& mapping : table.mappings) mapper_.apply(draft, mapping, native, guard);
        view.value = draft.close();
        Edge edge;
        edge.kind = EdgeKind::kCompletes;
        edge.from = resource->index;
        edge.to = view.resource->index;
        edge.path = table.join_from;
        edge.guard = link.guard;
        project_.edges.push_back(edge);
      }
    }
    widen_crowds();
  }

  Project& project_;
  Root& root_;
  AliasContext context_;
  Mapper mapper_;
  std::vector<PendingView> views_;
  std::vector<std::pair<Resource*, Found>> satellites_, unjoined_;
  std::unordered_set<const Resource*> joined_;
  std::vector<Crowd> crowds_;
  std::unordered_map<const NativeTable*, std::unordered_set<uint32_t>> widened_;
  std::vector<std::pair<uint32_t, uint32_t>> place_;  // of each view: the last list of links, and where in it
  uint32_t list_ = 0;
  uint64_t ambiguous_ = 0;
  std::unordered_map<std::string_view, std::vector<uint32_t>> by_address_;
  std::unordered_map<const NativeTable*, std::unordered_map<std::string, Candidates>> by_value_;
  std::unordered_map<uint32_t, std::vector<Edge>> references_;
  Value last_attributes_;
  bool edges_ready_ = false;
};

void list_paths(const Mapping& mapping, std::string_view format, std::string_view native,
                const std::string& above, std::vector<AliasTables::NativePath>& out) {
  auto spell = [&](const Path& path) {
    std::string text = above;
    for (const PathStep& step : path) {
      if (step.kind != PathStep::Kind::kKey) continue;
      if (!text.empty()) text += '.';
      text += step.key;
    }
    return text;
  };
  for (const Path& source : mapping.sources) {
    if (!source.empty()) out.push_back({format, native, spell(source)});
    for (const Mapping& part : mapping.parts) list_paths(part, format, native, spell(source), out);
  }
  if (!mapping.when_path.empty()) out.push_back({format, native, spell(mapping.when_path)});
}

void list_names(const NameTree& tree, std::string_view format, std::string_view native,
                const std::string& above, std::vector<AliasTables::NativePath>& out) {
  for (const NameTree& child : tree.below) {
    std::string path = above.empty() ? std::string(child.name) : above + "." + std::string(child.name);
    if (child.marked) out.push_back({format, native, path});
    list_names(child, format, native, path, out);
  }
}

}  // namespace

AliasTables::AliasTables() : state_(std::make_unique<State>()) {}
AliasTables::~AliasTables() = default;
AliasTables::AliasTables(AliasTables&&) noexcept = default;
AliasTables& AliasTables::operator=(AliasTables&&) noexcept = default;

AliasTables AliasTables::parse(std::span<const AliasFile> files, std::vector<std::string>* errors) {
  AliasTables tables;
  tables.state_->errors = errors;
  for (const AliasFile& file : files) {
    tables.state_->slots.emplace_back().file = file;
    tables.state_->scan(static_cast<uint32_t>(tables.state_->slots.size() - 1));
  }
  if (errors != nullptr) {
    for (uint32_t i = 0; i < tables.state_->slots.size(); ++i) tables.state_->complete(i);
    tables.state_->errors = nullptr;
  }
  return tables;
}

const AliasTables& builtin_aliases() {
  static const AliasTables tables = AliasTables::parse(alias_data(), nullptr);
  return tables;
}

void AliasTables::attach_views(Project& project) const {
  for (std::unique_ptr<Root>& root : project.roots) {
    if (root->format == "kubernetes") continue;  // makes its own views
    std::unordered_map<std::string, std::vector<Found>> cache;
    RootViews views(project, *root);
    views.run([&](std::string_view native) -> const std::vector<Found>& {
      auto [at, fresh] = cache.try_emplace(std::string(native));
      if (fresh) state_->find(root->format, native, at->second);
      return at->second;
    });
  }
}

std::vector<AliasTables::TypeRow> AliasTables::types() const {
  std::vector<TypeRow> rows;
  for (uint32_t i = 0; i < state_->slots.size(); ++i) {
    const FileTables& file = state_->tables(i);
    for (const NativeTable& table : file.natives) {
      rows.push_back({file.types[table.type].name, table.format, table.native, table.satellite});
    }
  }
  return rows;
}

const NativeTable* AliasTables::find_table(std::string_view format, std::string_view native,
                                           std::string_view canonical) const {
  std::vector<Found> found;
  state_->find(format, native, found);
  for (const Found& one : found) {
    if (one.type().name == canonical) return one.table;
  }
  return nullptr;
}

std::vector<const NativeTable*> AliasTables::satellites(std::string_view format, std::string_view native,
                                                        std::string_view canonical) const {
  std::vector<Found> found;
  state_->find(format, native, found);
  std::vector<const NativeTable*> out;
  if (!found.empty() && found.front().table->awscc) return out;  // one resource has all properties
  for (const Found& one : found) {
    if (one.type().name != canonical) continue;
    state_->complete(one.slot, [&](const NativeTable& table) { return table.satellite && table.format == format; });
    for (const NativeTable& table : one.file->natives) {
      bool same = table.satellite && table.format == format && one.file->types[table.type].name == canonical;
      if (same) out.push_back(&table);
    }
    break;
  }
  return out;
}

std::vector<AliasTables::NativePath> AliasTables::native_paths() const {
  std::vector<NativePath> out;
  for (uint32_t i = 0; i < state_->slots.size(); ++i) {
    state_->complete(i);
    for (const NativeTable& table : state_->tables(i).natives) {
      std::string above;
      for (const PathStep& step : table.each) {
        if (step.kind == PathStep::Kind::kKey) above += (above.empty() ? "" : ".") + std::string(step.key);
      }
      if (!above.empty()) out.push_back({table.format, table.native, above});
      if (!table.join_from.empty()) out.push_back({table.format, table.native, std::string(table.join_from)});
      for (const Mapping& mapping : table.mappings) list_paths(mapping, table.format, table.native, above, out);
      list_names(table.singles, table.format, table.native, above, out);
    }
  }
  return out;
}

}  // namespace assay::model
