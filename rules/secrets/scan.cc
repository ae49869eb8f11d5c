// One pass over a text. Sixty-four bytes at a time are sorted into classes; what is looked at closer are starts of
// words whose first three bytes begin some anchor, "=" and ":" behind names that ask for a secret, addresses, and
// long runs of base64.
#include "rules/secrets/scan.h"

#include <algorithm>
#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "parsers/core/text.h"
#include "rules/secrets/verify.h"

namespace assay::rules::secrets {
namespace {

constexpr size_t kBlock = 64;
constexpr size_t kLeastRun = 24;  // base64 characters worth decoding

// Bit i of each is about byte i of the block.
struct Classes {
  uint64_t word = 0;    // letters, digits, _
  uint64_t base64 = 0;  // letters, digits, + and /
  uint64_t assign = 0;  // = and :
  uint64_t escape = 0;  // backslashes
};

#ifdef __SSE2__
inline __m128i between(__m128i bytes, char first, char last) {
  // Signed comparison of what was moved to the lowest value.
  __m128i moved = _mm_add_epi8(bytes, _mm_set1_epi8(static_cast<char>(-128 - first)));
  return _mm_cmplt_epi8(moved, _mm_set1_epi8(static_cast<char>(-128 + (last - first) + 1)));
}
inline uint64_t bits(__m128i mask) { return static_cast<uint32_t>(_mm_movemask_epi8(mask)); }

inline Classes classify(const char* at) {
  Classes out;
  for (int i = 0; i < 4; ++i) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16 * i));
    __m128i letters = between(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z');
    // '/' to '9', and '/' is taken off again for words.
    __m128i slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('/'));
    __m128i alnum = _mm_or_si128(letters, between(bytes, '0', '9'));
    __m128i plus = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('+'));
    __m128i under = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_'));
    __m128i assign = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('=')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(':')));
    __m128i escape = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    out.word |= bits(_mm_or_si128(alnum, under)) << (16 * i);
    out.base64 |= bits(_mm_or_si128(alnum, _mm_or_si128(plus, slash))) << (16 * i);
    out.assign |= bits(assign) << (16 * i);
    out.escape |= bits(escape) << (16 * i);
  }
  return out;
}
#else
inline Classes classify(const char* at) {
  Classes out;
  for (size_t i = 0; i < kBlock; ++i) {
    uint64_t bit = uint64_t{1} << i;
    char c = at[i];
    if (in_class(c, class_bit('w'))) out.word |= bit;
    if (in_class(c, class_bit('b')) && c != '=') out.base64 |= bit;
    if (c == '=' || c == ':') out.assign |= bit;
    if (c == '\\') out.escape |= bit;
  }
  return out;
}
#endif

// The rows of the token table by the first three bytes of their anchors. Built once, when a text is first
// searched: some microseconds.
class Anchors {
 public:
  static const Anchors& get() {
    static const Anchors anchors;
    return anchors;
  }
  static uint32_t hash(uint32_t three_bytes) { return (three_bytes * 0x9e3779b1u) >> 17; }
  bool may_start(uint32_t hashed) const { return (bits_[hashed >> 6] >> (hashed & 63)) & 1; }
  // Positions in token_formats() in its order; -1 ends.
  int first(uint32_t hashed) const { return heads_[hashed] - 1; }
  int row(int node) const { return nodes_[static_cast<size_t>(node)].row; }
  int next(int node) const { return nodes_[static_cast<size_t>(node)].next - 1; }

 private:
  struct Node {
    uint16_t row, next;
  };
  Anchors() : heads_(1u << 15) {
    std::span<const TokenFormat> rows = token_formats();
    for (size_t i = rows.size(); i-- > 0;) {
      std::string_view anchor = rows[i].anchor;
      if (anchor.size() >= 3) {
        add(anchor[0], anchor[1], anchor[2], i);
        continue;
      }
      // Two bytes: whatever the shape may go on with.
      std::string_view shape = rows[i].shape;
      ShapePart part;
      next_part(shape, part);
      for (int c = 0; c < 256; ++c) {
        if (in_class(static_cast<char>(c), part.bits)) add(anchor[0], anchor[1], static_cast<char>(c), i);
      }
    }
  }
  void add(char a, char b, char c, size_t row) {
    auto byte = [](char x) { return static_cast<uint32_t>(static_cast<unsigned char>(x)); };
    uint32_t at = hash(byte(a) | byte(b) << 8 | byte(c) << 16);
    nodes_.push_back({static_cast<uint16_t>(row), heads_[at]});
    heads_[at] = static_cast<uint16_t>(nodes_.size());
    bits_[at >> 6] |= uint64_t{1} << (at & 63);
  }
  std::array<uint64_t, 512> bits_{};
  std::vector<uint16_t> heads_;  // by hash: a node, counted from 1
  std::vector<Node> nodes_;
};

}  // namespace

Scanner::Scanner(std::string_view text, const FindOptions& options, std::vector<Match>& out)
    : text_(text), options_(options), out_(out) {}

