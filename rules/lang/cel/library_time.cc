// Timestamps and durations: conversions and getters, with time zones (cel-spec, "Abstract Types").
#include "rules/lang/cel/eval.h"
#include "rules/lang/cel/text.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

Val same(Eval&, Args args) { return args[0]; }

Val timestamp_of_string(Eval& eval, Args args) {
  auto value = parse_timestamp(args[0].text());
  // Go reads capital letters only.
  if (eval.kubernetes_mode() && args[0].text().find_first_of("tz") != std::string_view::npos) value.reset();
  return value ? timestamp_val(value->seconds, value->nanos) : eval.error("not a timestamp: " + std::string(args[0].text()), "type conversion error from 'string' to 'google.protobuf.Timestamp'");
}
Val timestamp_of_int(Eval& eval, Args args) {
  if (args[0].integer < kMinSeconds || args[0].integer > kMaxSeconds) return eval.error("timestamp overflow");
  return timestamp_val(args[0].integer, 0);
}
Val duration_of_string(Eval& eval, Args args) {
  auto value = parse_duration(args[0].text());
  return value ? duration_val(*value) : eval.error("not a duration: " + std::string(args[0].text()), "type conversion error from 'string' to 'google.protobuf.Duration'");
}
Val duration_of_int(Eval& eval, Args args) {
  int64_t nanos;
  if (__builtin_mul_overflow(args[0].integer, int64_t{1000000000}, &nanos)) return eval.error("duration overflow");
  return duration_val(nanos);
}

using Getter = int64_t (*)(const Civil&);

template <Getter getter>
Val get(Eval& eval, Args args) {
  int64_t offset = 0;
  if (args.size() == 2) {
    auto found = zone_offset(args[1].text(), args[0].integer);
    if (!found) return eval.error("unknown time zone: " + std::string(args[1].text()));
    offset = *found;
  }
  return int_val(getter(to_civil(args[0].integer + offset)));
}

int64_t year(const Civil& c) { return c.year; }
int64_t month(const Civil& c) { return c.month - 1; }
int64_t date(const Civil& c) { return c.day; }
int64_t day_of_month(const Civil& c) { return c.day - 1; }
int64_t day_of_week(const Civil& c) { return c.day_of_week; }
int64_t day_of_year(const Civil& c) { return c.day_of_year; }
int64_t hours(const Civil& c) { return c.hour; }
int64_t minutes(const Civil& c) { return c.minute; }
int64_t seconds(const Civil& c) { return c.second; }

Val milliseconds(Eval&, Args args) { return int_val(args[0].size / 1000000); }
Val duration_hours(Eval&, Args args) { return int_val(args[0].integer / 3600000000000); }
Val duration_minutes(Eval&, Args args) { return int_val(args[0].integer / 60000000000); }
Val duration_seconds(Eval&, Args args) { return int_val(args[0].integer / 1000000000); }
// Of the whole duration, to the API server.
Val duration_milliseconds(Eval& eval, Args args) {
  int64_t all = args[0].integer / 1000000;
  return int_val(eval.kubernetes_mode() ? all : all % 1000);
}

constexpr FunctionRow kRows[] = {
    {"timestamp", "(timestamp) timestamp", same},
    {"timestamp", "(string) timestamp", timestamp_of_string},
    {"timestamp", "(int) timestamp", timestamp_of_int},
    {"duration", "(duration) duration", same},
    {"duration", "(string) duration", duration_of_string},
    {"duration", "(int) duration", duration_of_int},
    {"getFullYear", "timestamp.() int", get<year>},
    {"getFullYear", "timestamp.(string) int", get<year>},
    {"getMonth", "timestamp.() int", get<month>},
    {"getMonth", "timestamp.(string) int", get<month>},
    {"getDate", "timestamp.() int", get<date>},
    {"getDate", "timestamp.(string) int", get<date>},
    {"getDayOfMonth", "timestamp.() int", get<day_of_month>},
    {"getDayOfMonth", "timestamp.(string) int", get<day_of_month>},
    {"getDayOfWeek", "timestamp.() int", get<day_of_week>},
    {"getDayOfWeek", "timestamp.(string) int", get<day_of_week>},
    {"getDayOfYear", "timestamp.() int", get<day_of_year>},
    {"getDayOfYear", "timestamp.(string) int", get<day_of_year>},
    {"getHours", "timestamp.() int", get<hours>},
    {"getHours", "timestamp.(string) int", get<hours>},
    {"getHours", "duration.() int", duration_hours},
    {"getMinutes", "timestamp.() int", get<minutes>},
    {"getMinutes", "timestamp.(string) int", get<minutes>},
    {"getMinutes", "duration.() int", duration_minutes},
    {"getSeconds", "timestamp.() int", get<seconds>},
    {"getSeconds", "timestamp.(string) int", get<seconds>},
    {"getSeconds", "duration.() int", duration_seconds},
    {"getMilliseconds", "timestamp.() int", milliseconds},
    {"getMilliseconds", "timestamp.(string) int", milliseconds},
    {"getMilliseconds", "duration.() int", duration_milliseconds},
};

}  // namespace

std::span<const FunctionRow> time_library() { return kRows; }

}  // namespace assay::rules::cel
