// formatdate, timeadd, timecmp over RFC 3339 timestamps.
#include <array>
#include <string>
#include <vector>

#include "parsers/core/text.h"
#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

__extension__ typedef __int128 Wide;

struct Timestamp {
  int64_t seconds = 0;  // of the local clock since 1970-01-01
  int64_t nanoseconds = 0;
  int offset = 0;    // of the local clock from UTC, seconds
  bool utc = false;  // written "Z"
};

struct Date {
  int64_t year;
  int month, day;
};

// Days since 1970-01-01 and back, proleptic Gregorian: years start in March.
int64_t days_from_date(int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  int64_t era = (year >= 0 ? year : year - 399) / 400;
  int64_t year_of_era = year - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719468;
}

Date date_from_days(int64_t days) {
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  int64_t day_of_era = days - era * 146097;
  int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int month_index = static_cast<int>((5 * day_of_year + 2) / 153);
  int month = month_index < 10 ? month_index + 3 : month_index - 9;
  int day = static_cast<int>(day_of_year - (153 * month_index + 2) / 5 + 1);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

int days_in_month(int64_t year, int month) {
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  static constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && leap ? 29 : kDays[static_cast<size_t>(month - 1)];
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  // `count` digits.
  int number(size_t count, int low, int high) {
    int value = 0;
    for (size_t i = 0; i < count; ++i, ++at_) {
      if (at_ >= text_.size() || !core::is_digit(text_[at_])) {
        good = false;
        return low;
      }
      value = value * 10 + (text_[at_] - '0');
    }
    good = good && value >= low && value <= high;
    return value;
  }
  bool accept(std::string_view one_of) {
    if (at_ >= text_.size() || one_of.find(text_[at_]) == std::string_view::npos) return false;
    ++at_;
    return true;
  }
  void expect(std::string_view one_of) { good = accept(one_of) && good; }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool done() const { return at_ == text_.size(); }

  bool good = true;

 private:
  std::string_view text_;
  size_t at_ = 0;
};

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  Reader in(text);
  int year = in.number(4, 0, 9999);
  in.expect("-");
  int month = in.number(2, 1, 12);
  in.expect("-");
  int day = in.number(2, 1, 31);
  in.expect("T");
  int hour = in.number(2, 0, 23);
  in.expect(":");
  int minute = in.number(2, 0, 59);
  in.expect(":");
  int second = in.number(2, 0, 59);
  if (!in.good || day > days_in_month(year, month)) return std::nullopt;
  Timestamp out;
  if (in.accept(".")) {
    if (!core::is_digit(in.peek())) return std::nullopt;
    int64_t scale = 100'000'000;
    while (core::is_digit(in.peek())) {
      out.nanoseconds += in.number(1, 0, 9) * scale;
      scale /= 10;
    }
  }
  out.utc = in.accept("Z");
  if (!out.utc) {
    bool negative = in.peek() == '-';
    in.expect("+-");
    int hours = in.number(2, 0, 23);
    in.expect(":");
    int minutes = in.number(2, 0, 59);
    out.offset = (hours * 3600 + minutes * 60) * (negative ? -1 : 1);
  }
  if (!in.good || !in.done()) return std::nullopt;
  out.seconds = days_from_date(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
  return out;
}

std::string two_digits(int64_t value) { return (value < 10 ? "0" : "") + std::to_string(value); }

std::string offset_text(const Timestamp& time, std::string_view colon) {
  int minutes = std::abs(time.offset) / 60;
  return (time.offset < 0 ? "-" : "+") + two_digits(minutes / 60) + std::string(colon) +
         two_digits(minutes % 60);
}

std::string rfc3339(const Timestamp& time) {
  int64_t days = floor_divide(time.seconds, 86400);
  int64_t clock = time.seconds - days * 86400;
  Date date = date_from_days(days);
  std::string year = std::to_string(date.year);
  while (year.size() < 4) year.insert(0, "0");
  return year + "-" + two_digits(date.month) + "-" + two_digits(date.day) + "T" +
         two_digits(clock / 3600) + ":" + two_digits(clock / 60 % 60) + ":" +
         two_digits(clock % 60) + (time.offset == 0 ? "Z" : offset_text(time, ":"));
}

CallResult bad_timestamp(std::string_view text) {
  return failure("not a valid RFC3339 timestamp: \"" + std::string(text.substr(0, 100)) + "\"");
}

// Go's time.ParseDuration, in nanoseconds: "-1.5h30m2s500ms".
std::optional<int64_t> parse_duration(std::string_view text) {
  constexpr Wide kLargest = INT64_MAX;
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  static constexpr std::pair<std::string_view, int64_t> kUnits[] = {
      {"ns", 1},         {"us", 1000},         {"µs", 1000},          {"μs", 1000},
      {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000}};
  Wide total = 0;
  while (!text.empty()) {
    Wide whole = 0, fraction = 0, scale = 1;
    size_t at = 0;
    bool digits = false;
    for (; at < text.size() && core::is_digit(text[at]); ++at, digits = true) {
      whole = whole * 10 + (text[at] - '0');
      if (whole > kLargest) return std::nullopt;
    }
    if (at < text.size() && text[at] == '.') {
      for (++at; at < text.size() && core::is_digit(text[at]); ++at, digits = true) {
        if (scale > 1'000'000'000'000) continue;
        fraction = fraction * 10 + (text[at] - '0');
        scale *= 10;
      }
    }
    if (!digits) return std::nullopt;
    size_t end = at;
    while (end < text.size() && text[end] != '.' && !core::is_digit(text[end])) ++end;
    int64_t unit = 0;
    for (auto [name, size] : kUnits) {
      if (text.substr(at, end - at) == name) unit = size;
    }
    if (unit == 0) return std::nullopt;
    total += whole * unit + fraction * unit / scale;
    if (total > kLargest) return std::nullopt;
    text.remove_prefix(end);
  }
  return static_cast<int64_t>(negative ? -total : total);
}

CallResult timeadd(CallContext& context, Arguments arguments) {
  auto time = parse_timestamp(arguments[0].text());
  if (!time) return bad_timestamp(arguments[0].text());
  auto duration = parse_duration(arguments[1].text());
  if (!duration)
    return failure("invalid duration \"" + std::string(arguments[1].text().substr(0, 100)) + "\"");
  Wide nanoseconds =
      static_cast<Wide>(time->seconds) * 1'000'000'000 + time->nanoseconds + *duration;
  Wide seconds = nanoseconds / 1'000'000'000;
  if (nanoseconds % 1'000'000'000 < 0) --seconds;
  time->seconds = static_cast<int64_t>(seconds);
  return text_result(context, rfc3339(*time));
}

CallResult timecmp(CallContext&, Arguments arguments) {
  auto a = parse_timestamp(arguments[0].text()), b = parse_timestamp(arguments[1].text());
  if (!a) return bad_timestamp(arguments[0].text());
  if (!b) return bad_timestamp(arguments[1].text());
  auto key = [](const Timestamp& time) {
    return std::pair(time.seconds - time.offset, time.nanoseconds);
  };
  return model::int_value(key(*a) < key(*b) ? -1 : key(*b) < key(*a) ? 1 : 0);
}

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday"};

// One run of equal letters; nullopt when it means nothing.
std::optional<std::string> date_verb(std::string_view verb, const Timestamp& time) {
  int64_t days = floor_divide(time.seconds, 86400);
  int64_t clock = time.seconds - days * 86400;
  int64_t hour = clock / 3600, minute = clock / 60 % 60, second = clock % 60;
  int64_t half = hour % 12 == 0 ? 12 : hour % 12;
  Date date = date_from_days(days);
  std::string_view month = kMonths[static_cast<size_t>(date.month - 1)];
  std::string_view weekday = kDays[static_cast<size_t>(((days + 4) % 7 + 7) % 7)];
  if (verb == "YYYY") return rfc3339(time).substr(0, 4);
  if (verb == "YY") return two_digits(date.year % 100);
  if (verb == "MMMM") return std::string(month);
  if (verb == "MMM") return std::string(month.substr(0, 3));
  if (verb == "MM") return two_digits(date.month);
  if (verb == "M") return std::to_string(date.month);
  if (verb == "DD") return two_digits(date.day);
  if (verb == "D") return std::to_string(date.day);
  if (verb == "EEEE") return std::string(weekday);
  if (verb == "EEE") return std::string(weekday.substr(0, 3));
  if (verb == "hh") return two_digits(hour);
  if (verb == "h") return std::to_string(hour);
  if (verb == "HH") return two_digits(half);
  if (verb == "H") return std::to_string(half);
  if (verb == "AA") return hour < 12 ? "AM" : "PM";
  if (verb == "aa") return hour < 12 ? "am" : "pm";
  if (verb == "mm") return two_digits(minute);
  if (verb == "m") return std::to_string(minute);
  if (verb == "ss") return two_digits(second);
  if (verb == "s") return std::to_string(second);
  if (verb == "ZZZZZ") return offset_text(time, ":");
  if (verb == "ZZZZ") return offset_text(time, "");
  if (verb == "ZZZ") return time.offset == 0 ? "UTC" : offset_text(time, "");
  if (verb == "Z") return time.offset == 0 ? "Z" : offset_text(time, ":");
  return std::nullopt;
}

CallResult formatdate(CallContext& context, Arguments arguments) {
  std::string_view format = arguments[0].text();
  auto time = parse_timestamp(arguments[1].text());
  if (!time) return bad_argument("time", "not a valid RFC3339 timestamp");
  std::string out;
  for (size_t at = 0; at < format.size();) {
    char c = format[at];
    if (c == '\'') {  // quoted text; two quotes are one
      size_t end = at + 1;
      for (; end < format.size(); ++end) {
        if (format[end] != '\'') {
          out += format[end];
        } else if (end + 1 < format.size() && format[end + 1] == '\'') {
          out += format[++end];
        } else {
          break;
        }
      }
      if (end >= format.size()) return bad_argument("format", "unterminated literal '");
      at = end + 1;
      continue;
    }
    if (!core::is_alpha(c)) {
      out += c;
      ++at;
      continue;
    }
    size_t end = at;
    while (end < format.size() && format[end] == c) ++end;
    std::string_view verb = format.substr(at, end - at);
    auto text = date_verb(verb, *time);
    if (!text)
      return bad_argument("format", "invalid date format verb \"" + std::string(verb) + "\"");
    out += *text;
    at = end;
  }
  return text_result(context, out);
}

constexpr FunctionInfo kFunctions[] = {
    {"formatdate", "s s", formatdate, 0, 's'},
    {"timeadd", "s s", timeadd, 0, 's'},
    {"timecmp", "s s", timecmp, 0, 'n'},
};

}  // namespace

std::span<const FunctionInfo> date_functions() { return kFunctions; }

}  // namespace assay::formats::terraform