// Tokens at the start of a word. Gives where the token ends; 0 when there is none.
size_t Scanner::try_tokens(size_t at) {
  uint32_t bytes = 0;
  std::memcpy(&bytes, text_.data() + at, 3);
  const Anchors& anchors = Anchors::get();
  uint32_t hashed = Anchors::hash(bytes);
  if (!anchors.may_start(hashed)) return 0;
  for (int node = anchors.first(hashed); node >= 0; node = anchors.next(node)) {
    const TokenFormat& format = token_formats()[static_cast<size_t>(anchors.row(node))];
    if (text_.compare(at, format.anchor.size(), format.anchor) != 0) continue;
    std::optional<size_t> end = match_shape(format.shape, text_, at + format.anchor.size());
    if (format.check == Check::kPem) end = at + format.anchor.size();
    if (!end) continue;
    size_t begin = at, stop = *end;
    if (!format.before.empty()) {
      std::optional<size_t> before = match_shape_before(format.before, text_, at);
      if (!before) continue;
      begin = *before;
    }
    // The dot that ends a sentence.
    while (stop > at + format.anchor.size() && (text_[stop - 1] == '.' || text_[stop - 1] == '?')) --stop;
    if (!passes(format.check, text_, begin, stop)) continue;
    if (format.check != Check::kPem && is_documentation_token(text_.substr(begin, stop - begin))) continue;
    Match match{format.kind, begin, stop, format.category};
    if (format.kind == "aws-access-key-id") {
      if (auto account = aws_account(text_.substr(begin, stop - begin))) match.detail = "account " + *account;
      aws_key_end_ = stop;
    }
    add(std::move(match));
    return stop;
  }
  return 0;
}

void Scanner::add(Match match) {
  if (out_.size() < first_ + kMaxMatches) out_.push_back(std::move(match));
}

// A run of base64 characters: what is behind it may hold a secret.
void Scanner::try_run(size_t begin) {
  size_t end = begin;
  auto run_on = [&] {
    while (end < text_.size() && in_class(text_[end], class_bit('b'))) ++end;
  };
  run_on();
  std::string_view run = text_.substr(begin, end - begin);
  // The secret key that stands beside an AWS key id.
  if (aws_key_end_ != 0 && run.size() == 40 && begin - aws_key_end_ < 200 && entropy(run) > 4.2 &&
      (begin == 0 || !in_class(text_[begin - 1], class_bit('x')))) {
    size_t first = begin, last = end;
    if (passes(Check::kMixed, text_, first, last) && !is_documentation_token(run)) {
      add({"aws-secret-access-key", begin, end, Category::kCloud});
      run_end_ = end;
      return;
    }
  }
  run_end_ = end;
  if (options_.depth >= kMaxDecodingDepth || run.size() < kLeastRun) return;
  bool packed = run.starts_with("H4sI");
  auto start = decode_any_base64(run.substr(0, 16));
  if (!start || (!packed && !is_printable_text(std::string_view(*start).substr(0, 9)))) return;
  std::string whole(run);
  // Lines of one length go on as one text.
  while (run.size() % 4 == 0 && run.size() >= 40 && whole.size() < kMaxDecodedBytes) {
    size_t next = end;
    while (next < text_.size() && core::is_space(text_[next])) ++next;
    if (next == end || text_.substr(end, next - end).find('\n') == std::string_view::npos) break;
    size_t stop = next;
    while (stop < text_.size() && in_class(text_[stop], class_bit('b'))) ++stop;
    bool is_line = stop - next >= 4 && stop - next <= run.size() &&
                   (stop == text_.size() || text_[stop] == '\n' || text_[stop] == '\r' || text_[stop] == '"');
    if (!is_line) break;
    whole += text_.substr(next, stop - next);
    end = stop;
    if (stop - next < run.size()) break;
  }
  run_end_ = end;
  if (whole.size() > kMaxDecodedBytes) return;
  size_t pad = whole.find('=');
  if (pad != std::string::npos) whole.resize(pad);
  if (whole.size() % 4 == 1) whole.pop_back();
  auto decoded = decode_any_base64(whole);
  if (decoded && packed) {
    if (options_.gunzip == nullptr) return;
    decoded = options_.gunzip(*decoded, kMaxDecodedBytes);
  }
  if (!decoded || !is_printable_text(*decoded)) return;
  FindOptions inner = options_;
  inner.syntax = Syntax::kYaml;
  ++inner.depth;
  std::vector<Match> inside;
  find_all(*decoded, inner, inside);
  if (inside.empty()) return;
  Match match = std::move(inside.front());
  match.begin = begin;
  match.end = end;
  match.encoded = true;
  add(std::move(match));
}

