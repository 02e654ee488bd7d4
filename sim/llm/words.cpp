#include "sim/llm/words.hpp"

#include <array>

#include "sim/fingerprint.hpp"

namespace apiforge::sim::llm {
namespace {

constexpr std::array<std::string_view, 48> kVocabulary{
    "the",     "gateway", "answers", "quickly", "because", "every",   "request", "takes",
    "one",     "short",   "path",    "through", "a",       "simple",  "worker",  "and",
    "no",      "lock",    "is",      "held",    "while",   "markets", "move",    "steadily",
    "between", "careful", "limits",  "that",    "keep",    "all",     "callers", "safe",
    "from",    "noisy",   "others",  "so",      "budgets", "hold",    "streams", "flow",
    "in",      "small",   "pieces",  "until",   "they",    "end",     "with",    "usage"};

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

}  // namespace

std::int64_t count_words(std::string_view text) {
  std::int64_t count = 0;
  bool in_word = false;
  for (const char c : text) {
    if (!in_word && !is_space(c)) ++count;
    in_word = !is_space(c);
  }
  return count;
}

std::vector<std::string> answer_words(std::uint64_t seed, std::string_view prompt) {
  const std::uint64_t key = fingerprint(seed, prompt);
  const std::size_t count = 20 + key % 40;
  std::vector<std::string> words;
  for (std::size_t i = 0; i < count; ++i) {
    std::string word(kVocabulary[fingerprint(key, i) % kVocabulary.size()]);
    if (i == 0) word[0] = static_cast<char>(word[0] - 'a' + 'A');
    if (i + 1 == count) word += '.';
    words.push_back(i == 0 ? word : ' ' + word);
  }
  return words;
}

}  // namespace apiforge::sim::llm
