#include "observe/line_text.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>

#include "base/random.hpp"

namespace apiforge::observe {
namespace {

template <class Append>
std::string written_by(Append append, std::string_view value, std::size_t limit) {
  std::string text(value_room(limit), '\0');
  text.resize(static_cast<std::size_t>(append(text.data(), value, limit) - text.data()));
  return text;
}
std::string value_of(std::string_view value, std::size_t limit = 512) {
  return written_by(append_value, value, limit);
}
std::string json_of(std::string_view value, std::size_t limit = 512) {
  return written_by(append_json_string, value, limit);
}

TEST(LineValue, stays_as_it_is_when_it_is_plain) {
  for (std::size_t size = 1; size < 70; ++size) {
    const std::string path = std::string(size - 1, 'a') + "/";
    EXPECT_EQ(value_of(path), path);
  }
  EXPECT_EQ(value_of("/api/v3/time;x,y:z@!$&'()*+~%20"), "/api/v3/time;x,y:z@!$&'()*+~%20");
}

TEST(LineValue, is_a_dash_when_empty) {
  EXPECT_EQ(value_of(""), "-");
}

TEST(LineValue, cannot_end_the_line_or_begin_another_pair) {
  EXPECT_EQ(value_of("/a b\r\n2026 x=1"), "/a%20b%0D%0A2026%20x%3D1");
  EXPECT_EQ(value_of("\"\\\x7f\xc3\xa9"), "%22%5C%7F%C3%A9");
}

TEST(LineValue, is_escaped_wherever_the_bad_byte_stands) {
  for (std::size_t size = 1; size < 70; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      text[at] = '\n';
      const std::string expected = std::string(at, 'a') + "%0A" + std::string(size - at - 1, 'a');
      ASSERT_EQ(value_of(text), expected);
    }
  }
}

TEST(LineValue, cannot_hold_a_word_that_operators_search_for) {
  EXPECT_EQ(value_of("/slow/ERROR/API_CALL"), "/slo%77/ERRO%52/API_CAL%4C");
  EXPECT_EQ(value_of("/window/RAW/LAX"), "/window/RAW/LAX");
}

TEST(LineValue, is_cut_at_its_limit) {
  EXPECT_EQ(value_of("abcdef", 4), "abcd...");
  EXPECT_EQ(value_of("abcd", 4), "abcd");
}

TEST(LineName, keeps_the_words_that_values_may_not_hold) {
  EXPECT_EQ(written_by(append_name, "slow-service", 64), "slow-service");
  EXPECT_EQ(written_by(append_name, "a b", 64), "a%20b");
}

TEST(LineQuotedValue, keeps_spaces_within_quotes) {
  EXPECT_EQ(written_by(append_quoted_value, "no such \"file\"", 64), "\"no such %22file%22\"");
  EXPECT_EQ(written_by(append_quoted_value, "plain", 64), "plain");
}

TEST(LineJson, is_read_back_as_it_was) {
  for (const std::string text : {"/plain", "/a \"b\"\\c\n\t\x01\x7f", "/slow/ERROR/API_CALL",
                                 "\xe2\x82\xac \xf0\x9f\x98\x80 caf\xc3\xa9"}) {
    EXPECT_EQ(boost::json::parse(json_of(text)).as_string(), text);
  }
  EXPECT_EQ(json_of(""), "null");
}

TEST(LineJson, hides_the_words_that_operators_search_for) {
  EXPECT_EQ(json_of("/slow"), R"("/slo\u0077")");
}

TEST(LineJson, replaces_what_is_not_utf8) {
  EXPECT_EQ(json_of("a\xff\xc0\xaf\xed\xa0\x80"), R"("a\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd")");
  EXPECT_EQ(json_of("caf\xc3\xa9", 4), R"("caf\ufffd...")") << "cut within a character";
}

TEST(LineText, needs_no_more_room_than_it_says_for_any_bytes) {
  Random random(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random.below(40), '\0');
    for (char& c : bytes) c = static_cast<char>(random.below(256));
    const std::string text = value_of(bytes, 32);
    ASSERT_LE(text.size(), value_room(32));
    ASSERT_EQ(text.find_first_of(" \n\r\"="), std::string::npos);
    const std::string json = json_of(bytes, 32);
    ASSERT_LE(json.size(), value_room(32));
    boost::json::error_code error;
    (void)boost::json::parse(json, error);
    ASSERT_FALSE(error) << json;
  }
}

TEST(LineText, shows_nanoseconds_as_milliseconds) {
  std::array<char, 24> text;
  const auto shown = [&](std::uint64_t ns) {
    return std::string(text.data(), append_milliseconds(text.data(), ns));
  };
  EXPECT_EQ(shown(0), "0.000");
  EXPECT_EQ(shown(1'234'567), "1.234");
  EXPECT_EQ(shown(60'000'999'999), "60000.999");
}

TEST(LineStamp, shows_utc_in_both_forms) {
  LineStamp stamp;
  std::array<char, 24> text;
  const WallTime time{std::chrono::milliseconds(1'795'341'600'123)};
  const auto shown = [&](WallTime at, LineFormat format) {
    return std::string(text.data(), stamp.append(text.data(), at, format));
  };
  EXPECT_EQ(shown(time, LineFormat::Text), "2026-11-22 10:00:00.123");
  EXPECT_EQ(shown(time, LineFormat::Json), "2026-11-22T10:00:00.123Z");
  EXPECT_EQ(shown(time + std::chrono::milliseconds(877), LineFormat::Text),
            "2026-11-22 10:00:01.000");
  EXPECT_EQ(shown(WallTime{std::chrono::seconds(951'782'399)}, LineFormat::Text),
            "2000-02-28 23:59:59.000");
}

}  // namespace
}  // namespace apiforge::observe
