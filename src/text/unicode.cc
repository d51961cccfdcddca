#include "text/unicode.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <vector>

#include "base/utf8.h"

namespace rappel {
namespace {

using G = GraphemeClass;

UChar32 icu(char32_t c) { return static_cast<UChar32>(c); }

G class_from_icu(char32_t c) {
  if (is_new_grapheme_character(c)) return c == 0x113D1 ? G::kPrepend : G::kExtend;
  switch (u_getIntPropertyValue(icu(c), UCHAR_GRAPHEME_CLUSTER_BREAK)) {
    case U_GCB_CONTROL: return G::kControl;
    case U_GCB_CR: return G::kCr;
    case U_GCB_LF: return G::kLf;
    case U_GCB_EXTEND: return G::kExtend;
    case U_GCB_ZWJ: return G::kZwj;
    case U_GCB_SPACING_MARK: return G::kSpacingMark;
    case U_GCB_PREPEND: return G::kPrepend;
    case U_GCB_REGIONAL_INDICATOR: return G::kRegional;
    case U_GCB_L: return G::kL;
    case U_GCB_V: return G::kV;
    case U_GCB_T: return G::kT;
    case U_GCB_LV: return G::kLv;
    case U_GCB_LVT: return G::kLvt;
    default: return G::kOther;
  }
}

// Indic_Conjunct_Break, by its derivation: ICU has the property itself only from version 76 on.
enum class Conjunct { kNone, kConsonant, kLinker, kExtend };

Conjunct conjunct_class(char32_t c) {
  const int syllabic = u_getIntPropertyValue(icu(c), UCHAR_INDIC_SYLLABIC_CATEGORY);
  if (syllabic == U_INSC_CONSONANT || syllabic == U_INSC_VIRAMA) {
    UErrorCode error = U_ZERO_ERROR;
    switch (uscript_getScript(icu(c), &error)) {
      case USCRIPT_BENGALI:
      case USCRIPT_DEVANAGARI:
      case USCRIPT_GUJARATI:
      case USCRIPT_MALAYALAM:
      case USCRIPT_ORIYA:
      case USCRIPT_TELUGU: return syllabic == U_INSC_VIRAMA ? Conjunct::kLinker : Conjunct::kConsonant;
      default: break;
    }
  }
  const G grapheme = grapheme_class(c);
  return grapheme == G::kExtend || grapheme == G::kZwj ? Conjunct::kExtend : Conjunct::kNone;
}

bool is_pictographic(char32_t c) { return u_hasBinaryProperty(icu(c), UCHAR_EXTENDED_PICTOGRAPHIC) != 0; }

bool hangul_joins(G left, G right) {
  if (left == G::kL) return right == G::kL || right == G::kV || right == G::kLv || right == G::kLvt;
  if (left == G::kLv || left == G::kV) return right == G::kV || right == G::kT;
  return (left == G::kLvt || left == G::kT) && right == G::kT;
}

bool is_control(G c) { return c == G::kControl || c == G::kCr || c == G::kLf; }

// The state of the cluster so far.
struct ClusterState {
  G last;
  int regionals = 0;
  bool pictographic = false;      // ExtPict Extend*
  bool pictographic_zwj = false;  // ExtPict Extend* ZWJ
  bool consonant = false;         // Consonant (Extend | Linker)*
  bool linked = false;            // ... with a Linker in it

  explicit ClusterState(char32_t first) : last(G::kOther) { add(first, grapheme_class(first)); }

  void add(char32_t c, G next) {
    if (next == G::kRegional) ++regionals;
    pictographic_zwj = next == G::kZwj && pictographic;
    pictographic = is_pictographic(c) || (next == G::kExtend && pictographic);
    switch (conjunct_class(c)) {
      case Conjunct::kConsonant: consonant = true, linked = false; break;
      case Conjunct::kLinker: linked = consonant; break;
      case Conjunct::kExtend: break;
      case Conjunct::kNone: consonant = linked = false; break;
    }
    last = next;
  }

  bool joins(char32_t c, G next) const {
    if (last == G::kCr) return next == G::kLf;                                  // GB3
    if (is_control(last) || is_control(next)) return false;                     // GB4, GB5
    if (hangul_joins(last, next)) return true;                                  // GB6 .. GB8
    if (!starts_cluster_after_other(next)) return true;                         // GB9, GB9a
    if (last == G::kPrepend) return true;                                       // GB9b
    if (linked && conjunct_class(c) == Conjunct::kConsonant) return true;       // GB9c
    if (pictographic_zwj && is_pictographic(c)) return true;                    // GB11
    return last == G::kRegional && next == G::kRegional && regionals % 2 == 1;  // GB12, GB13
  }
};

}  // namespace

bool is_white_space(char32_t c) { return u_isUWhiteSpace(icu(c)) != 0; }

bool is_word_character(char32_t c) {
  constexpr std::uint32_t kCategories = U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK;
  return u_isUAlphabetic(icu(c)) || (U_GET_GC_MASK(icu(c)) & kCategories) != 0 || c == 0x200C || c == 0x200D;
}

bool is_new_grapheme_character(char32_t c) {
  constexpr struct {
    char32_t first, last;
  } kRanges[] = {{0x0897, 0x0897},   {0x10D69, 0x10D6D}, {0x10EFC, 0x10EFC}, {0x113B8, 0x113C0},
                 {0x113C2, 0x113C2}, {0x113C5, 0x113C5}, {0x113C7, 0x113CA}, {0x113CC, 0x113D2},
                 {0x113E1, 0x113E2}, {0x11F5A, 0x11F5A}, {0x1611E, 0x1612F}, {0x1E5EE, 0x1E5EF}};
  if (c != 0x0897 && c < 0x10D69) return false;
  for (const auto& range : kRanges)
    if (c >= range.first && c <= range.last) return true;
  return false;
}

GraphemeClass grapheme_class(char32_t c) {
  static const std::vector<G> basic_plane = [] {
    std::vector<G> table(0x10000);
    for (char32_t i = 0; i < 0x10000; ++i) table[i] = class_from_icu(i);
    return table;
  }();
  return c < 0x10000 ? basic_plane[c] : class_from_icu(c);
}

std::size_t grapheme_end(std::string_view text, std::size_t at, StopPoll& stop) {
  std::size_t length;
  ClusterState state(utf8_decode(text, at, length));
  at += length;
  while (at < text.size() && !stop.stopped()) {
    const char32_t c = utf8_decode(text, at, length);
    const G next = grapheme_class(c);
    if (!state.joins(c, next)) break;
    state.add(c, next);
    at += length;
  }
  return at;
}

}  // namespace rappel