void Scanner::run() {
  first_ = out_.size();
  if (options_.syntax == Syntax::kHcl) find_heredocs();
  const Anchors& anchors = Anchors::get();
  uint64_t before_word = 0, before_escape = 0;
  int run_so_far = 0;  // base64 characters at the end of the last block
  char tail[kBlock + 4];
  for (size_t at = 0; at < text_.size(); at += kBlock) {
    const char* block = text_.data() + at;
    size_t size = std::min(kBlock, text_.size() - at);
    if (size < kBlock) {
      std::memset(tail, 0, sizeof tail);
      std::memcpy(tail, block, size);
      block = tail;
    }
    Classes classes = classify(block);
    uint64_t starts = classes.word & ~(classes.word << 1 | before_word);
    uint64_t escaped = classes.word & (classes.escape << 1 | before_escape);
    before_word = classes.word >> 63;
    before_escape = classes.escape >> 63;
    // "\nTOKEN" in program text: the n belongs to the escape.
    for (uint64_t rest = escaped & starts; rest != 0; rest &= rest - 1) {
      size_t here = at + static_cast<size_t>(std::countr_zero(rest));
      char c = text_[here];
      if ((c == 'n' || c == 't' || c == 'r') && here + 4 < text_.size() && here + 1 >= skip_to_) skip(try_tokens(here + 1));
    }
    for (uint64_t rest = starts; rest != 0; rest &= rest - 1) {
      size_t here = at + static_cast<size_t>(std::countr_zero(rest));
      if (here + 4 > text_.size()) break;
      uint32_t bytes;
      std::memcpy(&bytes, text_.data() + here, 4);
      if (!anchors.may_start(Anchors::hash(bytes & 0xffffff)) || here < skip_to_) continue;
      skip(try_tokens(here));
    }
    for (uint64_t rest = classes.assign; rest != 0; rest &= rest - 1) {
      try_assignment(at + static_cast<size_t>(std::countr_zero(rest)));
    }
    // Sixteen in a row within the block, or many enough across its edge.
    uint64_t runs = classes.base64;
    runs &= runs >> 1;
    runs &= runs >> 2;
    runs &= runs >> 4;
    runs &= runs >> 8;
    int leading = std::countr_one(classes.base64);
    if (run_so_far + leading >= static_cast<int>(kLeastRun) && run_so_far > 0) runs |= 1;
    run_so_far = std::countl_one(classes.base64);
    for (; runs != 0; runs &= runs - 1) {
      size_t here = at + static_cast<size_t>(std::countr_zero(runs));
      if (here < run_end_ || here < skip_to_) continue;
      size_t begin = here;
      while (begin > 0 && here - begin < kBlock && in_class(text_[begin - 1], class_bit('b')) && text_[begin - 1] != '=') --begin;
      try_run(begin);
    }
  }
  // Of these the middle is known, which is no start of a word.
  for (size_t at = text_.find("Q~"); at != std::string_view::npos && at + 4 < text_.size(); at = text_.find("Q~", at + 2)) {
    try_tokens(at);
  }
  if (options_.syntax >= Syntax::kXml) odd_syntaxes();
  if (options_.syntax != Syntax::kTokens) {
    try_defines();
    try_curl();
  }
  finish();
}

// Sorts, and of matches that overlap keeps the surer ones.
void Scanner::finish() {
  auto begin = out_.begin() + static_cast<std::ptrdiff_t>(first_);
  auto sure = [](const Match& match) {
    return match.kind == "secret-value" ? 0 : match.category == Category::kUrlPassword ? 1 : match.encoded ? 2 : 3;
  };
  std::stable_sort(begin, out_.end(), [&](const Match& a, const Match& b) {
    if (sure(a) != sure(b)) return sure(a) > sure(b);
    return a.begin < b.begin;
  });
  std::vector<Match> kept;
  for (auto match = begin; match != out_.end(); ++match) {
    bool overlaps = false;
    for (Match& other : kept) {
      if (match->begin >= other.end || match->end <= other.begin) continue;
      overlaps = true;
      if (other.slot.empty()) other.slot = match->slot;
      break;
    }
    if (!overlaps) kept.push_back(std::move(*match));
  }
  std::sort(kept.begin(), kept.end(), [](const Match& a, const Match& b) { return a.begin < b.begin; });
  out_.erase(begin, out_.end());
  for (Match& match : kept) out_.push_back(std::move(match));
}

void find_all(std::string_view text, const FindOptions& options, std::vector<Match>& out) {
  if (text.size() < 8) return;
  Scanner(text, options, out).run();
}

std::optional<Match> find_token(std::string_view text) {
  if (text.size() < 12) return std::nullopt;
  std::vector<Match> found;
  find_all(text, {.syntax = Syntax::kTokens}, found);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::optional<std::string> decode_base64_text(std::string_view text) {
  std::string packed;
  for (char c : text) {
    if (c != '\n' && c != '\r' && c != ' ') packed += c;
  }
  if (packed.size() < 4 || packed.size() % 4 != 0) return std::nullopt;
  auto decoded = decode_any_base64(packed);
  if (!decoded || !is_printable_text(*decoded)) return std::nullopt;
  return decoded;
}

}  // namespace assay::rules::secrets
