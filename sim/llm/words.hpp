// Words: how the simulator counts tokens (a word is one) and what it has to say. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace apiforge::sim::llm {

/// Runs of characters that are not white space.
std::int64_t count_words(std::string_view text);

/// An answer to `prompt`, word by word, each with the space before it: always the same for the same
/// seed and prompt; 20 to 59 words.
std::vector<std::string> answer_words(std::uint64_t seed, std::string_view prompt);

}  // namespace apiforge::sim::llm
